"""Which refunds came to nothing, in every shape Stripe gave them."""

from typing import Any

import pytest
from keystack.domain.facts import RefundFailed
from keystack.errors import ActionNeededError
from keystack.stripe.events import ChargeEvent, Ignored, read_event

from unit.stripe_shapes import AT, ERAS, event, refund

FAILED, UPDATES = "refund.failed", ["refund.created", "refund.updated", "charge.refund.updated"]


def read_refund(type_: str, subject: dict[str, Any], era: str = "basil") -> ChargeEvent:
    news = read_event(event(type_, subject, era))
    assert isinstance(news, ChargeEvent), news
    return news


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("type_", [FAILED, *UPDATES])
@pytest.mark.parametrize(("status", "canceled"), [("failed", False), ("canceled", True)])
def test_a_refund_that_failed_or_was_canceled_says_which_charge_has_how_much_again(
    type_: str, status: str, canceled: bool, era: str
) -> None:
    fact = RefundFailed("re_1", "ch_1", 2_000, AT, canceled)
    found = ChargeEvent(fact, True, "ch_1", None if era == "old" else "pi_1")
    assert read_refund(type_, refund(era, status=status), era) == found


def test_an_expanded_charge_is_as_good_as_its_id() -> None:
    assert read_refund(FAILED, refund(charge={"id": "ch_9", "object": "charge"})).charge == "ch_9"


@pytest.mark.parametrize("type_", UPDATES)
@pytest.mark.parametrize("status", ["succeeded", "pending", "requires_action"])
def test_any_other_refund_is_ignored_for_its_charge_tells_what_was_given_back(type_: str, status: str) -> None:
    news = read_event(event(type_, refund(status=status)))
    assert news == Ignored(f"refund re_1 is {status}: charge.refunded tells what was given back")


@pytest.mark.parametrize("type_", UPDATES)
def test_a_refund_without_a_charge_is_ignored_unless_it_came_to_nothing(type_: str) -> None:
    assert isinstance(read_event(event(type_, refund(status="succeeded", charge=None))), Ignored)
    with pytest.raises(ActionNeededError, match=r"\(data\.object\.charge\)"):
        read_event(event(type_, refund(status="canceled", charge=None)))


@pytest.mark.parametrize("status", [None, "failed", "pending", "succeeded"])
def test_refund_failed_is_believed_whatever_the_status_says(status: str | None) -> None:
    fact = read_refund(FAILED, refund(status=status)).fact
    assert fact == RefundFailed("re_1", "ch_1", 2_000, AT)


@pytest.mark.parametrize("type_", UPDATES)
def test_an_update_without_a_status_is_refused(type_: str) -> None:
    with pytest.raises(ActionNeededError, match=r"\(data\.object\.status\)"):
        read_event(event(type_, refund(status=None)))


@pytest.mark.parametrize("type_", [FAILED, *UPDATES])
def test_a_status_that_nobody_knows_is_refused_with_its_word(type_: str) -> None:
    with pytest.raises(ActionNeededError, match=r'\(data\.object\.status is "reversed"\)'):
        read_event(event(type_, refund(status="reversed")))
