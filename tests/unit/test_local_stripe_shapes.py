"""What the stand-in for Stripe makes up has the fields that decide, and its parts agree with each other."""

from typing import Any

import pytest

from local.stripe.catalogue import catalogue
from local.stripe.differences import previous_attributes
from local.stripe.disputes import closed, dispute, reinstated, withdrawn
from local.stripe.invoices import first_invoice
from local.stripe.payments import refund
from local.stripe.purchases import Purchase, monthly_price, new_purchase, one_time_price
from local.stripe.shapes import charge, event, line_items, objects, session
from local.stripe.subscriptions import MONTH, canceled_subscription, subscription

NOW = 1_795_435_200
PRO = next(each for each in catalogue() if each["id"] == "price_pro_monthly")
LIFETIME = next(each for each in catalogue() if each["id"] == "price_pro_lifetime")


def bought(price: dict[str, Any] = PRO, quantity: int = 3) -> Purchase:
    return new_purchase(price, "ada@example.com", quantity, NOW)


def by_kind(purchase: Purchase) -> dict[str, dict[str, Any]]:
    return {each["object"]: each for each in objects(purchase)}


def test_a_payment_leaves_a_customer_a_session_a_charge_and_a_payment_intent() -> None:
    found = by_kind(bought(LIFETIME, 2))
    assert sorted(found) == ["charge", "checkout.session", "customer", "payment_intent"]
    assert (found["charge"]["amount"], found["charge"]["amount_captured"], found["charge"]["captured"]) == (
        49_800,
        49_800,
        True,
    )
    assert found["payment_intent"]["latest_charge"] == found["charge"]["id"]
    assert found["payment_intent"]["id"].startswith("pi_")
    assert found["checkout.session"]["payment_intent"] == found["payment_intent"]["id"]


def test_a_subscription_leaves_its_invoice_and_what_paid_it_besides() -> None:
    found = by_kind(bought())
    assert sorted(set(found) - set(by_kind(bought(LIFETIME)))) == ["invoice", "invoice_payment", "subscription"]
    assert found["checkout.session"]["subscription"] == found["subscription"]["id"]
    assert found["checkout.session"]["invoice"] == found["subscription"]["latest_invoice"] == found["invoice"]["id"]
    paid = found["invoice_payment"]
    assert (paid["invoice"], paid["payment"]["payment_intent"]) == (
        found["invoice"]["id"],
        found["payment_intent"]["id"],
    )


@pytest.mark.parametrize("price", [PRO, LIFETIME])
def test_everything_has_its_time_and_its_mode(price: dict[str, Any]) -> None:
    for each in objects(bought(price)):
        assert (each["object"], each["created"], each["livemode"]) == (each["object"], NOW, False)


def test_a_subscription_has_all_that_decides_and_its_item_a_period() -> None:
    purchase = bought()
    told = subscription(purchase)
    assert {name: told[name] for name in ("status", "created", "livemode", "cancel_at_period_end", "customer")} == {
        "status": "active",
        "created": NOW,
        "livemode": False,
        "cancel_at_period_end": False,
        "customer": purchase.customer,
    }
    unset = ("cancel_at", "canceled_at", "ended_at", "trial_end", "pause_collection", "status_details")
    assert [told[name] for name in unset] == [None] * 6
    [item] = told["items"]["data"]
    assert item["id"].startswith("si_")
    assert (item["current_period_start"], item["current_period_end"]) == (NOW, NOW + 30 * 86_400)
    assert (item["quantity"], item["price"]["type"]) == (3, "recurring")
    assert item["price"]["recurring"] == {"interval": "month", "interval_count": 1, "usage_type": "licensed"}


def test_the_first_invoice_joins_the_price_to_the_subscription_item() -> None:
    purchase = bought()
    told = first_invoice(purchase)
    assert (told["status"], told["billing_reason"], told["total"], told["amount_paid"]) == (
        "paid",
        "subscription_create",
        5_700,
        5_700,
    )
    assert told["parent"]["subscription_details"]["subscription"] == purchase.subscription
    [line] = told["lines"]["data"]
    assert line["pricing"]["price_details"] == {"price": "price_pro_monthly", "product": "prod_studio"}
    joined = line["parent"]["subscription_item_details"]
    assert (joined["subscription_item"], joined["subscription"], joined["proration"]) == (
        subscription(purchase)["items"]["data"][0]["id"],
        purchase.subscription,
        False,
    )
    assert (line["period"], line["quantity"]) == ({"start": NOW, "end": NOW + MONTH}, 3)


