"""What every event has in common: what is read, and how a malformed one is refused."""

from typing import Any

import pytest
from keystack.errors import ActionNeededError
from keystack.stripe.events import Ignored, read_event

from unit.event_subjects import SUBJECTS, TYPES
from unit.stripe_shapes import ERAS, event


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("type_", TYPES)
def test_every_handled_type_is_read_in_every_shape(type_: str, era: str) -> None:
    assert not isinstance(read_event(event(type_, SUBJECTS[type_](era), era)), Ignored)


def refused(payload: dict[str, Any]) -> str:
    with pytest.raises(ActionNeededError) as raised:
        read_event(payload)
    assert "HUSH" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__  # pydantic's own message quotes the payload
    return str(raised.value)


@pytest.mark.parametrize("type_", TYPES)
def test_a_refusal_says_which_event_and_which_field(type_: str) -> None:
    assert refused(event(type_, SUBJECTS[type_]("basil") | {"id": None})) == (
        f"the event is not shaped like any {type_} that Stripe documents (data.object.id): report it to KeyStack with"
        " its id"
    )


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("subject", [None, [], "HUSH", 7, {}, {"id": None}, {"id": 7}, {"id": ["HUSH"]}, {"id": ""}])
def test_a_subject_without_an_id_is_refused_without_its_content(type_: str, subject: Any) -> None:
    assert f"any {type_} that Stripe documents (data.object" in refused(event(type_, subject))


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("identity", ["x#HUSH", "x HUSH", "HUSH\n", "HUSH/..", "HÜSH", "HUSH" * 64, "HUSH\ud800"])
def test_an_id_that_could_break_out_of_a_database_key_is_refused(type_: str, identity: str) -> None:
    subject = SUBJECTS[type_]("basil")
    assert "(data.object.id)" in refused(event(type_, {**subject, "id": identity}))
    assert "(id)" in refused({**event(type_, subject), "id": identity})


@pytest.mark.parametrize(
    ("type_", "field", "value"),
    [
        ("checkout.session.completed", "payment_intent", "pi#HUSH"),
        ("checkout.session.completed", "subscription", {"id": "sub#HUSH"}),
        ("checkout.session.completed", "invoice", 7),
        ("checkout.session.completed", "customer_details", "HUSH"),
        ("checkout.session.completed", "customer_email", {"HUSH": 1}),
        ("checkout.session.completed", "created", "HUSH"),
        ("checkout.session.completed", "payment_status", "HUSH HUSH"),
        ("charge.refunded", "payment_intent", {"id": "pi#HUSH"}),
        ("charge.refunded", "invoice", "in#HUSH"),
        ("charge.dispute.created", "status", ["HUSH"]),
        ("charge.dispute.created", "payment_intent", "pi#HUSH"),
        ("charge.dispute.created", "balance_transactions", [{"amount": "HUSH"}]),
        ("customer.subscription.deleted", "ended_at", "HUSH"),
        ("customer.subscription.deleted", "items", [{"HUSH": 1}]),
        ("customer.subscription.updated", "cancel_at", "HUSH"),
        ("customer.subscription.updated", "cancel_at_period_end", "HUSH"),
        ("customer.subscription.updated", "cancel_at_period_end", 1),
        ("customer.subscription.updated", "pause_collection", "HUSH"),
        ("customer.subscription.updated", "latest_invoice", "in#HUSH"),
        ("customer.subscription.updated", "trial_end", True),
        ("customer.subscription.updated", "cancellation_details", "HUSH"),
        ("invoice.paid", "lines", [{"HUSH": 1}]),
        ("invoice.paid", "parent", "HUSH"),
        ("invoice.paid", "subscription", "sub#HUSH"),
    ],
)
def test_a_field_that_is_wrong_is_named_without_its_content(type_: str, field: str, value: Any) -> None:
    assert f"(data.object.{field}" in refused(event(type_, SUBJECTS[type_]("basil") | {field: value}))


@pytest.mark.parametrize("data", [None, [], "HUSH", {}, {"object": ["HUSH"]}])
def test_an_event_without_its_data_is_refused(data: Any) -> None:
    assert "(data" in refused({**event("charge.refunded", {}), "data": data})


def test_of_many_wrong_fields_only_some_are_named() -> None:
    wrong = [{"amount": "HUSH"}] * 1_000
    told = refused(
        event("charge.dispute.created", SUBJECTS["charge.dispute.created"]("basil") | {"balance_transactions": wrong})
    )
    assert told.count("data.object.balance_transactions.") == 5
    assert ", …)" in told


# --------------------------------------------------------------------- live and test mode

WITH_LIVEMODE = [type_ for type_ in TYPES if "livemode" in SUBJECTS[type_]("basil")]


def test_only_a_refund_has_no_livemode() -> None:
    assert {type_ for type_ in TYPES if type_ not in WITH_LIVEMODE} == {
        "refund.created", "refund.updated", "refund.failed", "charge.refund.updated"
    }  # fmt: skip


@pytest.mark.parametrize("type_", WITH_LIVEMODE)
@pytest.mark.parametrize(("event_is", "object_is"), [(True, False), (False, True), (True, 1), (False, 0), (True, None)])
def test_an_event_and_its_object_must_be_of_one_mode(type_: str, event_is: bool, object_is: Any) -> None:
    payload = event(type_, SUBJECTS[type_]("basil") | {"livemode": object_is}, livemode=event_is)
    assert "(data.object.livemode is not the event's)" in refused(payload)


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("livemode", [True, False])
def test_an_object_without_a_mode_is_of_the_events(type_: str, livemode: bool) -> None:
    subject = SUBJECTS[type_]("basil")
    subject.pop("livemode", None)
    assert not isinstance(read_event(event(type_, subject, livemode=livemode)), Ignored)
