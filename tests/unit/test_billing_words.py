"""How a subscription stands, in plain words."""

import pytest
from keystack.domain.billing import Billing
from keystack.domain.billing_words import words_of_billing
from keystack.domain.explanations import Moment, to_plain
from keystack.domain.subscriptions import SubscriptionStatus

MARCH_3, MARCH_9, APRIL_7 = 1_772_496_000, 1_773_014_400, 1_775_520_000


def said(
    state: str = "active", paused: bool = False, paid_through: int | None = None, cancels_at: int | None = None
) -> str:
    told = words_of_billing(Billing(SubscriptionStatus(state), paused, paid_through, cancels_at), MARCH_9)
    return " ".join(map(to_plain, told))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("incomplete", "The first payment has not come yet."),
        ("incomplete_expired", "The first payment never came."),
        ("trialing", "On trial."),
        ("active", "Active."),
        ("past_due", "Past due: a payment has failed, and Stripe tries it again."),
        ("unpaid", "Unpaid: Stripe has given up asking for the money."),
        ("paused", "Paused: it costs nothing, and pays for nothing, until it is resumed."),
        ("canceled", "Canceled."),
    ],
)
def test_every_state_has_words(state: str, words: str) -> None:
    assert said(state) == words


def test_until_when_is_paid_or_free() -> None:
    assert said(paid_through=APRIL_7) == "Active. Paid until 7 April 2026."
    assert said("trialing", paid_through=APRIL_7) == "On trial. Free until 7 April 2026."


def test_an_end_that_is_set_differs_from_one_that_was() -> None:
    assert said(cancels_at=APRIL_7) == "Active. It ends on 7 April 2026."
    assert said("canceled", cancels_at=MARCH_3) == "Canceled. It ended on 3 March 2026."


def test_all_at_once_with_its_times_as_values() -> None:
    assert said("past_due", paused=True, paid_through=MARCH_3, cancels_at=APRIL_7) == (
        "Past due: a payment has failed, and Stripe tries it again. Its payments are not collected for now."
        " Paid until 3 March 2026. It ends on 7 April 2026."
    )
    billing = Billing(SubscriptionStatus.ACTIVE, False, APRIL_7, None)
    assert Moment(APRIL_7) in words_of_billing(billing, MARCH_9)[1]
