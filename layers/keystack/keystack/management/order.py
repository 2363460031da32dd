"""Show one order: its licenses in pages, and its timeline."""

from dataclasses import dataclass

from keystack.domain.orders import Order, licenses_of
from keystack.domain.timeline import Happening, happenings
from keystack.errors import InvalidInputError, NotFoundError
from keystack.storage.audit.lists import first_entries_of, time_of_entry
from keystack.storage.licenses import search
from keystack.storage.licenses.licenses import FoundLicense, find_with_order
from keystack.storage.licenses.orders import load_order
from keystack.storage.licenses.search import Named
from keystack.storage.pages import Page, Part, gather

ENTRIES = 200  # of the audit log on one page of a timeline


@dataclass(frozen=True)
class OrderDetail:
    order: Order
    licenses: Page[FoundLicense]


def find_license(org: str, license: str) -> FoundLicense | None:
    """Find one of the organization's licenses with its order."""
    return find_with_order(org, license)


def show_order(org: str, order: str, limit: int, after: str | None = None) -> OrderDetail:
    """Load an order with a page of its licenses, by line and unit. Raises NotFoundError."""
    stored = load_order(org, order)
    if stored is None:
        raise NotFoundError(f"there is no order {order[:100]}")
    names = [Named(order, license.id) for license, _ in licenses_of(stored.order)]

    def read(mark: str | None) -> Part[FoundLicense]:
        start = _place(mark)
        end = min(start + limit, len(names))
        entries = [(str(place + 1), names[place]) for place in range(start, end)]
        return search.load_named(org, Part(entries, str(end) if end < len(names) else None))

    return OrderDetail(stored.order, gather(limit, after, read))


def order_timeline(org: str, order: Order, after: str | None = None) -> Page[Happening]:
    """List what happened to an order and its licenses, the oldest first, a bounded number a page."""
    since = None if after is None else time_of_entry(after)
    entries = first_entries_of(org, order.id, ENTRIES, after)
    until = None if entries.after is None else time_of_entry(entries.after)
    return Page(happenings(order, entries.items, since, until), entries.after)


def _place(mark: str | None) -> int:
    """Read how many licenses the pages before showed."""
    if mark is None:
        return 0
    if not (mark.isascii() and mark.isdecimal() and len(mark) <= 4):
        raise InvalidInputError("cursor is none of this list's: leave it out to begin with the first page")
    return int(mark)
