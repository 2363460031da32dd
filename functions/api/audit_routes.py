"""The audit log: what happened, when, and through whom."""

import time
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from cursors import Cursor, Limit, read_page
from keystack.inputs.base import Time
from keystack.management.audit import list_audit
from keystack.storage.audit.entries import StoredEntry
from keystack.storage.audit.lists import Filter, Period
from models import ResponseModel
from pydantic import Field
from routing import Routes, Scope

routes = Routes("Audit log")

DAYS = 90  # that are listed when nobody says since when
Since = Annotated[Time | None, Query(description=f"From then on; if left out, the last {DAYS} days.")]
Until = Annotated[Time | None, Query(description="Before then; if left out, until now.")]
Subject = Annotated[
    str,
    Query(
        max_length=300,
        description="The id of an order or a license; or `plan:…`, `mapping:…`, `api_key:…`, `settings:…`, `session:…`,"
        " `sign_in_link:…`.",
    ),
]


class AuditResponse(ResponseModel):
    id: str
    at: datetime
    action: str = Field(examples=["license.frozen"])
    subject: str = Field(description="An order's id, or `plan:pro` and the like.")
    license: str | None = Field(description="The one license of the order that it was about; null: all of them.")
    source: str = Field(description="The id of the Stripe event that caused it, or the name of the API key or person.")
    livemode: bool | None = Field(None, description="The order's mode; null: configuration, or not known.")
    detail: dict[str, Any]


class AuditList(ResponseModel):
    items: list[AuditResponse]
    cursor: str | None = Field(description="A page may be short, even empty, and yet have a next one.")


@routes.get("/v1/audit", Scope.READ)
def get_audit(
    since: Since = None, until: Until = None, subject: Subject = "", limit: Limit = 50, cursor: Cursor = ""
) -> AuditList:
    """List what happened, newest first."""
    org, now = routes.caller.org, int(time.time())
    low = int(since.timestamp()) if since else now - DAYS * 86_400
    high = int(until.timestamp()) if until else now + 60  # clocks differ
    listing = "\n".join(("audit", since.isoformat() if since else "", until.isoformat() if until else "", subject))
    wanted = Filter(subject=subject)
    items, following = read_page(
        org,
        listing,
        cursor,
        limit,
        lambda limit, after: list_audit(org, Period(low, high), wanted, limit, after),
        lambda found: [to_response(entry) for entry in found],
    )
    return AuditList(items=items, cursor=following)


def to_response(entry: StoredEntry) -> AuditResponse:
    return AuditResponse(
        id=entry.id,
        at=datetime.fromisoformat(entry.at),
        action=entry.action,
        subject=entry.subject,
        license=entry.detail.get("license"),
        source=entry.source,
        livemode=entry.livemode,
        detail=dict(entry.detail),
    )
