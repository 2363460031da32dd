"""In whatever order the events of a subscription come, and however often: the same valid licenses, plan and seats.

What should be valid is worked out here from the latest observation and the mappings, and not asked of the package.
"""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from keystack.domain.facts import OrderFact, OrderFacts, PeriodPaid, SubscriptionSeen, with_fact
from keystack.domain.status import license_billing

from unit.billing_facts import item, paid_until, renewal_refunded, seen
from unit.subscribed import GRANTS, NOW, PLANS, Shop, bought, first_invoice

LINES = (
    bought("price_unit", 3),
    bought("price_month", identity="li_2"),
    bought("price_life", identity="li_life", recurs=False),
)
INVOICE = first_invoice(("si_1", "price_unit"), ("si_2", "price_month"))
CHECKOUT = "checkout.session.completed"
Event = OrderFact | str

prices = st.sampled_from(sorted(GRANTS.keys() - {"price_small"}))
statuses = st.sampled_from(["active", "active", "active", "past_due", "unpaid"])
included = st.dictionaries(st.sampled_from(["si_1", "si_2", "si_3"]), st.tuples(prices, st.integers(0, 5)), min_size=1)


@st.composite
def observations(draw: st.DrawFn, at: int) -> SubscriptionSeen:
    items = [item(identity, price, quantity) for identity, (price, quantity) in draw(included).items()]
    return seen(draw(statuses), at, *sorted(items, key=lambda each: each.id), answer=draw(st.sampled_from([0, 1])))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """The checkout, a few observations and what was paid and given back: in two orders, one with repetitions."""
    times = draw(st.lists(st.integers(1_100, 1_105), max_size=4, unique=True))
    facts: list[Event] = [draw(observations(at)) for at in times]
    facts += draw(st.sampled_from([[], [paid_until(2_000)], [paid_until(2_000), paid_until(3_000, invoice="in_3")]]))
    facts += draw(st.sampled_from([[], [renewal_refunded(until=2_000)], [renewal_refunded(until=2_000, amount=40)]]))
    events = [*facts, CHECKOUT]
    again = draw(st.lists(st.sampled_from(events), max_size=3))
    return draw(st.permutations(events)), draw(st.permutations([*events, *again]))


def played(events: Sequence[Event]) -> Shop:
    """Let events come one by one: what comes before the checkout is parked."""
    shop, ids = Shop(), list[str]()
    parked: OrderFacts = {INVOICE.id: INVOICE}
    for event in events:
        if isinstance(event, str):
            shop = shop.sells(*LINES, parked=parked.values())
        elif shop.known.order is None:
            parked = with_fact(parked, event)
        else:
            shop = shop.sees(event)
        ids += [entry.id for entry in shop.last.entries] if shop.last else []
        shop = Shop(shop.known)
    assert len(set(ids)) == len(ids)
    assert len({license.id for license in shop.known.licenses}) == len(shop.known.licenses)
    return shop


def should_be_valid(events: Sequence[Event]) -> list[tuple[str, int]]:
    """Plan and seats of each license that should be valid."""
    known = [event for event in events if isinstance(event, SubscriptionSeen)]
    latest = max(known, key=lambda fact: (fact.at, fact.answer)).state if known else None
    items = (
        [(each.price, each.quantity) for each in latest.items] if latest else [("price_unit", 3), ("price_month", 1)]
    )
    periods = [event.until for event in events if isinstance(event, PeriodPaid)]
    refunded = renewal_refunded(until=2_000) in events and max(periods, default=0) <= 2_000
    if refunded or (latest and latest.status == "unpaid"):
        items = []
    return sorted([("life", 1), *(grant for each in items for grant in granted(*each))])


def granted(price: str, quantity: int) -> list[tuple[str, int]]:
    found = []
    for grant in GRANTS[price] if quantity else ():
        if grant.holds_for(quantity):
            keys = {"per_line": 1, "per_unit": quantity}.get(str(grant.keys)) or int(grant.keys)
            seats = quantity if grant.seats == "quantity" else PLANS[grant.plan].seats
            found += [(grant.plan, seats)] * keys
    return found


@settings(max_examples=150)
@given(histories())
def test_the_valid_licenses_are_those_of_the_latest_observation(history: tuple[list[Event], list[Event]]) -> None:
    one, other = (played(events) for events in history)
    assert one.order.facts == other.order.facts
    assert one.valid() == other.valid() == should_be_valid(history[0])
    billings = [
        {license_billing(shop.order, each) for each in shop.known.licenses if each.line in ("li_1", "li_2")}
        for shop in (one, other)
    ]
    assert billings[0] == billings[1]


@settings(max_examples=100)
@given(histories())
def test_a_key_never_changes_and_nothing_is_left_to_the_sweep_or_to_a_replay(
    history: tuple[list[Event], list[Event]],
) -> None:
    shop = played(history[1])
    again = shop.sells(*LINES).sees()
    assert again.keys == shop.keys
    assert again.valid() == shop.valid()
    assert (again.actions, again.waiting) == ([], [])
    assert shop.swept(NOW)[1] == []
