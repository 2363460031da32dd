"""What every event has in common: which are ignored, and how a malformed one is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystack.domain.queues import Queue
from keystack.errors import ActionNeededError
from keystack.stripe.event_routing import QUEUE_OF_TYPE, ignored_because, queue_of
from keystack.stripe.events import Ignored, read_event

from unit.stripe_shapes import ERAS, charge, dispute, event, refund, session, subscription

SUBJECTS = {
    "checkout.session.completed": session,
    "checkout.session.async_payment_succeeded": session,
    "checkout.session.async_payment_failed": session,
    "charge.refunded": charge,
    "refund.failed": refund,
    "charge.refund.updated": refund,
    "charge.dispute.created": dispute,
    "charge.dispute.closed": dispute,
    "customer.subscription.deleted": subscription,
}
TYPES = list(SUBJECTS)


@pytest.mark.parametrize(
    ("types", "queue"),
    [
        (TYPES[:3], Queue.ISSUE),
        (TYPES[3:8], Queue.FREEZE),
        (TYPES[8:], Queue.EXPIRE),
        (["invoice.paid", "charge.dispute.updated", "checkout.session.expired", "refund.created", "x"], None),
    ],
)
def test_the_type_says_the_queue(types: list[str], queue: str | None) -> None:
    assert [queue_of(event(each, {})) for each in types] == [queue] * len(types)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("type_", TYPES)
def test_every_handled_type_is_read_in_every_shape(type_: str, era: str) -> None:
    won = {"status": "won"} if type_ == "charge.dispute.closed" else {}
    assert not isinstance(read_event(event(type_, SUBJECTS[type_](era) | won, era)), Ignored)


def test_no_other_type_is_handled() -> None:
    assert set(QUEUE_OF_TYPE) == set(TYPES)


def test_a_type_that_is_not_handled_is_ignored_and_named() -> None:
    news = read_event(event("invoice.paid", {"id": "in_1"}))
    assert isinstance(news, Ignored)
    assert "invoice.paid" in news.reason
    assert len(ignored_because({"type": "x" * 9_999})) < 250


@pytest.mark.parametrize("type_", TYPES)
def test_an_event_of_a_connected_account_is_ignored(type_: str) -> None:
    payload = event(type_, SUBJECTS[type_](), account="acct_1")
    assert queue_of(payload) is None
    news = read_event(payload)
    assert isinstance(news, Ignored)
    assert "connected account" in news.reason


@pytest.mark.parametrize("account", [None, ""])
def test_an_account_that_is_none_is_our_own(account: Any) -> None:
    assert queue_of(event("charge.refunded", charge(), account=account)) == Queue.FREEZE


def refused(payload: dict[str, Any]) -> str:
    with pytest.raises(ActionNeededError) as raised:
        read_event(payload)
    assert "HUSH" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__  # pydantic's own message quotes the payload
    return str(raised.value)


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("subject", [None, [], "HUSH", 7, {}, {"id": None}, {"id": 7}, {"id": ["HUSH"]}, {"id": ""}])
def test_a_subject_without_an_id_is_refused_without_its_content(type_: str, subject: Any) -> None:
    assert type_ in refused(event(type_, subject))


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("identity", ["x#HUSH", "x HUSH", "HUSH\n", "HUSH/..", "HÜSH", "HUSH" * 64, "HUSH\ud800"])
def test_an_id_that_could_break_out_of_a_database_key_is_refused(type_: str, identity: str) -> None:
    assert "(id)" in refused(event(type_, {**SUBJECTS[type_](), "id": identity}))
    assert "(id)" in refused({**event(type_, SUBJECTS[type_]()), "id": identity})


@pytest.mark.parametrize(
    ("type_", "field", "value"),
    [
        ("checkout.session.completed", "payment_intent", "pi#HUSH"),
        ("checkout.session.completed", "subscription", {"id": "sub#HUSH"}),
        ("checkout.session.completed", "invoice", 7),
        ("checkout.session.completed", "customer", ["HUSH"]),
        ("checkout.session.completed", "customer_details", "HUSH"),
        ("checkout.session.completed", "customer_email", {"HUSH": 1}),
        ("checkout.session.completed", "created", "HUSH"),
        ("charge.refunded", "amount", "HUSH"),
        ("charge.refunded", "amount_refunded", None),
        ("charge.refunded", "amount_refunded", 1.5),
        ("charge.refunded", "refunded", "HUSH"),
        ("charge.refunded", "invoice", "in#HUSH"),
        ("refund.failed", "amount", float("inf")),
        ("refund.failed", "charge", "ch#HUSH"),
        ("charge.dispute.created", "status", ["HUSH"]),
        ("customer.subscription.deleted", "ended_at", "HUSH"),
        ("customer.subscription.deleted", "items", [{"HUSH": 1}]),
        ("customer.subscription.deleted", "items", {"data": [{"current_period_end": "HUSH"}]}),
        ("customer.subscription.deleted", "cancellation_details", "HUSH"),
    ],
)
def test_a_field_that_is_wrong_is_named_without_its_content(type_: str, field: str, value: Any) -> None:
    assert f"({field}" in refused(event(type_, {**SUBJECTS[type_](), field: value}))


@pytest.mark.parametrize("data", [None, [], "HUSH", {}, {"object": ["HUSH"]}])
def test_an_event_without_its_data_is_refused(data: Any) -> None:
    assert "(data" in refused({**event("charge.refunded", {}), "data": data})


junk = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=3)


@given(st.sampled_from(TYPES), st.data())
def test_whatever_one_field_holds_the_event_is_read_or_refused_with_a_sentence(type_: str, data: st.DataObject) -> None:
    subject = SUBJECTS[type_](data.draw(st.sampled_from(["old", "before basil", "basil"])))
    subject[data.draw(st.sampled_from(sorted(subject)))] = data.draw(junk)
    try:
        read_event(event(type_, subject))
    except ActionNeededError as error:
        assert str(error).startswith("the event is not shaped like any")  # noqa: PT017
