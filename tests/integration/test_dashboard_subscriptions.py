"""License and order in the dashboard while their subscription goes on, pauses, is not paid, changes and ends."""

import html
import re

import pytest
from keystack.domain.plans import Grant, Mapping
from keystack.management.catalogue import store_mapping
from keystack.storage.licenses.licenses import load_licenses
from samples import purchase

from integration.clock import Clock
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.sales import PlayedSale, price_of, with_subscription
from integration.test_dashboard_orders import story
from integration.world import ORG, World
from local.stripe import payment_steps
from local.stripe import subscription_steps as steps

AUDIT = "/dashboard/audit?mode=test"
DAY = r"\d+ \w+ 20\d\d"


@pytest.fixture
def sale(world: World) -> PlayedSale:
    return PlayedSale(world, "price_pro_monthly")


def license_page(ada: Visitor, sale: PlayedSale) -> Shown:
    return ada.get(f"/dashboard/licenses/{sale.license}")


def order_page(ada: Visitor, sale: PlayedSale) -> Shown:
    return ada.get(f"/dashboard/orders/{sale.order}")


def billing_of(shown: Shown) -> str:
    """What the license's page says of its subscription, its days written as DAY."""
    found = re.search(r"<dt>Subscription</dt><dd>(.*?)</dd>", shown.html, re.S)
    assert found
    text = " ".join(html.unescape(re.sub("<[^>]*>", "", found[1])).split())
    return re.sub(DAY, "DAY", text)


# ----------------------------------------------------------------- the state


def test_a_subscription_as_it_was_bought_is_active(ada: Visitor, sale: PlayedSale) -> None:
    assert billing_of(license_page(ada, sale)) == "Active."
    shown = order_page(ada, sale)
    assert f"Subscription {sale.sale.bought.subscription} Active." in shown.text
    assert "Held since" not in shown.text


def test_past_due_is_told_and_the_license_goes_on(ada: Visitor, sale: PlayedSale) -> None:
    sale.happens(steps.payment_failed)
    shown = license_page(ada, sale)
    assert billing_of(shown) == "Past due: a payment has failed, and Stripe tries it again. Paid until DAY."
    assert "active test Active." in shown.text
    assert ("audit", "The subscription changed; no status changed. delivery") in story(order_page(ada, sale))


def test_unpaid_is_a_hold_that_nobody_has_to_decide_about(ada: Visitor, sale: PlayedSale) -> None:
    sale.happens(steps.payment_failed)
    sale.happens(steps.given_up)
    shown = license_page(ada, sale)
    assert billing_of(shown) == "Unpaid: Stripe has given up asking for the money. Paid until DAY."
    why = f"subscription {sale.sale.bought.subscription} is unpaid, and Stripe has given up asking for the money"
    assert f": {why}. The hold ends when a person reactivates it, or by itself when Stripe says" in shown.text
    order = order_page(ada, sale)
    assert re.search(
        rf"Held since {DAY} : {why} \. That freezes each of its licenses that the subscription", order.text
    )
    assert "It ends by itself when Stripe says that the subscription is active again; there is nothing to" in order.text
    assert "Reactivate or revoke them" not in order.text
    assert "All clear" in ada.get("/dashboard?mode=test").text
    sale.happens(steps.paid_late)
    shown = license_page(ada, sale)
    assert (billing_of(shown), "active test Active." in shown.text) == ("Active. Paid until DAY.", True)
    assert "Held since" not in order_page(ada, sale).text


def test_a_pause_freezes_when_what_was_paid_is_over_and_says_so_before(
    ada: Visitor, sale: PlayedSale, clock: Clock
) -> None:
    sale.happens(steps.paused)
    name = sale.sale.bought.subscription
    shown = license_page(ada, sale)
    assert billing_of(shown) == "Paused: it costs nothing, and pays for nothing, until it is resumed. Paid until DAY."
    assert re.search(rf"Active\. It is frozen on {DAY} : subscription {name} is paused, and what was paid", shown.text)
    assert "Reactivate: cannot reactivate license" in shown.text  # there is nothing to lift yet
    order = order_page(ada, sale)
    assert re.search(
        rf"On {DAY} each of its licenses that the subscription pays for is frozen: subscription", order.text
    )
    assert story(order)[-1] == (
        "hold",
        f"Every license that the subscription pays for is held: subscription {name} is paused.",
    )
    assert "in 29 days" in order.text
    clock.forward(32 * 86_400)
    later = license_page(sign_in_as("admin"), sale)
    assert re.search(rf"frozen test Frozen since {DAY} : subscription {name} is paused\.", later.text)
    assert "Reactivate…" in later.page.links


def test_a_paused_collection_is_told_and_changes_nothing(ada: Visitor, sale: PlayedSale) -> None:
    sale.happens(with_subscription, {"pause_collection": {"behavior": "mark_uncollectible", "resumes_at": None}})
    shown = license_page(ada, sale)
    assert billing_of(shown) == "Active. Its payments are not collected for now. Paid until DAY."
    assert "active test Active." in shown.text


# ------------------------------------------------------------------- the end