@pytest.mark.parametrize(
    ("price", "kind"),
    [
        (PRO, "recurring"),
        (LIFETIME, "one_time"),
        (one_time_price("price_x"), "one_time"),
        (monthly_price("price_x"), "recurring"),
    ],
)
def test_the_price_of_a_line_item_says_whether_it_recurs(price: dict[str, Any], kind: str) -> None:
    [line] = line_items(bought(price))
    assert (line["price"]["type"], bool(line["price"]["recurring"])) == (kind, kind == "recurring")


def test_a_price_of_which_only_the_id_is_known_is_completed() -> None:
    bare = {"id": "price_bare", "object": "price", "product": "prod_1"}
    purchase = Purchase("cs_test_1", bare, 1, "a@example.com", "cus_1", "pi_1", "ch_1", 900, NOW, "sub_1", "in_1")
    assert line_items(purchase)[0]["price"]["type"] == "recurring"
    assert subscription(purchase)["items"]["data"][0]["price"]["product"] == "prod_1"
    assert first_invoice(purchase)["lines"]["data"][0]["amount"] == 900


def test_what_is_made_of_one_purchase_twice_is_the_same() -> None:
    purchase = bought()
    assert objects(purchase) == objects(purchase)


def test_a_charge_tells_what_was_given_back() -> None:
    purchase = bought()
    assert [(each["amount_refunded"], each["refunded"]) for each in (charge(purchase, n) for n in (0, 1, 5_700))] == [
        (0, False),
        (1, False),
        (5_700, True),
    ]


def test_a_refund_names_its_charge_and_has_no_mode() -> None:
    purchase = bought()
    told = refund("re_1", charge(purchase), 500, NOW)
    assert (told["charge"], told["payment_intent"]) == (purchase.charge, purchase.payment_intent)
    assert (told["amount"], told["status"], told["created"]) == (500, "succeeded", NOW)
    assert "livemode" not in told


def test_a_dispute_takes_the_money_gives_it_back_and_takes_it_again() -> None:
    purchase = bought()
    opened = dispute("du_1", charge(purchase), NOW)
    assert (opened["charge"], opened["payment_intent"]) == (purchase.charge, purchase.payment_intent)
    assert (opened["status"], opened["created"], opened["livemode"]) == ("needs_response", NOW, False)
    taken = withdrawn(opened, NOW)
    won = reinstated(closed(taken, "won"), NOW)
    lost = withdrawn(closed(won, "lost"), NOW)
    amounts = [[each["amount"] for each in told["balance_transactions"]] for told in (opened, taken, won, lost)]
    assert amounts == [[], [-5_700], [-5_700, 5_700], [-5_700, 5_700, -5_700]]
    assert [taken["balance_transactions"][0]["net"], won["status"], lost["status"]] == [-7_200, "won", "lost"]
    assert withdrawn(taken, NOW) == taken


@pytest.mark.parametrize(("failed", "reason"), [(False, "cancellation_requested"), (True, "payment_failed")])
def test_a_deleted_subscription_says_when_and_why_it_ended(failed: bool, reason: str) -> None:
    told = canceled_subscription(bought(), NOW + 5, failed)
    assert (told["status"], told["ended_at"], told["cancellation_details"]["reason"]) == ("canceled", NOW + 5, reason)


def test_an_event_has_the_newest_version_and_tells_what_was_before() -> None:
    before, after = {"object": "x", "status": "a"}, {"object": "x", "status": "b"}
    told = event("x.updated", after, before, NOW)
    assert (told["api_version"], told["created"], told["livemode"]) == ("2026-10-28.endive", NOW, False)
    assert told["data"] == {"object": after, "previous_attributes": {"status": "a"}}
    assert "previous_attributes" not in event("x.created", after)["data"]


def test_the_values_before_are_those_that_changed_and_of_a_list_all() -> None:
    before = {"a": 1, "b": {"c": 1, "d": 2}, "e": [1, 2], "gone": 4, "same": 5}
    after = {"a": 2, "b": {"c": 1, "d": 3}, "e": [1, 3], "new": 6, "same": 5}
    assert previous_attributes(before, after) == {"a": 1, "b": {"d": 2}, "e": [1, 2], "new": None, "gone": 4}


def test_the_session_of_a_purchase_is_paid() -> None:
    assert [session(bought(price))["mode"] for price in (PRO, LIFETIME)] == ["subscription", "payment"]
    assert session(bought())["payment_status"] == "paid"
