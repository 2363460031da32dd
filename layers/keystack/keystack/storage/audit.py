"""The audit table: `{org}#{yyyy-mm}` · `{time}#{id}`. Entries are added, never changed or removed."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from keystack.domain.orders import AuditEntry
from keystack.storage import dynamodb
from keystack.storage.dynamodb import Item

TABLE = os.environ.get("AUDIT_TABLE", "")


def put_entry(org: str, entry: AuditEntry, source: str) -> dict[str, Any]:
    """Add an entry; `source` says through which door: a Stripe event's id, or who did it."""
    time = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    item = {
        "pk": f"{org}#{time[:7]}",
        "sk": f"{time}#{entry.id}",
        "org": org,
        "id": entry.id,
        "at": time,
        "action": entry.action,
        "order": entry.subject,
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
        ExpressionAttributeValues=dynamodb.to_item({":subject": f"{org}#{subject}"}),
    )
