"""Which events go to which queue, which are ignored, and what is said of those."""

from typing import Any

import pytest
from keystack.domain.queues import Queue
from keystack.stripe.event_routing import QUEUE_OF_TYPE, ignored_because, queue_of
from keystack.stripe.events import Ignored, read_event

from unit.event_subjects import OF_EXPIRER, OF_FREEZER, OF_ISSUER, SUBJECTS, TYPES
from unit.stripe_shapes import ERAS, charge, event, session

TAKE_IT_OFF = "you may take it off the webhook endpoint's events"


@pytest.mark.parametrize(
    ("types", "queue"),
    [
        (OF_ISSUER, Queue.ISSUE),
        (OF_FREEZER, Queue.FREEZE),
        (OF_EXPIRER, Queue.EXPIRE),
        (["invoice.created", "charge.succeeded", "checkout.session.expired", "plan.created", "x"], None),
    ],
)
def test_the_type_says_the_queue(types: list[str], queue: str | None) -> None:
    assert [queue_of(event(each, {})) for each in types] == [queue] * len(types)


def test_no_other_type_is_handled() -> None:
    assert set(QUEUE_OF_TYPE) == set(TYPES)


@pytest.mark.parametrize("type_", ["plan.created", "customer.updated", "customer.deleted", "price.updated", "x", ""])
def test_a_type_that_could_never_matter_may_be_taken_off_the_endpoint(type_: str) -> None:
    assert ignored_because(event(type_, {})) == f"KeyStack does not handle {type_}: {TAKE_IT_OFF}"


@pytest.mark.parametrize(
    "type_",
    [
        "checkout.session.expired",
        "charge.succeeded",
        "charge.updated",
        "refund.x",
        "invoice.created",
        "invoice.finalized",
        "invoice_payment.paid",
        "customer.subscription.trial_will_end",
        "payment_intent.created",
    ],
)
def test_another_type_of_an_object_that_matters_is_only_not_needed(type_: str) -> None:
    assert ignored_because(event(type_, {})) == f"KeyStack does not need {type_}: no license depends on it"


@pytest.mark.parametrize(
    ("type_", "object_"),
    [
        ("v1.checkout.session.completed", "v2.core.event"),
        ("v1.checkout.session.completed", "event"),
        ("v1.plan.created", "v2.core.event"),
        ("v2.core.account.updated", "v2.core.event"),
        ("checkout.session.completed", "v2.core.event"),
        ("plan.created", "v2.core.event"),
    ],
)
def test_of_a_thin_payload_the_remedy_is_said_and_not_that_it_may_go(type_: str, object_: str) -> None:
    thin = {"id": "evt_1", "object": object_, "type": type_, "created": "2026-09-21T14:13:20.000Z", "context": None}
    assert queue_of(thin) is None
    assert read_event(thin) == Ignored(
        f'{type_} is a thin payload, which KeyStack does not read yet: the endpoint needs the style "snapshot"'
    )


@pytest.mark.parametrize("prefix", ["", "v1.", "charge."])
def test_a_reason_is_short_however_long_the_type(prefix: str) -> None:
    assert len(ignored_because({"type": prefix + "x" * 9_999})) < 250


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("whose", ["account", "context"])
def test_an_event_of_another_account_is_ignored(type_: str, whose: str) -> None:
    payload = event(type_, SUBJECTS[type_]("basil"), **{whose: "acct_1"})
    assert queue_of(payload) is None
    news = read_event(payload)
    assert isinstance(news, Ignored)
    assert "connected account" in news.reason


@pytest.mark.parametrize("whose", ["account", "context"])
@pytest.mark.parametrize("nobody", [None, ""])
def test_an_account_that_is_none_is_our_own(whose: str, nobody: Any) -> None:
    assert queue_of(event("charge.refunded", charge(), **{whose: nobody})) == Queue.FREEZE


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("type_", [each for each in TYPES if each.startswith("checkout.")])
def test_a_session_in_setup_mode_sells_nothing(type_: str, era: str) -> None:
    payload = event(type_, session(era, mode="setup", payment_status="no_payment_required"), era)
    assert queue_of(payload) is None
    assert read_event(payload) == Ignored("a Checkout Session in setup mode sells nothing")
