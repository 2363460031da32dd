"""What happens to a sale at the stand-in: the objects that Stripe has then, and the events that follow from them."""

from collections.abc import Callable
from typing import Any

import pytest

from local.stripe import payment_steps as payments
from local.stripe import subscription_steps as steps
from local.stripe.catalogue import catalogue
from local.stripe.purchases import new_purchase
from local.stripe.sales import Sale, Step, new_sale, sale_from

Json = dict[str, Any]
BOUGHT_AT, DAY = 1_795_435_200, 86_400
NOW, MONTH = BOUGHT_AT + 10 * DAY, 30 * DAY
PRICES = {each["id"]: each for each in catalogue()}


def sale(price: str = "price_pro_monthly", quantity: int = 2) -> Sale:
    return new_sale(new_purchase(PRICES[price], "ada@example.com", quantity, BOUGHT_AT))


def subscription(of: Sale) -> Json:
    assert of.subscription
    return of.subscription


def invoice(of: Sale) -> Json:
    assert of.invoice
    return of.invoice


def types(step: Step) -> list[str]:
    return [event["type"] for event in step.events]


def before(step: Step, number: int = 0) -> Json:
    told: Json = step.events[number]["data"]["previous_attributes"]
    return told


def period(of: Sale) -> tuple[int, int]:
    item = subscription(of)["items"]["data"][0]
    return item["current_period_start"], item["current_period_end"]


STEPS: dict[str, Callable[[], Step]] = {
    "upgrade": lambda: steps.changed(sale(), PRICES["price_team"], 5, NOW),
    "pause": lambda: steps.paused(sale(), NOW),
    "resume": lambda: steps.resumed(steps.paused(sale(), NOW).sale, NOW),
    "payment failed": lambda: steps.payment_failed(sale(), NOW),
    "unpaid": lambda: steps.given_up(steps.payment_failed(sale(), NOW).sale, NOW),
    "paid late": lambda: steps.paid_late(steps.payment_failed(sale(), NOW).sale, NOW),
    "cancellation": lambda: steps.ending_with_its_period(sale(), NOW),
    "cancellation taken back": lambda: steps.going_on(steps.ending_with_its_period(sale(), NOW).sale, NOW),
    "end": lambda: steps.ended(sale(), NOW),
    "end unpaid": lambda: steps.ended_unpaid(sale(), NOW),
    "refund": lambda: payments.refunded(sale(), 100, NOW),
    "refund canceled": lambda: payments.refund_canceled(payments.refunded(sale(), 100, NOW).sale, NOW),
    "dispute": lambda: payments.disputed(sale(), NOW),
    "dispute won": lambda: payments.dispute_closed(payments.disputed(sale(), NOW).sale, "won", NOW),
    "dispute lost": lambda: payments.dispute_closed(payments.disputed(sale(), NOW).sale, "lost", NOW),
}


@pytest.mark.parametrize("name", STEPS)
def test_the_last_event_about_an_object_tells_what_stripe_has(name: str) -> None:
    step = STEPS[name]()
    has = {item["id"]: item for item in step.sale.objects()}
    told = {event["data"]["object"]["id"]: event["data"]["object"] for event in step.events}
    assert told
    assert told == {name: has[name] for name in told}
    assert {event["created"] for event in step.events} == {NOW}


@pytest.mark.parametrize("name", STEPS)
def test_a_sale_is_remembered_as_it_is(name: str) -> None:
    known = STEPS[name]().sale
    assert sale_from(known.as_json()) == known


def test_what_was_remembered_before_there_were_steps_is_a_new_sale() -> None:
    known = sale()
    assert sale_from(known.bought.as_json()) == known


def test_an_upgrade_changes_price_and_quantity_of_the_same_item_in_the_same_period() -> None:
    bought = sale()
    step = steps.changed(bought, PRICES["price_team"], 5, NOW)
    [old], [new] = subscription(bought)["items"]["data"], subscription(step.sale)["items"]["data"]
    assert (new["id"], new["price"]["id"], new["quantity"]) == (old["id"], "price_team", 5)
    assert period(step.sale) == period(bought) == (BOUGHT_AT, BOUGHT_AT + MONTH)
    assert types(step) == ["customer.subscription.updated"]
    assert before(step) == {"items": {"data": [old]}}
    assert step.sale.invoice == bought.invoice  # the proration waits for the next one


def test_a_pause_says_why_and_leaves_the_period() -> None:
    step = steps.paused(sale(), NOW)
    told = subscription(step.sale)
    assert types(step) == ["customer.subscription.paused"]
    assert (told["status"], told["pause_collection"]) == ("paused", None)
    assert told["status_details"]["paused"] == {
        "type": "subscription",
        "subscription": {"type": "pause_requested"},
        "transitioned_at": NOW,
    }
    assert period(step.sale) == (BOUGHT_AT, BOUGHT_AT + MONTH)


