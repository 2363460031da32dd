"""The deliveries table: one item a Stripe event, `{org}#{event id}` · `DELIVERY`, kept for 90 days.

`retrying` and `failed` carry `failing_org` and so stand in the index of what needs attention. `succeeded` is final.
"""

import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, NamedTuple

from keystack import environment
from keystack.domain.causes import Cause, CauseKind
from keystack.domain.deliveries import DeliveryStatus, needs_attention
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.timestamps import to_iso

TABLE = environment.variable("DELIVERIES_TABLE", "")
KEPT = 90 * 86_400  # seconds
LONGEST_REASON = 1_000


class Delivery(NamedTuple):
    """What became of one event. `steps` names each step's outcome, for example {"email": "done"}.

    `cause`: why it fails, in writing. `next_try_at` (Unix seconds): when a retrying one is tried again.
    """

    org: str
    event: Mapping[str, Any]
    received_at: int
    status: DeliveryStatus
    reason: str = ""
    steps: Mapping[str, str] = MappingProxyType({})
    order: str | None = None
    cause: str = ""
    next_try_at: int | None = None


def record(delivery: Delivery, now: int, quick: bool = False) -> bool:
    """Record one more attempt; False when the event had succeeded before, which stays so.

    `quick`: for whoever has little time, see `dynamodb.quick_client`.
    """
    event = delivery.event
    values: dict[str, Any] = {
        ":org": delivery.org,
        ":event": event["id"],
        ":type": event["type"],
        ":livemode": bool(event.get("livemode")),
        ":received": to_iso(delivery.received_at),
        ":listed": f"{to_iso(delivery.received_at)}#{event['id']}",
        ":status": delivery.status,
        ":reason": delivery.reason[:LONGEST_REASON],
        ":steps": dict(delivery.steps),
        ":payload": _packed(event),
        ":at": to_iso(now),
        ":expires": now + KEPT,
        ":one": 1,
    }
    expression = (
        "SET org = :org, event = :event, #type = :type, livemode = :livemode, #status = :status, reason = :reason,"
        " steps = :steps, payload = if_not_exists(payload, :payload), updated_at = :at, expires = :expires,"
        " received_at = if_not_exists(received_at, :received), listed_at = if_not_exists(listed_at, :listed)"
    )
    changing = _changing(delivery)
    present = {name: value for name, value in changing.items() if value is not None}
    expression += "".join(f", #{name} = :{name}" for name in present)
    gone = [f"#{name}" for name in changing if name not in present]
    expression += (" REMOVE " + ", ".join(gone) if gone else "") + " ADD attempts :one"
    values |= {f":{name}": value for name, value in present.items()}
    names = {"#type": "type", "#status": "status", **{f"#{name}": name for name in changing}}
    try:
        dynamodb.write(
            [
                dynamodb.update(
                    (TABLE, *_key(delivery.org, event["id"])),
                    expression,
                    # a late duplicate that stumbles does not undo what is done
                    "attribute_not_exists(#status) OR #status <> :succeeded",
                    {**values, ":succeeded": DeliveryStatus.SUCCEEDED},
                    names,
                )
            ],
            quick,
        )
    except ConditionFailedError:
        return False
    return True


def _changing(delivery: Delivery) -> dict[str, Any]:
    """Say what an attempt sets or, where it is None, takes away. The order stays known once it is."""
    failing = needs_attention(delivery.status)
    next_try = delivery.next_try_at if delivery.status is DeliveryStatus.RETRYING else None
    changing = {
        "failing_org": delivery.org if failing else None,
        "cause": delivery.cause or None if failing else None,
        "next_try_at": None if next_try is None else to_iso(next_try),
    }
    return {**changing, "order": delivery.order} if delivery.order else changing


def end_waiting(org: str, event: str, reason: str, now: int) -> None:
    """Let a delivery that waited be done."""
    done = dynamodb.update(
        (TABLE, *_key(org, event)),
        "SET #status = :succeeded, reason = :reason, updated_at = :at",
        "#status = :waiting",  # else it ended otherwise, or is not there
        {
            ":succeeded": DeliveryStatus.SUCCEEDED,
            ":waiting": DeliveryStatus.WAITING,
            ":reason": reason,
            ":at": to_iso(now),
        },
        {"#status": "status"},
    )
    with suppress(ConditionFailedError):
        dynamodb.write([done])


def give_up(org: str, event: Mapping[str, Any], received_at: int, reason: str, now: int) -> bool:
    """Mark a delivery failed that came back from a dead-letter queue, keeping the last known reason."""
    found = load(org, event["id"])
    known = found or {}
    failing = known if known and needs_attention(DeliveryStatus(known["status"])) else {}
    said = str(failing.get("reason", ""))
    text = f"gave up after all retries; the last reason was: {said}" if said else reason
    cause = failing.get("cause") or str(Cause(CauseKind.GAVE_UP))
    steps, order = known.get("steps", {}), known.get("order")
    return record(Delivery(org, event, received_at, DeliveryStatus.FAILED, text, steps, order, cause), now)


def count_rejected(org: str, reason: str, now: int) -> None:
    """Count a rejected request, quickly: one record per organization and minute, without payload."""
    minute = to_iso(now)[:16]
    identity = f"rejected-{minute}"
    dynamodb.write(
        [
            dynamodb.update(
                (TABLE, *_key(org, identity)),
                "SET org = :org, event = :event, #status = :status, reason = :reason, received_at = :at,"
                " listed_at = :listed, updated_at = :at, expires = :expires ADD attempts :one",
                "attribute_not_exists(#status) OR #status = :status",
                {
                    ":org": org,
                    ":event": identity,
                    ":status": DeliveryStatus.REJECTED,
                    ":reason": reason[:LONGEST_REASON],
                    ":at": to_iso(now),
                    ":listed": f"{minute}:00Z#{identity}",
                    ":expires": now + KEPT,
                    ":one": 1,
                },
                {"#status": "status"},
            )
        ],
        quick=True,
    )


def load(org: str, event: str) -> Item | None:
    key = (TABLE, *_key(org, event))
    return dynamodb.get_items([key]).get(key)


def payload_of(item: Item) -> dict[str, Any] | None:
    """Unpack the event that a delivery keeps for replay; None for one that keeps none."""
    if "payload" not in item:
        return None
    event: dict[str, Any] = json.loads(zlib.decompress(item["payload"]))
    return event


def _packed(event: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(event, separators=(",", ":")).encode("ascii"))


def _key(org: str, event: str) -> tuple[str, str]:
    return f"{org}#{event}", "DELIVERY"
