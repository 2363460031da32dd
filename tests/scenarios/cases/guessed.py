"""Nothing is guessed: what decides and is not there, or is not known, is a failed delivery that names it."""

from typing import Any

from scenarios.telling.registry import add, case
from scenarios.telling.sales import Sale
from scenarios.telling.shapes import Json
from scenarios.telling.story import Story, without
from scenarios.telling.subscriptions import Subscription


def _session(name: str, title: str, names: str, envelope: Json, **changes: Any) -> None:
    """A session's event that is not to be believed; `changes` of None take a field away."""

    def tell(story: Story) -> None:
        sale = Sale(story, ("price_pass", 1))
        gone = [field for field, value in changes.items() if value is None]
        told = without({**sale.session, **changes}, *gone)
        story.event("checkout.session.completed", told, **envelope)
        story.expect({}, delivery="failed", reason_contains=names, mails=0)

    add(name, f"A session's event {title}", tell)


_session("session_without_created", "does not say when", "created", {"created": None})
_session("session_with_created_as_text", "says when in words", "created", {"created": "yesterday"})
_session("session_without_livemode", "does not say its mode", "livemode", {"livemode": None})
_session("session_with_livemode_as_text", "says its mode in words", "livemode", {"livemode": "perhaps"})
_session("session_of_another_mode", "and its session are of two modes", "livemode", {}, livemode=True)
_session("session_of_unknown_payment", "has a payment status of tomorrow", "haggling", {}, payment_status="haggling")
_session("session_without_payment", "of today has no payment status", "payment_status", {}, payment_status=None)


def _charge(name: str, title: str, names: str, gone: str, **changes: Any) -> None:
    def tell(story: Story) -> None:
        sale = Sale(story, ("price_forever", 1))
        sale.completed()
        story.passes(hours=1)
        told = {**sale.payment.charge, "amount_refunded": 900, **changes}
        story.event("charge.refunded", without(told, gone))
        story.expect({"forever": "active"}, delivery="failed", reason_contains=names)

    add(name, f"A refunded charge {title}", tell)


_charge("charge_without_amount", "does not say its amount", "amount", "amount")
_charge("charge_without_amount_refunded", "does not say how much was refunded", "amount_refunded", "amount_refunded")
_charge("charge_with_amount_as_text", "says its amount in words", "amount", "", amount="much")
_charge("charge_with_amount_of_null", "has no amount at all", "amount", "", amount=None)
_charge("charge_of_another_mode", "is of another mode than its event", "livemode", "", livemode=True)


def _refund(name: str, title: str, names: str, gone: str, status: str = "failed", kind: str = "refund.failed") -> None:
    def tell(story: Story) -> None:
        sale = Sale(story, ("price_forever", 1))
        sale.completed()
        story.passes(hours=1)
        sale.payment.refunded(2_500)
        story.passes(hours=1)
        story.event(kind, without(sale.payment.refund_shape(2_500, status), gone))
        story.expect({"forever": "frozen"}, delivery="failed", reason_contains=names)

    add(name, f"A refund {title}", tell)


_refund("refund_without_amount", "that failed does not say its amount", "amount", "amount")
_refund("refund_without_charge", "that failed does not say its charge", "charge", "charge")
_refund("refund_without_status", "does not say its status", "status", "status", kind="refund.updated")
_refund("refund_of_unknown_status", "has a status of tomorrow", "wandering", "", "wandering", "refund.updated")


def _dispute(name: str, title: str, names: str, gone: str, status: str = "needs_response") -> None:
    def tell(story: Story) -> None:
        sale = Sale(story, ("price_forever", 1))
        sale.completed()
        story.passes(hours=1)
        about = sale.payment.dispute_shape(status, -2_500)
        story.at_stripe(about)
        story.event("charge.dispute.updated", without(about, gone))
        story.expect({"forever": "active"}, delivery="failed", reason_contains=names)

    add(name, f"A dispute {title}", tell)


_dispute("dispute_without_charge", "does not say its charge", "charge", "charge")
_dispute("dispute_without_status", "does not say its status", "status", "status")
_dispute("dispute_of_unknown_status", "has a status of tomorrow", "mediating", "", "mediating")


def _subscription(name: str, title: str, names: str, gone: str, kind: str = "updated", **changes: Any) -> None:
    def tell(story: Story) -> None:
        bought = Subscription(story, ("price_solo", 1))
        bought.completed()
        story.passes(days=2)
        told = without({**bought.about, **changes}, gone)
        story.event(f"customer.subscription.{kind}", told)
        story.expect({"solo": "active"}, delivery="failed", reason_contains=names, expires_at=None)

    add(name, f"A subscription {title}", tell)


_subscription("subscription_without_status", "does not say its status", "status", "status")
_subscription("subscription_of_unknown_status", "has a status of tomorrow", "dormant", "", status="dormant")
_subscription("subscription_without_items", "does not say its items", "items", "items")
_subscription("subscription_of_another_mode", "is of another mode than its event", "livemode", "", livemode=True)


@case("A subscription that ends does not say until when it was paid: it does not end now")
def end_without_period(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=2)
    items = [without(each, "current_period_end") for each in bought.items]
    ended = {"status": "canceled", "ended_at": story.now, "canceled_at": story.now}
    told = {**bought.about, **ended, "items": {**bought.about["items"], "data": items}}
    story.event("customer.subscription.deleted", told)
    story.expect({"solo": "active"}, delivery="failed", reason_contains="current_period_end", expires_at=None)


@case("A paid invoice does not say of which period")
def invoice_without_period(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=2)
    lines = [{**each, "period": {"start": story.now}} for each in bought.first_invoice["lines"]["data"]]
    story.event("invoice.paid", {**bought.first_invoice, "lines": {**bought.first_invoice["lines"], "data": lines}})
    story.expect({"solo": "active"}, delivery="failed", reason_contains="period")


@case("An invoice has a status of tomorrow")
def invoice_of_unknown_status(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=2)
    story.event("invoice.payment_failed", {**bought.first_invoice, "status": "bartered"})
    story.expect({"solo": "active"}, delivery="failed", reason_contains="bartered")


def _of_another(field: str) -> None:
    def tell(story: Story) -> None:
        sale = Sale(story, ("price_forever", 1))
        story.event("checkout.session.completed", sale.session, None, **{field: "acct_another"})
        story.expect({}, delivery="ignored", reason_lacks="take it off")

    add(f"another_{field}", f"An event of another account, by `{field}`, is none of ours", tell)


_of_another("account")
_of_another("context")


@case("A paid session whose key reaches nobody")
def nobody_to_tell(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1), email=None, has_customer=False)
    sale.completed()
    story.expect({"forever": "active"}, delivery="failed", reason_contains="address", mails=0)


@case("A session of a customer account: its metadata is skipped, and named")
def customer_account(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1), has_customer=False)
    sale.completed(customer_account="acct_ofNina")
    story.expect({"forever": "active"}, delivery="succeeded", steps_contain="acct_ofNina", mails=1)


@case("An id that only travels onward is of a strange type, and fails nothing")
def strange_customer(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1), has_customer=False)
    sale.completed(customer=77)
    story.expect({"forever": "active"}, mails=1)
