"""Facts of every kind, over so few ids, amounts and times that they keep meeting each other."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from keystack.domain.facts import (
    AwaitingPayment,
    Disputed,
    DisputeWon,
    Fact,
    Held,
    HoldLifted,
    LicenseFact,
    OrderFact,
    Paid,
    PaymentFailed,
    Refunded,
    RefundFailed,
    Revoked,
    SubscriptionDeleted,
)

times = st.sampled_from([0, 1, 30, 60, 61, 100, 1_000])
charges = st.sampled_from(["ch_1", "ch_10"])
amounts = st.sampled_from([40, 60, 100])
disputes = st.sampled_from(["dp_1", "dp_2"])
people = st.sampled_from(["ada", "bob"])
holds = st.one_of(
    st.sampled_from(["hold_1", "hold_2"]),
    disputes.map("dispute:{}".format),
    st.builds("refund:{}:{}".format, charges, amounts),
)
refunds = st.builds(Refunded, charges, amounts, st.booleans(), st.booleans(), times)

OF_ORDERS: dict[type[Fact], SearchStrategy[OrderFact]] = {
    AwaitingPayment: st.builds(AwaitingPayment, times),
    Paid: st.builds(Paid, times),
    PaymentFailed: st.builds(PaymentFailed, times),
    Refunded: refunds,
    RefundFailed: st.builds(RefundFailed, st.sampled_from(["re_1", "re_2"]), charges, amounts, times),
    Disputed: st.builds(Disputed, disputes, charges, times),
    DisputeWon: st.builds(DisputeWon, disputes, times),
    SubscriptionDeleted: st.builds(SubscriptionDeleted, st.sampled_from(["sub_1", "sub_2"]), times, times),
}
OF_LICENSES: dict[type[Fact], SearchStrategy[LicenseFact]] = {
    Held: st.builds(Held, st.sampled_from(["hold_1", "hold_2"]), people, st.sampled_from(["", "fraud"]), times),
    HoldLifted: st.builds(HoldLifted, holds, people, times),
    Revoked: st.builds(Revoked, people, st.sampled_from(["", "fraud"]), times),
}
BY_KIND: dict[type[Fact], SearchStrategy[OrderFact] | SearchStrategy[LicenseFact]] = {**OF_ORDERS, **OF_LICENSES}
order_facts = st.one_of(*OF_ORDERS.values())
facts: SearchStrategy[Fact] = st.one_of(order_facts, *OF_LICENSES.values())
