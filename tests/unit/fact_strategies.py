"""Facts of every kind, over so few ids, amounts and times that they keep meeting each other."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from keystack.domain.facts import (
    AwaitingPayment,
    Disputed,
    DisputeWon,
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

order_facts: SearchStrategy[OrderFact] = st.one_of(
    st.builds(AwaitingPayment, times),
    st.builds(Paid, times),
    st.builds(PaymentFailed, times),
    refunds,
    st.builds(RefundFailed, st.sampled_from(["re_1", "re_2"]), charges, amounts, times),
    st.builds(Disputed, disputes, charges, times),
    st.builds(DisputeWon, disputes, times),
    st.builds(SubscriptionDeleted, st.sampled_from(["sub_1", "sub_2"]), times, times),
)
license_facts: SearchStrategy[LicenseFact] = st.one_of(
    st.builds(Held, st.sampled_from(["hold_1", "hold_2"]), people, st.sampled_from(["", "fraud"]), times),
    st.builds(HoldLifted, holds, people, times),
    st.builds(Revoked, people, st.sampled_from(["", "fraud"]), times),
)
facts: SearchStrategy[OrderFact | LicenseFact] = st.one_of(order_facts, license_facts)
