"""Settings → Webhooks → Deliveries: what Stripe sent and what became of it."""

from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from frame.causes import MENDED_AT
from frame.coloured_json import colour
from frame.parts import part
from frame.rendering import to_html
from frame.request import Request
from frame.responses import html, page
from frame.routes import Pages
from frame.step_words import steps_in_words
from frame.waiting import may_ask, waiting_since
from keystack.domain.causes import Cause
from keystack.domain.deliveries import DeliveryStatus
from keystack.domain.modes import Mode
from keystack.management.deliveries import Filter, FoundDelivery, list_deliveries, show_delivery
from keystack.stripe.briefs import brief_of
from keystack.stripe.event_routing import QUEUE_OF_TYPE
from keystack.web.cursors import after_cursor, cursor_after

pages = Pages()
PATH = "/settings/webhooks/deliveries"
ROWS = 50
SHORT = 110  # characters of a reason in the list
GROUPS = ("checkout.", "charge.", "refund.", "invoice.", "customer.subscription.", "payment_intent.")
TYPES = (*GROUPS, *QUEUE_OF_TYPE, "keystack.order.issued")  # that the filter suggests
STATUSES = [("", "any"), *((each, str(each)) for each in DeliveryStatus)]
DONE = {"sent": "This form was sent already; it was replayed once."}


class Asked(NamedTuple):
    """What the list's address asks for; `status` as it stands there, which may be none."""

    wanted: Filter
    listing: str
    filtered: bool


@pages.get(PATH)
def list_all(request: Request) -> Response[str]:
    """List deliveries; while one is tried again, the list renews itself."""
    asked = _asked(request)

    def load() -> dict[str, Any]:
        after = after_cursor(request.org, asked.listing, request.query.get("cursor", ""))
        found = list_deliveries(request.org, asked.wanted, ROWS, after)
        return {
            "items": found.items,
            "cursor": cursor_after(request.org, asked.listing, found.after),
            "searched": found.searched_until,
        }

    found = part("The list of deliveries", load)
    pending = _is_pending(found) if isinstance(found, dict) else request.by_htmx  # it asks again
    values: dict[str, Any] = {
        "found": found,
        "filtered": asked.filtered,
        "short": SHORT,
        "poll": _poll(request, pending),
        "direct": asked.wanted.stripe_id.startswith("evt_"),
        "other_mode": Mode.of(not request.mode.livemode),
    }
    if request.by_htmx:
        return html(to_html("deliveries_list.html", request, **values))
    return page(request, "deliveries.html", statuses=STATUSES, types=TYPES, **values)


@pages.get(PATH + "/<event_id>")
def show(request: Request, event_id: str) -> Response[str]:
    """Show a delivery; while its outcome is awaited, that part renews itself."""
    found = show_delivery(request.org, event_id)
    request = in_its_mode(request, found)
    outcome = _outcome(request, found)
    if request.by_htmx:
        return html(to_html("delivery_outcome.html", request, **outcome))
    payload = found.payload
    return page(
        request,
        "delivery.html",
        switch_at=PATH,
        brief=brief_of(payload) if payload else None,
        payload=colour(payload) if payload else None,
        done=DONE.get(request.query.get("done", ""), ""),
        **outcome,
    )


def in_its_mode(request: Request, found: FoundDelivery) -> Request:
    """Look at a delivery in its own mode, whatever the address says; a rejected request has none."""
    return request if found.livemode is None else request.of_mode(found.livemode)


def _is_pending(found: dict[str, Any]) -> bool:
    return any(each.status is DeliveryStatus.RETRYING for each in found["items"])


def _outcome(request: Request, found: FoundDelivery) -> dict[str, Any]:
    replay = _replay_asked(request, found)
    return {
        "delivery": found,
        "steps": steps_in_words(found.steps),
        "mend": _mend(request, found.cause),
        "replay": replay,
        "waits_since": _waits_since(found),
        "poll": _poll(request, replay == "awaited" or found.status is DeliveryStatus.RETRYING),
    }


def _waits_since(found: FoundDelivery) -> int | None:
    """Say since when the order of a waiting delivery awaits its payment: since its event."""
    if found.status is not DeliveryStatus.WAITING:
        return None
    brief = brief_of(found.payload or {})
    return found.received_at if brief.created is None else brief.created


def _replay_asked(request: Request, found: FoundDelivery) -> str:
    """Say how far the replay is that the address speaks of; empty if it speaks of none. Each attempt is counted.

    What has succeeded is not recorded again, so of it there is nothing to wait for.
    """
    before = request.query.get("before", "")
    if not (before.isascii() and before.isdecimal()):
        return ""
    if found.attempts > int(before[:9]):
        return "" if found.status is DeliveryStatus.RETRYING else "ended"
    return "unrecorded" if found.status is DeliveryStatus.SUCCEEDED else "awaited"


def _poll(request: Request, pending: bool) -> str | None:
    """Return the address to ask every two seconds; None if nothing is pending, or for too long already."""
    since = waiting_since(request, "at")
    return request.here(at=since, done=None) if pending and may_ask(request, since) else None


def _mend(request: Request, cause: Cause | None) -> tuple[str, str] | None:
    """Say where the cause of a failure is mended: an address, and the words of a link."""
    mend = MENDED_AT.get(cause.kind) if cause else None
    return (request.url(mend.path), mend.words) if mend else None


def _asked(request: Request) -> Asked:
    status, kind, identity = (request.query.get(name, "").strip() for name in ("status", "type", "id"))
    wanted = Filter(
        DeliveryStatus(status) if status in set(DeliveryStatus) else None, kind, request.mode.livemode, identity
    )
    listing = "\n".join(("deliveries", request.mode, status, kind, identity))
    return Asked(wanted, listing, bool(status or kind or identity))
