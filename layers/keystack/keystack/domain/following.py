"""The licenses follow the subscription's items: order × mappings × plans → order. Pure.

A line item (`li_…`) is joined once to the subscription item (`si_…`) that it is billed as. What an item earns follows
its price and quantity; its licenses keep their keys. Nothing is guessed: a line that
cannot be joined keeps what it has.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from keystack.domain.billing import subscription_seen
from keystack.domain.facts import Paid, is_paid
from keystack.domain.joining import first_items, is_as_bought, items_of, joined_items, recurring_lines
from keystack.domain.orders import Order
from keystack.domain.plans import Award, Current, Line, Plan, Settled, Unsettled, settle
from keystack.domain.plans import Mapping as PlanMapping
from keystack.domain.subscriptions import Item, SubscriptionStatus


@dataclass(frozen=True)
class Followed:
    """The order as it follows its subscription, and the items that wait for a person."""

    order: Order
    waiting: tuple[Unsettled, ...] = ()


def needs_first_invoice(order: Order) -> bool:
    """Tell whether only the order's first invoice can say which item each line is billed as."""
    items = _followed_items(order)
    all_joined = all(settled.item for settled in order.settled if settled.recurs) and not order.waiting
    is_known = order.invoice is None or "first_invoice" in order.facts
    return bool(items) and not is_known and not all_joined and not is_as_bought(order, items)


def must_be_asked(order: Order, bought: Sequence[Line], is_on_record: bool) -> bool:
    """Tell whether a checkout must ask how its subscription stands: not while all that is known is as it was bought."""
    seen, paid = subscription_seen(order.facts), order.facts.get("paid")
    if is_on_record:
        return seen is None and isinstance(paid, Paid) and paid.begins is None  # an order of an earlier version
    if seen is None:
        return False
    begins = (SubscriptionStatus.INCOMPLETE, SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE)
    state, lines = seen.state, Counter((line.price, line.quantity) for line in bought if line.recurs is not False)
    items = Counter((item.price, item.quantity) for item in state.items)
    return state.status not in begins or state.ends is not None or state.collection_paused or items != lines


def changed_items(order: Order) -> list[Item]:
    """Name the items that are not what their line earns at present: their mappings are needed to follow them."""
    known = {settled.item: settled for settled in _join(order).settled}
    return [item for item in _followed_items(order) if item.id not in known or not _is_current(known[item.id], item)]


def follow(order: Order, mappings: Mapping[str, PlanMapping], plans: Mapping[str, Plan]) -> Followed:
    """Let the order's licenses follow what its subscription was last seen to include."""
    seen, items = subscription_seen(order.facts), _followed_items(order)
    if seen is None or not items:
        return Followed(order)
    joined = _join(order)
    if joined.settled == order.settled and not changed_items(joined) and not _removed(joined, items):
        return Followed(joined)
    waiting: list[Unsettled] = []
    by_id = {item.id: item for item in items}
    lines = [
        _changed(settled, by_id.get(settled.item or ""), mappings, plans, seen.at, waiting)
        for settled in joined.settled
    ]
    lines += _added(joined, items, mappings, plans, waiting)
    return Followed(replace(joined, settled=tuple(lines)), tuple(waiting))


def _followed_items(order: Order) -> tuple[Item, ...]:
    """Return the items that the licenses follow: none before the order is paid, or where a price is not told."""
    items = items_of(order) if is_paid(order.facts) else ()
    return items if all(item.price for item in items) else ()


def _join(order: Order) -> Order:
    """Note which item each line is billed as, once that can be told."""
    known = joined_items(order)
    settled = (replace(each, item=each.item or known.get(each.line.id)) for each in order.settled)
    return replace(order, settled=tuple(settled))


def _is_current(settled: Settled, item: Item) -> bool:
    now = settled.current
    if now is None:
        return (settled.line.price, settled.line.quantity) == (item.price, item.quantity)
    return now.removed_at is None and (now.price, now.quantity) == (item.price, item.quantity)


def _removed(order: Order, items: Sequence[Item]) -> bool:
    there = {item.id for item in items}
    return any(
        each.item and each.item not in there and (each.current is None or each.current.removed_at is None)
        for each in order.settled
    )


def _changed(
    settled: Settled,
    item: Item | None,
    mappings: Mapping[str, PlanMapping],
    plans: Mapping[str, Plan],
    at: int,
    waiting: list[Unsettled],
) -> Settled:
    """Let one line follow its item; what cannot be mapped keeps what it has, and is noted in `waiting`."""
    if settled.item is None:
        return settled
    if item is None:
        return _without_item(settled, at)
    if _is_current(settled, item):
        return settled
    result = settle(Line(settled.line.id, item.price, item.product, item.quantity, True), mappings, plans)
    if isinstance(result, Unsettled):
        waiting.append(result)
        return settled
    now = Current(item.price, item.quantity, result.awards, at)
    return replace(settled, awards=(*settled.awards, *_more(settled, now)), current=now)


def _without_item(settled: Settled, at: int) -> Settled:
    now = settled.current or Current(settled.line.price or "", settled.line.quantity, settled.awards, at)
    return settled if now.removed_at is not None else replace(settled, current=replace(now, removed_at=at))


def _more(settled: Settled, now: Current) -> Iterator[Award]:
    """Name the licenses that an item earns beyond those that its line has already."""
    for award in now.awards:
        count = award.count - sum(each.count for each in settled.awards if each.grant == award.grant)
        if count > 0:
            yield replace(award, count=count)


def _added(
    order: Order,
    items: Sequence[Item],
    mappings: Mapping[str, PlanMapping],
    plans: Mapping[str, Plan],
    waiting: list[Unsettled],
) -> Iterator[Settled]:
    """Give licenses to items that came later; none, if one of them may be a line that could not be joined."""
    known = {settled.item for settled in order.settled} | {item for item, _ in first_items(order.facts)}
    known |= set(joined_items(order).values())
    new = [item for item in items if item.id not in known]
    if new and not _may_add(order):
        what = f"subscription item {new[0].id} cannot be told from the lines of order {order.id}"
        waiting.append(Unsettled(Line(new[0].id, new[0].price, new[0].product, new[0].quantity), what))
        return
    for item in new:
        result = settle(Line(item.id, item.price, item.product, item.quantity, True), mappings, plans)
        if isinstance(result, Unsettled):
            waiting.append(result)
        else:
            yield replace(result, item=item.id)


def _may_add(order: Order) -> bool:
    """Tell whether every line that was bought is joined, so that an item that is left over was added later."""
    joined = {*joined_items(order), *(each.line.id for each in order.settled if each.item)}
    return all(line.id in joined for line in recurring_lines(order))
