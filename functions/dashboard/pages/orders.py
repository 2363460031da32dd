"""One order: what happened, in the order of time, and its licenses."""

from aws_lambda_powertools.event_handler import Response
from frame.parts import Missing, part
from frame.request import Request
from frame.responses import page
from frame.routes import Pages
from keystack.domain.billing import billing
from keystack.domain.billing_words import words_of_billing
from keystack.domain.explanations import way_out
from keystack.domain.facts import is_pending
from keystack.domain.holds import open_holds
from keystack.domain.orders import Order
from keystack.management.order import order_timeline, show_order
from keystack.web.cursors import after_cursor, cursor_after

from pages.licenses import rows_of

pages = Pages()
ROWS = 25


@pages.get("/orders/<order_id>")
def show(request: Request, order_id: str) -> Response[str]:
    listing, story = f"order:{order_id}", f"timeline:{order_id}"
    after = after_cursor(request.org, listing, request.query.get("cursor", ""))
    detail = show_order(request.org, order_id, ROWS, after)
    later = after_cursor(request.org, story, request.query.get("later", ""))
    timeline = part("What happened", lambda: order_timeline(request.org, detail.order, later))
    following = None if isinstance(timeline, Missing) else timeline.after
    return page(
        request.of_mode(detail.order.livemode),
        "order.html",
        switch_at="/licenses",
        order=detail.order,
        holds=[(hold, way_out(hold)) for hold in open_holds(detail.order.facts)],
        waits=_waits(detail.order),
        billing=words_of_billing(known, request.now) if (known := billing(detail.order.facts)) else [],
        rows=rows_of(detail.licenses.items, request.now),
        cursor=cursor_after(request.org, listing, detail.licenses.after),
        timeline=timeline,
        later=cursor_after(request.org, story, following),
    )


def _waits(order: Order) -> tuple[str, int] | None:
    """Say whether the order awaits its payment, or that has failed, and since when; None of one that is paid."""
    if not is_pending(order.facts):
        return None
    failed, awaits = order.facts.get("payment_failed"), order.facts.get("awaiting_payment")
    return ("failed", failed.at) if failed else ("awaits", awaits.at) if awaits else None
