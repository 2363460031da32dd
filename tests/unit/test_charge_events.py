"""What was given back of a charge, in every shape Stripe gave it."""

from typing import Any

import pytest
from keystack.domain.facts import Refunded
from keystack.stripe.events import ChargeEvent, Ignored, read_event

from unit.stripe_shapes import AT, ERAS, charge, event

REFUNDED = "charge.refunded"


def refunded(era: str = "basil", **more: Any) -> ChargeEvent:
    news = read_event(event(REFUNDED, charge(era, **more), era))
    assert isinstance(news, ChargeEvent), news
    return news


def given_back(**more: Any) -> tuple[int, bool]:
    fact = refunded(**more).fact
    assert isinstance(fact, Refunded)
    return fact.amount, fact.full


def why_ignored(subject: dict[str, Any]) -> str:
    news = read_event(event(REFUNDED, subject))
    assert isinstance(news, Ignored), news
    return news.reason


@pytest.mark.parametrize("era", ERAS)
def test_a_charge_refunded_in_full_is_told_so(era: str) -> None:
    fact = Refunded("ch_1", 2_000, full=True, freezes=False, at=AT)
    assert refunded(era) == ChargeEvent(fact, True, "ch_1", "pi_1")


@pytest.mark.parametrize(
    ("amount_refunded", "full"), [(2_000, True), (2_001, True), (1_999, False), (1, False), (1_500, False)]
)
@pytest.mark.parametrize("refunded", [True, False, None, "?"])  # Stripe's own flag is not asked: the amounts say it
def test_full_is_all_of_what_was_captured(amount_refunded: int, full: bool, refunded: Any) -> None:
    assert given_back(amount_refunded=amount_refunded, refunded=refunded) == (amount_refunded, full)


@pytest.mark.parametrize(
    ("captured", "amount_refunded", "expected"),
    [
        (1_500, 2_000, (1_500, True)),  # 500 were released at capture, 1500 given back since
        (1_500, 1_999, (1_499, False)),
        (1_500, 501, (1, False)),
        (1, 2_000, (1, True)),
        (2_000, 400, (400, False)),
        (2_500, 2_500, (2_500, True)),  # more was captured than authorized
    ],
)
def test_what_was_never_captured_was_not_given_back(
    captured: int, amount_refunded: int, expected: tuple[int, bool]
) -> None:
    assert given_back(amount=2_000, amount_captured=captured, amount_refunded=amount_refunded) == expected


def test_the_release_of_the_rest_at_a_partial_capture_is_no_refund() -> None:
    assert why_ignored(charge(amount_captured=1_500, amount_refunded=500)) == "nothing of charge ch_1 has been refunded"


@pytest.mark.parametrize("amount_captured", [0, 2_000, None])
def test_of_a_charge_that_was_never_captured_nothing_was_given_back(amount_captured: int | None) -> None:
    reason = why_ignored(charge(captured=False, amount_captured=amount_captured))
    assert reason == "nothing of charge ch_1 was ever captured: nothing was given back"


def test_captured_nothing_is_as_good_as_not_captured() -> None:
    assert "was ever captured" in why_ignored(charge(captured=None, amount_captured=0))


@pytest.mark.parametrize("captured", [True, None])
def test_a_charge_that_does_not_say_how_much_was_captured_is_wholly_captured(captured: bool | None) -> None:
    assert given_back(amount_captured=None, captured=captured, amount_refunded=1_999) == (1_999, False)
    assert given_back(amount_captured=None, captured=captured, amount_refunded=2_000) == (2_000, True)


def test_a_charge_of_2018_that_says_neither_is_wholly_captured() -> None:
    subject = charge("old")
    del subject["captured"]
    news = read_event(event(REFUNDED, subject, "old"))
    assert isinstance(news, ChargeEvent)
    assert news.fact == Refunded("ch_1", 2_000, full=True, freezes=False, at=AT)


@pytest.mark.parametrize("refunded", [True, False])
def test_a_charge_of_which_nothing_is_refunded_is_ignored(refunded: bool) -> None:
    assert why_ignored(charge(amount_refunded=0, refunded=refunded)) == "nothing of charge ch_1 has been refunded"


def test_a_charge_that_no_checkout_made_is_ignored() -> None:
    assert "neither payment intent nor invoice" in why_ignored(charge(payment_intent=None))


@pytest.mark.parametrize("invoice", ["in_1", {"id": "in_1", "object": "invoice", "subscription": "sub_1"}])
def test_a_charge_before_basil_may_be_found_by_its_invoice(invoice: Any) -> None:
    news = refunded("old", payment_intent=None, invoice=invoice)
    assert (news.payment_intent, news.invoice) == (None, "in_1")


def test_an_expanded_payment_intent_is_as_good_as_its_id() -> None:
    expanded = {"id": "pi_9", "object": "payment_intent", "amount": 2_000}
    assert refunded(payment_intent=expanded).payment_intent == "pi_9"


@pytest.mark.parametrize("customer", [None, 7, ["cus_1"], "cus#1", {"id": {}}])
def test_the_customer_of_a_charge_fails_nothing(customer: Any) -> None:
    assert refunded(customer=customer).charge == "ch_1"
