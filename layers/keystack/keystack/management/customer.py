"""Show everything of one buyer: who it is, the licenses, and their orders."""

from dataclasses import dataclass

from keystack.domain.customers import Customer
from keystack.domain.orders import Order
from keystack.errors import NotFoundError
from keystack.storage.licenses import search
from keystack.storage.licenses.customers import load_customers
from keystack.storage.licenses.licenses import FoundLicense
from keystack.storage.pages import Page, Part, gather


@dataclass(frozen=True)
class CustomerDetail:
    """`orders`: those of the licenses on this page, the newest first. `customer.order_count` counts all there are."""

    customer: Customer
    licenses: Page[FoundLicense]
    orders: tuple[Order, ...]


def show_customer(org: str, customer: str, limit: int, after: str | None = None) -> CustomerDetail:
    """Load a customer with a page of its licenses, the newest first. Raises NotFoundError."""
    known = load_customers(org, [customer])
    if not known:
        raise NotFoundError(f"there is no customer {customer[:100]}")

    def read(mark: str | None) -> Part[FoundLicense]:
        return search.load_named(org, search.newest_of_customers(org, [customer], limit, mark))

    page = gather(limit, after, read)
    orders = {found.order.id: found.order for found in page.items}
    newest = sorted(orders.values(), key=lambda order: (order.created_at, order.id), reverse=True)
    return CustomerDetail(known[0], page, tuple(newest))
