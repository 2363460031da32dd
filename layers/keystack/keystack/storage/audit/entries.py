"""The audit table: `{org}#{yyyy-mm}` · `{time}#{id}`. Entries are added, never changed or removed."""

import time
from collections.abc import Iterable, Iterator

from keystack import environment
from keystack.domain.audit import AuditEntry
from keystack.storage import dynamodb
from keystack.storage.attributes import Item, to_item
from keystack.storage.timestamps import to_iso_with_milliseconds

TABLE = environment.variable("AUDIT_TABLE", "")


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
