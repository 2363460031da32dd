"""The audit table: `{org}#{yyyy-mm}` · `{time}#{id}`. Entries are added, never changed or removed.

The numbers of each day, which are counted from them, stand beside them: days.py.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keystack import environment
from keystack.domain.audit import AuditEntry
from keystack.domain.modes import Mode, mode_of_session
from keystack.storage import dynamodb
from keystack.storage.attributes import Item, to_item
from keystack.storage.timestamps import to_iso_with_milliseconds

TABLE = environment.variable("AUDIT_TABLE", "")

_SESSIONS = tuple(f"cs_{mode}_" for mode in Mode)


@dataclass(frozen=True)
class StoredEntry:
    """An entry of the log. `at` is ISO 8601 with milliseconds; `subject` has no organization before it.

    `livemode` is None where it is not known, and for configuration, which is of both modes.
    """

    id: str
    at: str
    action: str
    subject: str
    source: str
    detail: Mapping[str, Any]
    livemode: bool | None


def entry_from(item: Item) -> StoredEntry:
    """Read a stored entry."""
    return StoredEntry(
        id=item["id"],
        at=item["at"],
        action=item["action"],
        subject=str(item["subject"]).removeprefix(f"{item['org']}#"),
        source=item["source"],
        detail=dict(item.get("detail") or {}),
        livemode=livemode_of(item),
    )


def livemode_of(item: Item) -> bool | None:
    """Read an entry's mode; earlier versions stored it for new orders only, but a Checkout Session's id tells it."""
    for told in (item.get("livemode"), (item.get("detail") or {}).get("livemode")):
        if isinstance(told, bool):
            return told
    order = str(item.get("subject")).partition("#")[2]
    return mode_of_session(order).livemode if order.startswith(_SESSIONS) else None


def put_entries(org: str, entries: Iterable[AuditEntry], source: str) -> list[dynamodb.Action]:
    """Add entries, in this order; `source` says through which door: a Stripe event's id, or who did it."""
    moment = to_iso_with_milliseconds(time.time())
    return [_put_entry(org, entry, source, moment, place) for place, entry in enumerate(entries)]


def _put_entry(org: str, entry: AuditEntry, source: str, moment: str, place: int) -> dynamodb.Action:
    item = {
        "pk": f"{org}#{moment[:7]}",
        "sk": f"{moment}#{place:02}{entry.id}",
        "org": org,
        "id": entry.id,
        "at": moment,
        "action": entry.action,
        "subject": f"{org}#{entry.subject}",
        "source": source,
        "detail": dict(entry.detail),
        "livemode": entry.livemode,  # None is left out
    }
    return dynamodb.put(TABLE, item, "attribute_not_exists(pk)")  # an entry never replaces another


def entries_of(org: str, subject: str) -> Iterator[Item]:
    """List what happened to an order or a license, the oldest first."""
    return dynamodb.query(
        TableName=TABLE,
        IndexName="by_subject",
        KeyConditionExpression="subject = :subject",
        ExpressionAttributeValues=to_item({":subject": f"{org}#{subject}"}),
    )
