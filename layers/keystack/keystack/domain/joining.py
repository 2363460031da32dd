"""Which subscription item (`si_…`) each line of an order (`li_…`) is billed as. Pure.

The order's first invoice says it. While the subscription is as it was bought, its items say it as well.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from keystack.domain.billing import subscription_seen
from keystack.domain.facts import FirstInvoice, OrderFacts, PeriodPaid, is_paid
from keystack.domain.orders import Order
from keystack.domain.plans import ISSUED_LINE, Line, Settled
from keystack.domain.subscriptions import Item


def items_of(order: Order) -> tuple[Item, ...]:
    """Return the items that the order's lines are billed as, as far as they were seen; none if the API issued it."""
    seen = subscription_seen(order.facts)
    if seen is None or any(each.line.id == ISSUED_LINE for each in order.settled):
        return ()
    return seen.state.items


def recurring_lines(order: Order) -> list[Line]:
    """Name the lines that a subscription pays for, as they were bought: settled or not, none that was added later."""
    bought = [settled.line for settled in order.settled if settled.recurs and settled.line.id != settled.item]
    return [*bought, *(line for line in order.waiting if line.recurs is not False)]


def is_as_bought(order: Order, items: Iterable[Item]) -> bool:
    """Tell whether the subscription includes just what was bought."""
    bought = Counter((line.price, line.quantity) for line in recurring_lines(order))
    return bought == Counter((item.price, item.quantity) for item in items)


def paid_by_checkout(order: Order) -> list[PeriodPaid]:
    """Say which periods the checkout has paid, or made free: those of its own invoice, while that is the latest."""
    seen = subscription_seen(order.facts)
    if seen is None or not is_paid(order.facts) or not order.invoice or seen.state.latest_invoice != order.invoice:
        return []
    return [PeriodPaid(item.id, item.period_end, order.invoice, seen.at) for item in seen.state.items]


def item_of(order: Order, settled: Settled) -> str | None:
    """Name the item that a line is billed as, None if that is not known."""
    return settled.item or (joined_items(order).get(settled.line.id) if settled.recurs else None)


def joined_items(order: Order) -> Mapping[str, str]:
    """Name the item of each line that can be joined and is not yet: by price, each item once."""
    items = items_of(order)
    taken = {settled.item for settled in order.settled if settled.item}
    pairs, found = _pairs(order, items), dict[str, str]()
    for line in recurring_lines(order):
        item = next((item for item, price in pairs if price == line.price and item not in taken), None)
        if item and not any(each.line.id == line.id and each.item for each in order.settled):
            found[line.id] = item
            taken.add(item)
    return found


def first_items(facts: OrderFacts) -> Iterable[tuple[str, str]]:
    """Return each item, with its price, that the order's first invoice billed."""
    first = facts.get("first_invoice")
    return first.items if isinstance(first, FirstInvoice) else ()


def _pairs(order: Order, items: Sequence[Item]) -> list[tuple[str, str]]:
    """Say at which price each item was bought."""
    pairs = list(first_items(order.facts))
    if pairs:  # a metered item may be on no first invoice
        billed = {item for item, _ in pairs}
        return pairs + [(item.id, item.price) for item in items if item.id not in billed]
    if order.invoice is None or is_as_bought(order, items):
        return [(item.id, item.price) for item in items]
    return []
