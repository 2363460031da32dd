"""One customer: everything of one buyer."""

from aws_lambda_powertools.event_handler import Response
from frame.request import Request
from frame.responses import page
from frame.routes import Pages
from keystack.management.customer import show_customer
from keystack.web.cursors import after_cursor, cursor_after

from pages.licenses import rows_of

pages = Pages()
ROWS = 50


@pages.get("/customers/<customer_id>")
def show(request: Request, customer_id: str) -> Response[str]:
    listing = f"customer:{customer_id}"
    after = after_cursor(request.org, listing, request.query.get("cursor", ""))
    detail = show_customer(request.org, customer_id, ROWS, after)
    return page(
        request.of_mode(detail.customer.livemode),
        "customer.html",
        switch_at="/licenses",
        customer=detail.customer,
        orders=detail.orders,
        rows=rows_of(detail.licenses.items, request.now),
        cursor=cursor_after(request.org, listing, detail.licenses.after),
    )
