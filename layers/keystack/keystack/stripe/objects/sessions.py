"""The Checkout Session. Source: Stripe API reference, "The Session object"."""

import re
from typing import Any

from keystack.domain.orders import Order
from keystack.domain.payments import PaymentStatus, SessionPayment, needs_no_more
from keystack.domain.subscriptions import SubscriptionStatus
from keystack.stripe.models import AmountIfAny, CurrencyIfAny, Flag, Id, IdIfAny, Shape, Text, Time
from keystack.stripe.reading import UnreadableError, read

PAYMENT_STATUS_SINCE = "2020-08-27"  # the API version


class CustomerDetails(Shape):
    email: Text | None = None
    name: Text | None = None


class Session(Shape):
    id: Id
    created: Time | None = None
    mode: str | None = None
    payment_status: PaymentStatus | None = None
    customer: IdIfAny = None
    customer_account: IdIfAny = None
    customer_details: CustomerDetails | None = None
    customer_email: Text | None = None
    amount_total: AmountIfAny = None
    currency: CurrencyIfAny = None
    payment_intent: Id | None = None
    subscription: Id | None = None
    invoice: Id | None = None


class PaymentOfSession(Shape):
    payment_status: PaymentStatus


class AnsweredSession(PaymentOfSession):
    id: Id
    livemode: Flag
    payment_intent: Id | None = None
    subscription: Id | None = None
    invoice: Id | None = None


def session_order(subject: dict[str, Any], livemode: bool, at: int) -> Order:
    """Read who bought and where to find it; `at`, if the session does not say when it was created.

    The order's `org` is empty: nothing of Stripe's names the organization.
    """
    session = read(Session, subject)
    details = session.customer_details or CustomerDetails()
    if session.mode == "subscription" and not session.subscription and _is_paid(session):
        raise UnreadableError(["subscription"])  # its end would never be heard of
    return Order(
        org="",
        id=session.id,
        livemode=livemode,
        created_at=session.created or at,
        email=(details.email or session.customer_email or "").strip() or None,
        name=(details.name or "").strip() or None,
        stripe_customer=session.customer,
        payment_intent=session.payment_intent,
        subscription=session.subscription,
        invoice=session.invoice,
        amount_total=session.amount_total,
        currency=session.currency,
    )


def _is_paid(session: Session) -> bool:
    return session.payment_status is not None and needs_no_more(session.payment_status)


def session_payment(subject: dict[str, Any]) -> SessionPayment:
    """Read how the payment stands, and under which ids the session can be found by now."""
    session = read(AnsweredSession, subject)
    return SessionPayment(
        session.id,
        session.livemode,
        session.payment_status,
        session.payment_intent,
        session.subscription,
        session.invoice,
    )


def payment_status(subject: dict[str, Any]) -> PaymentStatus:
    """Read how the payment of a session in an event stands."""
    return read(PaymentOfSession, subject).payment_status


def begun_subscription(subject: dict[str, Any], status: PaymentStatus) -> SubscriptionStatus | None:
    """Say how the subscription of a session begins, None if it has none.

    "No payment required" means that the payment is delayed to a future date ("The Session object"): a trial.
    """
    if not read(Session, subject).subscription:
        return None
    return SubscriptionStatus.ACTIVE if status is PaymentStatus.PAID else SubscriptionStatus.TRIALING


def account_of_session(subject: dict[str, Any]) -> str | None:
    """Read the account that is the session's customer in place of a Customer ("customer_account")."""
    session = read(Session, subject)
    return None if session.customer else session.customer_account


def says_no_payment_status(subject: dict[str, Any], api_version: str | None) -> bool:
    """Tell whether a session rightly says nothing of its payment: in old versions of the API, completed meant paid."""
    version = re.match(r"\d{4}-\d{2}-\d{2}", api_version or "")
    return "payment_status" not in subject and version is not None and version[0] < PAYMENT_STATUS_SINCE
