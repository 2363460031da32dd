"""The audit log: what happened, when, and through whom."""

import time
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from cursors import Cursor, Limit, read_page
from keystack.domain.licenses import ID_PREFIX
from keystack.inputs.base import Time
from keystack.storage.attributes import Item
from keystack.storage.audit.lists import Period, list_entries, list_entries_of
from keystack.storage.licenses.licenses import find_license
from keystack.storage.pages import Page
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
    items, following = read_page(
        org,
        listing,
        cursor,
        limit,
        lambda limit, after: _page(org, subject, Period(low, high), limit, after),
        lambda found: [to_response(org, item) for item in found],
    )
    return AuditList(items=items, cursor=following)


def _page(org: str, subject: str, period: Period, limit: int, after: str | None) -> Page[Item]:
    """A license's history is that of its order, without what was about the order's other licenses."""
    if not subject:
        return list_entries(org, period, limit, after)
    if not subject.startswith(ID_PREFIX):
        return list_entries_of(org, subject, "", period, limit, after)
    found = find_license(org, subject)
    return list_entries_of(org, found.order, subject, period, limit, after) if found else Page([], None)


def to_response(org: str, item: Item) -> AuditResponse:
    detail = dict(item.get("detail") or {})
    return AuditResponse(
        id=item["id"],
        at=datetime.fromisoformat(item["at"]),
        action=item["action"],
        subject=str(item["subject"]).removeprefix(f"{org}#"),
        license=detail.get("license"),
        source=item["source"],
        detail=detail,
    )