def test_a_cancellation_that_is_set_is_told_and_taken_back(ada: Visitor, sale: PlayedSale) -> None:
    sale.happens(steps.ending_with_its_period)
    shown = license_page(ada, sale)
    assert billing_of(shown) == "Active. Paid until DAY. It ends on DAY."
    assert re.search(rf"It expires on {DAY} , when the subscription ends, for it was canceled \.", shown.text)
    sale.happens(steps.going_on)
    shown = license_page(ada, sale)
    assert billing_of(shown) == "Active. Paid until DAY."
    assert "It lasts until the subscription ends" in shown.text


def test_one_that_has_ended_lasts_as_long_as_was_paid(ada: Visitor, sale: PlayedSale) -> None:
    sale.happens(steps.ended)
    shown = license_page(ada, sale)
    assert billing_of(shown) == "Canceled. Paid until DAY. It ended on DAY."
    assert re.search(rf"when the paid period ends; the subscription itself ended on {DAY}", shown.text)


def test_one_that_nobody_paid_is_over_at_once(ada: Visitor, sale: PlayedSale) -> None:
    sale.happens(steps.ended_unpaid)
    shown = license_page(ada, sale)
    assert re.search(
        rf"expired test Expired on {DAY} : the subscription ended, its last period not paid \.", shown.text
    )


# ------------------------------------------------------------ what it includes


def test_plan_and_seats_follow_and_the_story_says_so(ada: Visitor, sale: PlayedSale) -> None:
    sale.happens(steps.changed, price_of("price_team"), 5)
    assert "Plan team , 5 seats Subscription Active." in license_page(ada, sale).text
    item = (sale.sale.subscription or {})["items"]["data"][0]["id"]
    told = story(order_page(ada, sale))
    assert ("audit", f"Plan or seats followed the subscription ({item}: 5 x price_team). delivery") in told
    assert ("fact", f"Subscription {sale.sale.bought.subscription} is active with 5 x price_team.") in told
    row = ada.get(f"{AUDIT}&action=license.changed").text
    assert f"license.changed {sale.order}" in row
    assert f"items: {item}: 5 x price_team" in row


def test_fewer_units_freeze_the_newest_and_say_why(ada: Visitor, world: World) -> None:
    store_mapping(ORG, Mapping("price_team", (Grant("team", "per_unit"),)), "a test")
    sale = PlayedSale(world, "price_team", 2)
    sale.happens(steps.changed, price_of("price_team"), 1)
    first, second = load_licenses(ORG, sale.order)
    shown = ada.get(f"/dashboard/licenses/{second.id}")
    assert "the subscription has 1 unit now, and pays for fewer licenses." in shown.text
    assert "or by itself when the subscription has enough units again." in shown.text
    assert "active test Active." in ada.get(f"/dashboard/licenses/{first.id}").text
    order = order_page(ada, sale)
    assert "Held since" not in order.text
    sale.happens(steps.changed, price_of("price_team"), 2)
    assert "active test Active." in ada.get(f"/dashboard/licenses/{second.id}").text


# --------------------------------------------------------- without one, and waiting


def test_what_no_subscription_pays_for_says_nothing_of_one(ada: Visitor, world: World) -> None:
    sale = PlayedSale(world, "price_pro_lifetime")
    for shown in (license_page(ada, sale), order_page(ada, sale)):
        assert shown.status == 200
        assert "<dt>Subscription</dt>" not in shown.html
    sale.happens(payment_steps.refunded, 24_900)
    assert (
        "That freezes each of its licenses that nobody reactivated since. Reactivate or" in order_page(ada, sale).text
    )


def test_a_perpetual_license_in_the_same_cart_is_none_of_the_subscriptions(ada: Visitor, world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1), ("price_pro_lifetime", 1))
    prices = world.stripe.objects.line_items("cs_test_1", livemode=False)
    prices[0]["price"]["type"], prices[1]["price"]["type"] = "recurring", "one_time"
    world.issue(event)
    said = [ada.get(f"/dashboard/licenses/{each.id}").html for each in load_licenses(ORG, "cs_test_1")]
    assert sorted("<dt>Subscription</dt>" in each for each in said) == [False, True]


def test_an_order_that_awaits_its_payment_says_since_when(ada: Visitor, world: World) -> None:
    event = purchase(1, "issuer.payment_unpaid")
    world.stripe.sell(event, ("price_pro_lifetime", 1))
    world.issue(event)
    shown = ada.get("/dashboard/orders/cs_test_1")
    assert re.search(rf"It awaits its payment since {DAY} \.", shown.text)
    assert "Its licenses are issued when Stripe says that it is paid; there is nothing to do." in shown.text
    world.issue({**event, "id": "evt_failed", "type": "checkout.session.async_payment_failed"})
    assert re.search(rf"Its payment failed on {DAY} \.", ada.get("/dashboard/orders/cs_test_1").text)
    paid = {**event, "id": "evt_paid", "type": "checkout.session.async_payment_succeeded"}
    world.stripe.sell(paid, ("price_pro_lifetime", 1))
    world.issue(paid)
    shown = ada.get("/dashboard/orders/cs_test_1")
    assert ("awaits its payment" in shown.text, "Its payment failed" in shown.text) == (False, False)


def test_an_account_that_is_the_customer_is_named(ada: Visitor, world: World) -> None:
    event = purchase(1, customer=None, customer_account="acct_1Ada")
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    assert "Stripe account acct_1Ada" in ada.get("/dashboard/orders/cs_test_1").text
