"""Licenses: find them, and decide about them."""

import time
from collections.abc import Sequence
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from cursors import Cursor, Limit, read_page
from keystack.domain import decisions
from keystack.domain.status import Status
from keystack.errors import NotFoundError
from keystack.inputs.operations import DecisionRequest
from keystack.management.decide import Decision, decide
from keystack.management.lists import Filter, list_licenses
from keystack.management.resend import resend
from keystack.storage.licenses.licenses import FoundLicense, find_with_order
from keystack.storage.mappings.plans import load_entitlements
from license_responses import LicenseResponse, license_response
from models import ResponseModel
from routing import Routes, Scope

routes = Routes("Licenses")

LicenseId = Annotated[
    str, Path(pattern="^lic_[a-z2-7]{1,40}$", description="Its id.", examples=["lic_aebagbafaydqqcikbmga2dqp"])
]
OfStatus = Annotated[
    Status | None,
    Query(
        description="Only these. A page may then be short, also empty, and have a `cursor` all the same;"
        " the frozen ones come by the time of their hold."
    ),
]
OfEmail = Annotated[str, Query(max_length=254, description="Only those of the customer with this address.")]


class LicenseList(ResponseModel):
    items: list[LicenseResponse]
    cursor: str | None


Reason = Annotated[DecisionRequest | None, Body(description="May be left out.")]


@routes.get("/v1/licenses", Scope.READ)
def get_licenses(status: OfStatus = None, email: OfEmail = "", limit: Limit = 50, cursor: Cursor = "") -> LicenseList:
    """List licenses, the newest first.

    A page ends early when it would get too large. One that was issued just now may take a second to be listed.
    """
    org, listing, now = routes.caller.org, f"licenses\n{status}\n{email.strip().lower()}", int(time.time())
    items, following = read_page(
        org,
        listing,
        cursor,
        limit,
        lambda limit, after: list_licenses(org, Filter(status, email.strip()), limit, after, now),
        lambda found: to_responses(org, found, now),
    )
    return LicenseList(items=items, cursor=following)


@routes.get("/v1/licenses/<license_id>", Scope.READ)
def get_license(license_id: LicenseId) -> LicenseResponse:
    """Show a license with its order, facts and holds."""
    org = routes.caller.org
    found = find_with_order(org, license_id)
    if found is None:
        raise NotFoundError(f"there is no license {license_id}: GET /v1/licenses lists them")
    return to_responses(org, [found], int(time.time()))[0]


@routes.post("/v1/licenses/<license_id>/freeze", Scope.ADMIN)
def freeze_license(license_id: LicenseId, body: Reason = None) -> LicenseResponse:
    """Freeze a license. It is not valid until it is reactivated."""
    return _decided(license_id, decisions.freeze, body)


@routes.post("/v1/licenses/<license_id>/reactivate", Scope.ADMIN)
def reactivate_license(license_id: LicenseId, body: Reason = None) -> LicenseResponse:
    """Lift every hold of a frozen license, whatever opened it.

    Not even a replay of the same refund opens it again; a further refund does.
    """
    return _decided(license_id, decisions.reactivate, body)


@routes.post("/v1/licenses/<license_id>/revoke", Scope.ADMIN)
def revoke_license(license_id: LicenseId, body: Reason = None) -> LicenseResponse:
    """End a license for good."""
    return _decided(license_id, decisions.revoke, body)


@routes.post("/v1/licenses/<license_id>/resend", Scope.ADMIN)
def resend_license(license_id: LicenseId, body: Reason = None) -> LicenseResponse:
    """Send the e-mail with the active licenses of this one's order once more.

    It is on its way when this answers; its delivery (`issue_…`) shows what became of it.
    """
    caller, now = routes.caller, int(time.time())
    found = resend(caller.org, license_id, caller.name, body.reason if body else "", now)
    return to_responses(caller.org, [found], now)[0]


def _decided(license_id: str, decision: Decision, body: DecisionRequest | None) -> LicenseResponse:
    caller, now = routes.caller, int(time.time())
    found = decide(caller.org, license_id, decision, caller.name, body.reason if body else "", now)
    return to_responses(caller.org, [found], now)[0]


def to_responses(org: str, found: Sequence[FoundLicense], now: int) -> list[LicenseResponse]:
    entitlements = load_entitlements(org, {each.license.plan for each in found})
    return [license_response(each, entitlements.get(each.license.plan), now) for each in found]