def test_a_resumption_within_the_paid_period_costs_nothing() -> None:
    step = steps.resumed(steps.paused(sale(), NOW).sale, NOW + DAY)
    assert types(step) == ["customer.subscription.resumed"]
    assert (subscription(step.sale)["status"], subscription(step.sale)["status_details"]) == ("active", None)
    assert period(step.sale) == (BOUGHT_AT, BOUGHT_AT + MONTH)


def test_a_resumption_after_it_begins_and_pays_a_new_period() -> None:
    bought, late = sale(), BOUGHT_AT + 2 * MONTH
    step = steps.resumed(steps.paused(bought, NOW).sale, late)
    assert types(step) == ["invoice.paid", "customer.subscription.resumed"]
    assert period(step.sale) == (late, late + MONTH)
    paid = invoice(step.sale)
    assert (paid["status"], paid["billing_reason"], paid["amount_paid"]) == ("paid", "subscription_cycle", 3_800)
    assert paid["id"] == subscription(step.sale)["latest_invoice"] != bought.bought.invoice
    assert paid["lines"]["data"][0]["period"] == {"start": late, "end": late + MONTH}
    assert step.sale.charge["id"] != bought.charge["id"]


def test_a_failed_payment_leaves_the_renewal_open_and_the_subscription_past_due() -> None:
    bought = sale()
    step = steps.payment_failed(bought, NOW)
    assert types(step) == ["invoice.payment_failed", "customer.subscription.updated"]
    due, asked = subscription(step.sale), invoice(step.sale)
    assert (due["status"], due["latest_invoice"]) == ("past_due", asked["id"])
    assert period(step.sale) == (NOW, NOW + MONTH)
    assert (asked["status"], asked["amount_paid"], asked["total"], asked["attempt_count"]) == ("open", 0, 3_800, 1)
    assert asked["lines"]["data"][0]["period"] == {"start": NOW, "end": NOW + MONTH}
    [item] = subscription(bought)["items"]["data"]
    month_before = {"created": NOW - MONTH, "current_period_start": NOW - MONTH, "current_period_end": NOW}
    assert before(step, 1) == {
        "items": {"data": [{**item, **month_before}]},
        "latest_invoice": bought.bought.invoice,
        "status": "active",
    }


def test_nobody_waits_for_the_first_month_to_end_it_was_bought_that_much_earlier() -> None:
    known = STEPS["payment failed"]().sale
    assert known.paid_invoice
    assert (known.paid_invoice["status"], known.paid_invoice["id"]) == ("paid", known.bought.invoice)
    assert known.paid_invoice["lines"]["data"][0]["period"] == {"start": NOW - MONTH, "end": NOW}
    times = (
        known.bought.created,
        known.charge["created"],
        known.paid_invoice["created"],
        subscription(known)["created"],
    )
    assert times == (NOW - MONTH,) * 4
    assert known.paid_invoice in known.objects()


def test_a_later_month_is_renewed_when_it_ends_and_one_that_is_over_at_once() -> None:
    paid = STEPS["paid late"]().sale
    assert period(steps.payment_failed(paid, NOW + DAY).sale) == (NOW + MONTH, NOW + 2 * MONTH)
    late = BOUGHT_AT + MONTH + DAY
    assert period(steps.payment_failed(sale(), late).sale) == (BOUGHT_AT + MONTH, BOUGHT_AT + 2 * MONTH)


def test_a_second_failure_is_another_attempt_at_the_same_invoice() -> None:
    once = steps.payment_failed(sale(), NOW)
    twice = steps.payment_failed(once.sale, NOW + DAY)
    assert types(twice) == ["invoice.payment_failed"]
    assert (invoice(twice.sale)["id"], invoice(twice.sale)["attempt_count"]) == (invoice(once.sale)["id"], 2)
    assert twice.sale.subscription == once.sale.subscription


def test_stripe_gives_up_and_is_paid_after_all() -> None:
    due = steps.payment_failed(sale(), NOW).sale
    unpaid = steps.given_up(due, NOW + DAY)
    assert (types(unpaid), before(unpaid)) == (["customer.subscription.updated"], {"status": "past_due"})
    assert (subscription(unpaid.sale)["status"], invoice(unpaid.sale)["status"]) == ("unpaid", "open")
    paid = steps.paid_late(unpaid.sale, NOW + 2 * DAY)
    assert types(paid) == ["invoice.paid", "customer.subscription.updated"]
    assert (subscription(paid.sale)["status"], invoice(paid.sale)["status"]) == ("active", "paid")
    assert before(paid, 1) == {"status": "unpaid"}


