"""A delivery as it is read, with what earlier versions did not store filled in."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keystack.domain.causes import Cause, read_cause
from keystack.domain.deliveries import DeliveryStatus, needs_attention
from keystack.storage.attributes import Item
from keystack.storage.timestamps import from_iso


@dataclass(frozen=True)
class FoundDelivery:
    """Times in Unix seconds. `type` and `livemode` are None of rejected requests, which are only counted.

    `cause` is None where nothing fails; `next_try_at` is known of a retrying one that this version recorded.
    """

    event: str
    type: str | None
    livemode: bool | None
    status: DeliveryStatus
    reason: str
    cause: Cause | None
    steps: Mapping[str, str]
    order: str | None
    attempts: int
    received_at: int
    updated_at: int
    next_try_at: int | None
    packed: bytes | None = field(default=None, repr=False)

    @property
    def payload(self) -> dict[str, Any] | None:
        """The event as it came; None of a rejected request."""
        if self.packed is None:
            return None
        event: dict[str, Any] = json.loads(zlib.decompress(self.packed))
        return event

    def mentions(self, stripe_id: str) -> bool:
        """Tell whether the event, or its order, has this id in it."""
        if stripe_id in (self.event, self.order):
            return True
        return self.packed is not None and f'"{stripe_id}"'.encode() in zlib.decompress(self.packed)


def found_from(item: Item) -> FoundDelivery:
    status, reason = DeliveryStatus(item["status"]), str(item.get("reason") or "")
    next_try = item.get("next_try_at")
    return FoundDelivery(
        event=item["event"],
        type=item.get("type"),
        livemode=item.get("livemode"),
        status=status,
        reason=reason,
        cause=read_cause(item.get("cause") or "", reason) if needs_attention(status) else None,
        steps=item.get("steps") or {},
        order=item.get("order"),
        attempts=item.get("attempts") or 0,
        received_at=from_iso(item["received_at"]),
        updated_at=from_iso(item["updated_at"]),
        next_try_at=from_iso(next_try) if next_try else None,
        packed=item.get("payload"),
    )
