"""What Stripe's API answers is read by the same functions as what its events carry."""

from typing import Any

import pytest
from keystack.domain.disputes import DisputeState, DisputeStatus
from keystack.domain.invoices import BillingReason, Invoice, InvoiceLine, InvoiceStatus
from keystack.domain.payments import PaymentStatus, SessionPayment
from keystack.domain.subscriptions import Item, SubscriptionState, SubscriptionStatus
from keystack.errors import ActionNeededError
from keystack.stripe.objects.disputes import dispute_state
from keystack.stripe.objects.invoices import invoice as read_invoice
from keystack.stripe.objects.sessions import session_payment
from keystack.stripe.objects.subscriptions import subscription_state

from unit.billing_shapes import END, ended, invoice, subscription
from unit.stripe_shapes import AT, ERAS, dispute, moved, session


def test_a_subscription_tells_its_id_and_how_it_stands() -> None:
    items = (Item("si_1", "price_1", "prod_1", 1, END),)
    state = SubscriptionState(SubscriptionStatus.ACTIVE, items, latest_invoice="in_1")
    assert subscription_state(subscription(), AT) == ("sub_1", state)


def test_a_subscription_that_does_not_say_when_it_ended_ended_when_it_was_seen() -> None:
    assert subscription_state(ended(ended_at=None, canceled_at=None), AT + 7)[1].ends == AT + 7


@pytest.mark.parametrize("era", ERAS)
def test_an_invoice_tells_what_it_was_for(era: str) -> None:
    renewal = InvoiceLine("si_1", "price_1", 1, END, proration=False, amount=900)
    assert read_invoice(invoice(era, status="open", amount_paid=0)) == Invoice(
        "in_1", "sub_1", InvoiceStatus.OPEN, BillingReason.SUBSCRIPTION_CYCLE, 0, (renewal,)
    )


def test_an_answer_may_say_nothing_of_an_invoice_but_its_id() -> None:
    found = read_invoice({"id": "in_1"})
    assert found == Invoice("in_1", None, None, None, None, ())
    assert (found.is_paid, dict(found.periods)) == (False, {})


def test_a_dispute_tells_how_it_stands() -> None:
    won = dispute(status="won", balance_transactions=moved(-2_000, 2_000))
    assert dispute_state(won) == DisputeState(DisputeStatus.WON, took_money=False, reinstated=True)


@pytest.mark.parametrize(
    ("status", "is_paid"),
    [(PaymentStatus.PAID, True), (PaymentStatus.NO_PAYMENT_REQUIRED, True), (PaymentStatus.UNPAID, False)],
)
def test_a_session_tells_whether_it_is_paid_and_which_ids_it_has_by_now(status: PaymentStatus, is_paid: bool) -> None:
    found = session_payment(session(payment_status=str(status), invoice={"id": "in_1"}, livemode=False))
    assert found == SessionPayment("cs_live_1", False, status, payment_intent="pi_1", invoice="in_1")
    assert found.is_paid is is_paid


@pytest.mark.parametrize("field", ["id", "livemode", "payment_status"])
@pytest.mark.parametrize("garbage", [None, 7, [], "?#"])
def test_a_session_must_say_what_it_is_asked_for(field: str, garbage: Any) -> None:
    with pytest.raises(ActionNeededError, match=rf"\({field}\)"):
        session_payment(session(**{field: garbage}))


def test_an_answer_that_is_not_as_documented_names_the_field() -> None:
    with pytest.raises(ActionNeededError) as raised:
        subscription_state(subscription(status="ended", items={"data": [{}]}), AT)
    assert str(raised.value) == (
        'Stripe answered what is not shaped as it documents (items.data.0.id, status is "ended"): report it to KeyStack'
        " with its id"
    )


@pytest.mark.parametrize("answer", [None, [], "?", {}])
def test_an_answer_that_is_no_object_is_refused(answer: Any) -> None:
    with pytest.raises(ActionNeededError, match="not shaped as it documents"):
        dispute_state(answer)
