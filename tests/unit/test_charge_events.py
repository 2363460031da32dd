"""What the events of a charge, its refunds and its disputes say, in every shape Stripe gave them."""

from typing import Any

import pytest
from keystack.domain.facts import Disputed, DisputeWon, Refunded, RefundFailed
from keystack.stripe.events import ChargeEvent, Ignored, read_event

from unit.stripe_shapes import AT, ERAS, charge, dispute, event, refund

CREATED, CLOSED = "charge.dispute.created", "charge.dispute.closed"


def read_charge(type_: str, subject: dict[str, Any], era: str = "basil") -> ChargeEvent:
    news = read_event(event(type_, subject, era))
    assert isinstance(news, ChargeEvent), news
    return news


def why_ignored(type_: str, subject: dict[str, Any]) -> str:
    news = read_event(event(type_, subject))
    assert isinstance(news, Ignored), news
    return news.reason


@pytest.mark.parametrize("era", ERAS)
def test_a_charge_refunded_in_full_freezes(era: str) -> None:
    fact = Refunded("ch_1", 2_000, full=True, freezes=True, at=AT)
    assert read_charge("charge.refunded", charge(era), era) == ChargeEvent(fact, True, "ch_1", "pi_1")


@pytest.mark.parametrize(
    ("amount_refunded", "refunded", "full"),
    [(2_000, False, True), (2_001, False, True), (1_999, False, False), (1, False, False), (1_500, True, True)],
)
def test_full_is_all_of_the_amount_or_what_stripe_calls_refunded(
    amount_refunded: int, refunded: bool, full: bool
) -> None:
    fact = read_charge("charge.refunded", charge(amount_refunded=amount_refunded, refunded=refunded)).fact
    assert fact == Refunded("ch_1", amount_refunded, full=full, freezes=full, at=AT)


def test_a_charge_of_nothing_that_is_refunded_is_refunded_in_full() -> None:
    fact = read_charge("charge.refunded", charge(amount=0, amount_refunded=0)).fact
    assert fact == Refunded("ch_1", 0, full=True, freezes=True, at=AT)


def test_a_charge_of_which_nothing_is_refunded_is_ignored() -> None:
    assert "nothing of charge ch_1" in why_ignored("charge.refunded", charge(amount_refunded=0, refunded=False))


def test_a_charge_that_no_checkout_made_is_ignored() -> None:
    assert "neither payment intent nor invoice" in why_ignored("charge.refunded", charge(payment_intent=None))


@pytest.mark.parametrize("invoice", ["in_1", {"id": "in_1", "object": "invoice", "subscription": "sub_1"}])
def test_a_charge_before_basil_may_be_found_by_its_invoice(invoice: Any) -> None:
    news = read_charge("charge.refunded", charge("old", payment_intent=None, invoice=invoice), "old")
    assert (news.payment_intent, news.invoice) == (None, "in_1")


def test_an_expanded_payment_intent_is_as_good_as_its_id() -> None:
    expanded = charge(payment_intent={"id": "pi_9", "object": "payment_intent", "amount": 2_000})
    assert read_charge("charge.refunded", expanded).payment_intent == "pi_9"


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("type_", ["refund.failed", "charge.refund.updated"])
def test_a_failed_refund_says_which_charge_has_how_much_again(type_: str, era: str) -> None:
    expected = ChargeEvent(RefundFailed("re_1", "ch_1", 2_000, AT), True, "ch_1", None if era == "old" else "pi_1")
    assert read_charge(type_, refund(era), era) == expected


def test_an_expanded_charge_is_as_good_as_its_id() -> None:
    assert read_charge("refund.failed", refund(charge={"id": "ch_9", "object": "charge"})).charge == "ch_9"
    assert read_charge(CREATED, dispute(charge={"id": "ch_9", "object": "charge"})).charge == "ch_9"


@pytest.mark.parametrize("status", ["succeeded", "pending", "requires_action", "canceled", None])
def test_an_update_of_a_refund_that_did_not_fail_is_ignored(status: str | None) -> None:
    assert f"refund re_1 is {status}" in why_ignored("charge.refund.updated", refund(status=status))


def test_refund_failed_needs_no_status_to_be_believed() -> None:
    assert isinstance(read_charge("refund.failed", refund(status=None)).fact, RefundFailed)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("status", ["needs_response", "under_review", "lost", None])
def test_a_dispute_freezes_when_it_is_created(status: str | None, era: str) -> None:
    news = read_charge(CREATED, dispute(era, status=status), era)
    assert news == ChargeEvent(Disputed("dp_1", "ch_1", AT), True, "ch_1", None if era == "old" else "pi_1")


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review", "warning_closed"])
def test_an_early_inquiry_is_ignored_when_it_is_created(status: str) -> None:
    assert "dp_1 is an early inquiry" in why_ignored(CREATED, dispute(status=status))


@pytest.mark.parametrize("era", ERAS)
def test_a_dispute_that_is_won_is_told_so(era: str) -> None:
    assert read_charge(CLOSED, dispute(era, status="won"), era).fact == DisputeWon("dp_1", AT)


@pytest.mark.parametrize("era", ERAS)
def test_a_dispute_that_is_lost_freezes_even_if_its_creation_was_never_heard_of(era: str) -> None:
    assert read_charge(CLOSED, dispute(era, status="lost"), era).fact == Disputed("dp_1", "ch_1", AT)


@pytest.mark.parametrize("status", ["warning_closed", "charge_refunded", "prevented", None])
def test_a_dispute_that_closed_otherwise_is_ignored(status: str | None) -> None:
    assert f"dp_1 was closed as {status}" in why_ignored(CLOSED, dispute(status=status))
