"""How a subscription stands, in plain words for the person who looks at its license or order. Pure."""

from typing import assert_never

from keystack.domain.billing import Billing
from keystack.domain.explanations import Moment, Text
from keystack.domain.subscriptions import SubscriptionStatus


def words_of_billing(billing: Billing, now: int) -> list[Text]:
    """Say it in sentences: the state, until when is paid, whether payments are paused, and when it ends or ended."""
    said: list[Text] = [(f"{_state(billing.state)}.",)]
    if billing.collection_paused:
        said.append(("Its payments are not collected for now.",))
    if billing.paid_through is not None:
        is_free = billing.state is SubscriptionStatus.TRIALING
        said.append(("Free until " if is_free else "Paid until ", Moment(billing.paid_through), "."))
    if billing.cancels_at is not None:
        said.append(("It ended on " if billing.cancels_at <= now else "It ends on ", Moment(billing.cancels_at), "."))
    return said


def _state(state: SubscriptionStatus) -> str:
    match state:
        case SubscriptionStatus.INCOMPLETE:
            return "The first payment has not come yet"
        case SubscriptionStatus.INCOMPLETE_EXPIRED:
            return "The first payment never came"
        case SubscriptionStatus.TRIALING:
            return "On trial"
        case SubscriptionStatus.ACTIVE:
            return "Active"
        case SubscriptionStatus.PAST_DUE:
            return "Past due: a payment has failed, and Stripe tries it again"
        case SubscriptionStatus.UNPAID:
            return "Unpaid: Stripe has given up asking for the money"
        case SubscriptionStatus.PAUSED:
            return "Paused: it costs nothing, and pays for nothing, until it is resumed"
        case SubscriptionStatus.CANCELED:
            return "Canceled"
        case _:
            assert_never(state)
