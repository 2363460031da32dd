"""Facts of every kind, over so few ids, amounts and times that they keep meeting each other."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from keystack.domain.disputes import DisputeState, DisputeStatus
from keystack.domain.facts import (
    AwaitingPayment,
    Concern,
    Disputed,
    Fact,
    FirstInvoice,
    Held,
    HoldLifted,
    LicenseFact,
    OrderFact,
    Paid,
    PaymentFailed,
    PaymentMissed,
    PeriodPaid,
    Refunded,
    RefundFailed,
    Revoked,
    SubscriptionSeen,
)
from keystack.domain.observations import State
from keystack.domain.subscriptions import Item, SubscriptionState, SubscriptionStatus

times = st.sampled_from([0, 1, 30, 60, 61, 100, 1_000])
charges = st.sampled_from(["ch_1", "ch_10"])
amounts = st.sampled_from([40, 60, 100])
disputes = st.sampled_from(["dp_1", "dp_2"])
people = st.sampled_from(["ada", "bob"])
items = st.sampled_from(["si_1", "si_2"])
invoices = st.sampled_from(["in_1", "in_2"])
events = st.sampled_from(["evt_1", "evt_2", "evt_3"])
ends = st.none() | times
concerns = st.sampled_from(Concern)
holds = st.one_of(
    st.sampled_from(["hold_1", "hold_2"]),
    disputes.map("dispute:{}".format),
    st.builds("refund:{}:{}".format, charges, amounts),
    st.builds("{}:{}".format, st.sampled_from(["unpaid", "paused", "collection_paused"]), invoices),
)

# ------------------------------------------------------------------ observations

ITEMS = (Item("si_1", "price_1", "prod_1", 1, 60), Item("si_2", "price_2", None, 3, 1_000))
SUBSCRIPTIONS = tuple(
    SubscriptionState(SubscriptionStatus(status), ITEMS[:count], ends, collection_paused=paused, latest_invoice=invoice)
    for status, count, ends, paused, invoice in (
        ("incomplete", 1, None, False, "in_1"),
        ("active", 1, None, False, "in_1"),
        ("active", 2, 100, True, "in_2"),
        ("past_due", 2, None, False, "in_2"),
        ("unpaid", 2, None, False, "in_2"),
        ("paused", 1, None, False, None),
        ("canceled", 2, 61, False, "in_2"),
        ("incomplete_expired", 1, 30, False, "in_1"),
    )
)
DISPUTES = tuple(
    DisputeState(DisputeStatus(status), took, reinstated)
    for status, took, reinstated in (
        ("warning_needs_response", False, False),
        ("needs_response", True, False),
        ("prevented", True, False),
        ("won", False, True),
        ("lost", True, False),
    )
)


def snapshots(bodies: tuple[Any, ...], **more: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """States that an event brought: what they followed is one of the same few, so that they make chains and cycles."""
    befores = st.sampled_from(["", *(body.mark for body in bodies)])
    return _changed(bodies, event=events, before=befores, **more)


def answers(bodies: tuple[Any, ...], **more: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """States that Stripe answered."""
    return _changed(bodies, **more)


def _changed(bodies: tuple[Any, ...], **more: SearchStrategy[Any]) -> SearchStrategy[Any]:
    def made(body: State, changes: dict[str, Any]) -> State:
        return type(body)(**{**vars(body), **changes})

    return st.builds(made, st.sampled_from(bodies), st.fixed_dictionaries({"since": times, **more}))


def _seen(
    at: SearchStrategy[int], bodies: tuple[Any, ...], **more: SearchStrategy[Any]
) -> SearchStrategy[tuple[int, int, tuple[Any, ...]]]:
    """When, which answer of its second, and what."""
    return st.tuples(at, st.just(0), snapshots(bodies, **more).map(lambda state: (state,))) | st.tuples(
        at, st.integers(1, 2), answers(bodies, **more).map(lambda state: (state,))
    )


def subscriptions(at: SearchStrategy[int] = times) -> SearchStrategy[SubscriptionSeen]:
    paid = st.sampled_from([None, True, False])
    reasons = st.sampled_from([None, "payment_failed", "cancellation_requested"])
    found = _seen(at, SUBSCRIPTIONS, latest_is_paid=paid, freezes=st.booleans(), trial_end=ends, reason=reasons)
    return found.map(lambda told: SubscriptionSeen("sub_1", *told))


def disputed(at: SearchStrategy[int] = times) -> SearchStrategy[Disputed]:
    return st.builds(
        lambda dispute, charge, told, *more: Disputed(dispute, charge, *told, *more),
        disputes,
        charges,
        _seen(at, DISPUTES),
        st.booleans(),
        concerns,
        ends,
    )


# -------------------------------------------------------------------- every kind

refunds = st.builds(
    Refunded,
    charges,
    amounts,
    st.booleans(),
    st.booleans(),
    times,
    concerns,
    st.none() | invoices,
    st.none() | amounts,
    ends,
)
first_items = st.sampled_from([(), (("si_1", "price_1"),), (("si_1", "price_1"), ("si_2", "price_2"))])

OF_ORDERS: dict[type[Fact], SearchStrategy[OrderFact]] = {
    AwaitingPayment: st.builds(AwaitingPayment, times, events),
    Paid: st.builds(Paid, times, st.sampled_from([None, SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING])),
    PaymentFailed: st.builds(PaymentFailed, times),
    Refunded: refunds,
    RefundFailed: st.builds(
        RefundFailed, st.sampled_from(["re_1", "re_2"]), charges, amounts, times, canceled=st.booleans()
    ),
    Disputed: disputed(),
    SubscriptionSeen: subscriptions(),
    PeriodPaid: st.builds(PeriodPaid, items, times, invoices, times),
    PaymentMissed: st.builds(PaymentMissed, invoices, times),
    FirstInvoice: st.builds(FirstInvoice, invoices, first_items, times),
}
OF_LICENSES: dict[type[Fact], SearchStrategy[LicenseFact]] = {
    Held: st.builds(Held, st.sampled_from(["hold_1", "hold_2"]), people, st.sampled_from(["", "fraud"]), times),
    HoldLifted: st.builds(HoldLifted, holds, people, times),
    Revoked: st.builds(Revoked, people, st.sampled_from(["", "fraud"]), times),
}
BY_KIND: dict[type[Fact], SearchStrategy[OrderFact] | SearchStrategy[LicenseFact]] = {**OF_ORDERS, **OF_LICENSES}
order_facts = st.one_of(*OF_ORDERS.values())
facts: SearchStrategy[Fact] = st.one_of(order_facts, *OF_LICENSES.values())
