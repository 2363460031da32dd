"""Record what became known about an order: `order × fact → order, audit entries`. Times are Unix seconds."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from keystack.domain.audit import AuditEntry, born_frozen_entry, expiry_entry, fact_entry
from keystack.domain.facts import OrderFact, OrderFacts, Paid, SubscriptionDeleted, subscription_end, with_fact
from keystack.domain.holds import open_holds
from keystack.domain.licenses import License
from keystack.domain.orders import Order, next_expiry


def record_fact(order: Order, fact: OrderFact, licenses: Sequence[License], now: int) -> tuple[Order, list[AuditEntry]]:
    """Add `fact` to `order`, whose `licenses` are those that it has; no entry when it says nothing new."""
    facts = with_fact(order.facts, fact)
    if facts is order.facts:
        return order, []
    changed = replace(order, facts=facts)
    joined = facts[fact.id]
    if fact.id in order.facts and _consequences(changed) == _consequences(order):
        return changed, []  # a second report of a known fact: more precise, and nothing follows from it
    entry = fact_entry(order, changed, joined, licenses, now)
    if licenses and isinstance(joined, SubscriptionDeleted) and joined.expires_at <= now:
        changed = _with_expiry_recorded(changed, joined.expires_at)  # the entry says when; no sweep has to
    return changed, [entry]


def record_facts(
    order: Order, facts: Iterable[OrderFact], licenses: Sequence[License], now: int
) -> tuple[Order, list[AuditEntry]]:
    """Add facts that became known together: the payment first, then the others by time."""
    entries: list[AuditEntry] = []
    for fact in sorted(facts, key=lambda fact: (not isinstance(fact, Paid), fact.at, fact.id)):
        order, new = record_fact(order, fact, licenses, now)
        entries += new
    return order, entries


def record_expiry(order: Order, licenses: Sequence[License], now: int) -> tuple[Order, list[AuditEntry]]:
    """Note that the time of the order's next expiry has passed; nothing if it has not."""
    end = next_expiry(order)
    if end is None or end > now:
        return order, []
    return _with_expiry_recorded(order, end), [expiry_entry(order, end, licenses, now)]


def record_birth(
    order: Order, known: OrderFacts, licenses: Sequence[License], now: int
) -> tuple[Order, list[AuditEntry]]:
    """Tell what facts that were `known` before the order's new `licenses` make of them: frozen, or expired already."""
    entries = []
    open_before = {hold.id for hold in open_holds(known)}
    holds = [hold.id for hold in open_holds(order.facts) if hold.id in open_before]
    if holds and licenses:
        entries.append(born_frozen_entry(order, licenses, holds))
    while True:
        order, expired = record_expiry(order, licenses, now)
        if not expired:
            return order, entries
        entries += expired


def _consequences(order: Order) -> tuple[object, ...]:
    """Name what follows from the facts, as far as the audit log tells it."""
    return {hold.id for hold in open_holds(order.facts)}, subscription_end(order.facts)


def _with_expiry_recorded(order: Order, end: int) -> Order:
    return replace(order, expiries_recorded=tuple(sorted({*order.expiries_recorded, end})))