def test_a_late_payment_has_a_charge_of_its_own_that_leads_to_its_invoice() -> None:
    step = STEPS["paid late"]()
    [link] = [each for each in step.sale.objects() if each["object"] == "invoice_payment"]
    assert link["invoice"] == invoice(step.sale)["id"]
    assert link["payment"]["payment_intent"] == step.sale.charge["payment_intent"] != step.sale.bought.payment_intent


def test_a_cancellation_at_the_periods_end_can_be_taken_back() -> None:
    bought = sale()
    step = steps.ending_with_its_period(bought, NOW)
    told = subscription(step.sale)
    assert (told["status"], told["cancel_at"], told["ended_at"]) == ("active", BOUGHT_AT + MONTH, None)
    assert (told["cancel_at_period_end"], told["canceled_at"]) == (True, NOW)
    assert before(step)["cancel_at"] is None
    assert steps.going_on(step.sale, NOW).sale.subscription == bought.subscription


def test_an_end_by_request_leaves_what_was_paid() -> None:
    step = steps.ended(sale(), NOW)
    told = subscription(step.sale)
    assert types(step) == ["customer.subscription.deleted"]
    assert (told["status"], told["ended_at"], told["cancellation_details"]["reason"]) == (
        "canceled",
        NOW,
        "cancellation_requested",
    )
    assert (told["latest_invoice"], invoice(step.sale)["status"]) == (step.sale.bought.invoice, "paid")


@pytest.mark.parametrize("earlier", ["none", "past due", "unpaid"])
def test_an_end_by_failed_payment_leaves_its_period_unpaid(earlier: str) -> None:
    known = {"none": sale(), "past due": STEPS["payment failed"]().sale, "unpaid": STEPS["unpaid"]().sale}[earlier]
    step = steps.ended_unpaid(known, NOW)
    told = subscription(step.sale)
    assert types(step) == ["customer.subscription.deleted"]
    assert (told["status"], told["cancellation_details"]["reason"]) == ("canceled", "payment_failed")
    assert (told["latest_invoice"], invoice(step.sale)["status"]) == (invoice(step.sale)["id"], "open")
    assert period(step.sale) == (NOW, NOW + MONTH)
    assert step.sale.paid_invoice
    assert step.sale.paid_invoice["lines"]["data"][0]["period"]["end"] == NOW == told["ended_at"]


def test_refunds_add_up_and_a_canceled_one_comes_off_again() -> None:
    first = payments.refunded(sale(), 1_000, NOW)
    second = payments.refunded(first.sale, 2_800, NOW)
    assert (types(second), before(second)) == (["charge.refunded"], {"amount_refunded": 1_000, "refunded": False})
    assert (second.sale.charge["amount_refunded"], second.sale.charge["refunded"]) == (3_800, True)
    assert payments.left_to_refund(second.sale) == 0
    canceled = payments.refund_canceled(second.sale, NOW)
    told = canceled.events[0]["data"]["object"]
    assert (types(canceled), told["status"], told["amount"]) == (["refund.updated"], "canceled", 2_800)
    assert (canceled.sale.charge["amount_refunded"], canceled.sale.charge["refunded"]) == (1_000, False)


def test_a_dispute_is_opened_before_its_money_is_taken() -> None:
    step = payments.disputed(sale(), NOW)
    assert types(step) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    created, withdrawn = (event["data"]["object"] for event in step.events)
    assert (created["balance_transactions"], len(withdrawn["balance_transactions"])) == ([], 1)
    assert created["charge"] == withdrawn["charge"] == step.sale.charge["id"]
    assert step.sale.charge["disputed"]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("won", ["charge.dispute.closed", "charge.dispute.funds_reinstated"]),
        ("lost", ["charge.dispute.closed"]),
    ],
)
def test_a_dispute_ends_and_only_who_wins_has_the_money_again(outcome: str, expected: list[str]) -> None:
    step = payments.dispute_closed(payments.disputed(sale(), NOW).sale, outcome, NOW)
    assert (types(step), before(step)) == (expected, {"status": "needs_response"})
    assert step.sale.dispute
    assert step.sale.dispute["status"] == outcome


def test_a_dispute_that_was_won_may_be_lost_after_all() -> None:
    lost = payments.dispute_closed(STEPS["dispute won"]().sale, "lost", NOW)
    assert types(lost) == ["charge.dispute.closed", "charge.dispute.funds_withdrawn"]
    assert before(lost) == {"status": "won"}


def test_two_steps_at_once_are_one() -> None:
    opened = payments.disputed(sale(), NOW)
    both = opened.then(payments.dispute_closed(opened.sale, "lost", NOW))
    assert types(both) == ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"]
    assert both.sale.dispute
    assert both.sale.dispute["status"] == "lost"
