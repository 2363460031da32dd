"""Payment: an order is paid when Stripe says so, whatever rings."""

from scenarios.telling.registry import case
from scenarios.telling.sales import Sale
from scenarios.telling.shapes import DAY
from scenarios.telling.story import Story, without
from scenarios.telling.subscriptions import Subscription

UNPAID = {"payment_status": "unpaid"}
UNCAPTURED = {"captured": False, "amount_captured": 0}


@case("What was authorized at checkout is captured three days later, and its payment intent tells it")
def captured_later(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed(**UNPAID)
    story.expect({}, delivery="waiting", audit_ends_with="order.pending")
    story.passes(days=3)
    sale.is_now(payment_status="paid")
    sale.payment.tells("succeeded", capture_method="manual")
    story.expect({"forever": "active"}, delivery="succeeded", audit_ends_with="order.created", mails=1, billing=None)


@case("The charge alone tells that the payment was captured")
def captured_charge(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.payment.charge |= UNCAPTURED
    sale.completed(**UNPAID)
    story.passes(hours=5)
    sale.is_now(payment_status="paid")
    sale.payment.tells_charge("captured", captured=True, amount_captured=2_500)
    story.expect({"forever": "active"}, mails=1)


@case("A fixed term that is captured later begins when it is paid")
def captured_term(story: Story) -> None:
    sale = Sale(story, ("price_pass", 1))
    sale.completed(**UNPAID)
    story.passes(days=6)
    sale.is_now(payment_status="paid")
    sale.payment.tells("succeeded", capture_method="manual")
    story.expect({"pass": "active"}, expires_at=story.now + 30 * DAY)


@case("A bank debit arrives after days")
def debit_arrives(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed(**UNPAID)
    story.expect({}, delivery="waiting")
    story.passes(days=4)
    sale.tells("async_payment_succeeded", payment_status="paid")
    story.expect({"forever": "active"}, delivery="succeeded")


@case("A bank debit fails")
def debit_fails(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed(**UNPAID)
    story.passes(days=4)
    sale.tells("async_payment_failed")
    story.expect({}, delivery="succeeded", audit_ends_with="order.payment_failed")


@case("A bank debit fails, and its invoice is paid another way; the session never says so")
def debit_retried(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    story.at_stripe({**bought.first_invoice, "status": "open", "amount_paid": 0})
    bought.completed(**UNPAID)
    story.expect({}, delivery="waiting")
    story.passes(days=5)
    bought.tells_session("async_payment_failed")
    story.expect({})
    story.passes(days=2)
    bought.pays(bought.first_invoice)
    story.expect({"solo": "active"}, billing="active", mails=1)


@case("The payment is tried, and Stripe does not call the session paid yet")
def rings_too_early(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed(**UNPAID)
    story.passes(hours=1)
    sale.payment.tells("succeeded")
    story.expect({})
    story.passes(hours=1)
    sale.is_now(payment_status="paid")
    sale.payment.tells_charge("captured")
    story.expect({"forever": "active"})


@case("Nothing tells that the session was paid, and a replay asks")
def replay_asks(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    completed = sale.completed(**UNPAID)
    story.expect({})
    sale.is_now(payment_status="paid")
    story.calls(f"POST /v1/deliveries/{completed}/replay")
    story.expect({"forever": "active"}, delivery="succeeded")


@case("An authorization is canceled: the order is not paid")
def authorization_canceled(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed(**UNPAID)
    story.passes(days=2)
    sale.payment.tells("canceled", status="canceled", amount_received=0, cancellation_reason="requested_by_customer")
    story.expect({}, audit_ends_with="order.payment_failed")


@case("An authorization expires: the order is not paid")
def authorization_expires(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.payment.charge |= UNCAPTURED
    sale.completed(**UNPAID)
    story.passes(days=7)
    sale.payment.tells_charge("expired")
    story.expect({}, audit_ends_with="order.payment_failed")


@case("Nothing was to be paid")
def nothing_to_pay(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed(payment_status="no_payment_required", payment_intent=None, amount_total=0)
    story.expect({"forever": "active"}, delivery="succeeded")


@case("An ordinary sale comes with events about its payment, before and after")
def ordinary_sale(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.payment.tells("succeeded")
    sale.payment.tells_charge("captured")
    sale.completed()
    story.expect({"forever": "active"}, delivery="succeeded", audit_ends_with="order.created", mails=1)
    sale.tells("async_payment_succeeded")
    sale.payment.tells("succeeded")
    story.expect({"forever": "active"}, audit_ends_with="order.created", mails=1, seats=3)


@case("A session of 2019 has no payment status: completed meant paid")
def session_of_2019(story: Story) -> None:
    story.api_version = "2019-12-03"
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    story.event("checkout.session.completed", without(sale.session, "payment_status", "status"))
    story.expect({"forever": "active"}, delivery="succeeded")
