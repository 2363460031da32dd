"""Record what became known about an order: `order × fact → order, audit entries`. Times are Unix seconds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from keystack.domain.audit import AuditEntry, alike, born_expired_entry, born_frozen_entry, expiry_entry, fact_entry
from keystack.domain.billing import subscription_end, subscription_seen
from keystack.domain.facts import OrderFact, OrderFacts, Paid, SubscriptionSeen, is_observation, with_fact
from keystack.domain.holds import open_holds
from keystack.domain.joining import item_of
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.status import (
    Status,
    changes_by_time,
    expires_at,
    license_holds,
    license_status,
    next_change,
    times_of,
)
from keystack.domain.subscriptions import SubscriptionStatus


def record_fact(order: Order, fact: OrderFact, licenses: Sequence[License], now: int) -> tuple[Order, list[AuditEntry]]:
    """Add `fact` to `order`, whose `licenses` are those that it has; no entry when it says nothing new."""
    facts = with_fact(order.facts, fact)
    if facts is order.facts:
        return order, []
    changed = replace(order, facts=facts)
    joined = facts[fact.id]
    # known already, or seen to be as expected: nothing follows from it
    if (fact.id in order.facts or is_observation(fact)) and _consequences(changed, now) == _consequences(order, now):
        is_told = (next_change(order) or now + 1) > now  # then what lasts may last since another time, and is the same
        return (with_times_told(order, changed, now) if is_told else changed), []
    entry = fact_entry(order, changed, joined, licenses, now)
    if licenses and is_observation(fact):
        changed = with_times_told(order, changed, now)
    return changed, [entry]


def record_facts(
    order: Order, facts: Iterable[OrderFact], licenses: Sequence[License], now: int
) -> tuple[Order, list[AuditEntry]]:
    """Add facts that became known together: the payment first, the others by time, how a subscription stands last."""
    entries: list[AuditEntry] = []
    for fact in sorted(facts, key=_turn):
        order, new = record_fact(order, fact, licenses, now)
        entries += new
    return order, entries


def _turn(fact: OrderFact) -> tuple[bool, bool, int, str]:
    return not isinstance(fact, Paid), isinstance(fact, SubscriptionSeen), fact.at, fact.id


def record_expiry(order: Order, licenses: Sequence[License], now: int) -> tuple[Order, list[AuditEntry]]:
    """Note that the time has passed at which licenses of the order expire or freeze next; nothing if it has not."""
    end = next_change(order)
    if end is None or end > now:
        return order, []
    return _with_recorded(order, end), [expiry_entry(order, end, licenses, now)]


def with_times_told(before: Order, changed: Order, now: int) -> Order:
    """Note the times that a change brought and that have passed: its entry says what is over; no sweep has to."""
    for time in changes_by_time(changed) - changes_by_time(before):
        changed = _with_recorded(changed, time) if time <= now else changed
    return changed


def record_birth(
    order: Order, known: OrderFacts, born: Sequence[License], older: Sequence[License], now: int
) -> tuple[Order, list[AuditEntry]]:
    """Tell what facts that were `known` before the licenses `born` make of them: frozen, or expired already.

    A time that has passed and that no sweep has told yet is told of the `older` licenses: the sweep would tell of all.
    """
    entries = [*_born_entries(order, replace(order, facts=known), born, now)]
    for time in sorted(changes_by_time(order).difference(order.expiries_recorded)):
        if time <= now:
            if any(time in times_of(order, each) for each in older):
                entries.append(expiry_entry(order, time, older, now))
            order = _with_recorded(order, time)
    return order, entries


def _born_entries(order: Order, before: Order, born: Sequence[License], now: int) -> Iterator[AuditEntry]:
    frozen, holds, over = list[tuple[License, int]](), set[str](), dict[int, list[tuple[License, int]]]()
    for each, count in alike(order, born):
        held, end = _held(before, each, now) & _held(order, each, now), expires_at(order, each)
        if held:
            frozen.append((each, count))
            holds |= held
        elif end is not None and {license_status(of, each, now) for of in (before, order)} == {Status.EXPIRED}:
            over.setdefault(end, []).append((each, count))
    if frozen:
        yield born_frozen_entry(order, frozen, sorted(holds))
    for end, ended in sorted(over.items()):
        yield born_expired_entry(order, ended, end)


def _held(order: Order, license: License, now: int) -> set[str]:
    """Name the holds that freeze a license now."""
    return {hold.id for hold in license_holds(order, license) if hold.has_begun(now)}


def _consequences(order: Order, now: int) -> tuple[object, ...]:
    """Name what follows from the facts, as far as the audit log tells it."""
    seen = subscription_seen(order.facts)
    told = (seen.state.status, seen.state.collection_paused) if seen else None
    expected = (None, *((status, False) for status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING)))
    ends = {
        subscription_end(order.facts, item) for item in (None, *(item_of(order, settled) for settled in order.settled))
    }
    holds = {(hold.id, hold.has_begun(now)) for hold in open_holds(order.facts)}
    return holds, ends, None if told in expected else told


def _with_recorded(order: Order, time: int) -> Order:
    return replace(order, expiries_recorded=tuple(sorted({*order.expiries_recorded, time})))
