"""Refunds and disputes freeze an order; a failed refund or a won dispute lifts that again."""

from typing import Any

import pytest
from samples import stripe_event

from integration.stand_ins import error
from integration.world import World

BOB, ADA = "cs_test_sampleBob", "cs_test_sampleAda"


@pytest.fixture
def bob(world: World) -> World:
    """Bob bought two licenses in payment mode."""
    paid = stripe_event("issuer.payment_paid")
    world.stripe.sell(paid, ("price_pro_lifetime", 2))
    assert world.issue(paid) == []
    return world


@pytest.fixture
def ada(world: World) -> World:
    """Ada subscribed: her session has no payment intent."""
    paid = stripe_event("issuer.subscription_paid")
    world.stripe.sell(paid, ("price_pro_monthly", 1))
    assert world.issue(paid) == []
    return world


def news(name: str, **more: Any) -> dict[str, Any]:
    return stripe_event(f"freezer.{name}", **more)


def test_a_full_refund_freezes_every_license_of_the_order(bob: World) -> None:
    refund = news("refund_full")
    assert bob.freeze(refund) == []
    assert bob.statuses(BOB) == ["frozen", "frozen"]
    assert bob.actions(BOB) == ["license.frozen", "order.created"]
    record = bob.delivery(refund)
    assert (record["status"], record["order"], record["steps"]) == ("succeeded", BOB, {"fact": "license.frozen"})


def test_duplicates_and_replays_change_nothing(bob: World) -> None:
    refund = news("refund_full")
    assert bob.freeze(refund, refund) == bob.freeze(refund, source="replay") == []
    assert bob.actions(BOB) == ["license.frozen", "order.created"]


def test_a_partial_refund_is_recorded_only(bob: World) -> None:
    assert bob.freeze(news("refund_partial")) == []
    assert bob.statuses(BOB) == ["active", "active"]
    assert bob.actions(BOB) == ["order.created", "refund.partial"]


def test_a_partial_refund_freezes_if_the_organization_says_so(bob: World) -> None:
    bob.configure(freeze_on_partial_refund=True)
    assert bob.freeze(news("refund_partial")) == []
    assert bob.statuses(BOB) == ["frozen", "frozen"]


def test_two_partial_refunds_of_a_charge_are_no_duplicates(bob: World) -> None:
    first, second = news("refund_partial"), news("refund_partial", id="evt_second", amount_refunded=9_000)
    assert bob.freeze(first, second) == []
    assert bob.actions(BOB) == ["order.created", "refund.partial", "refund.partial"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_failed_refund_lifts_its_hold_in_either_order(bob: World, order: tuple[int, int]) -> None:
    events = [news("refund_full"), news("refund_failed")]
    assert bob.freeze(*[events[place] for place in order]) == []
    assert bob.statuses(BOB) == ["active", "active"]


@pytest.mark.parametrize("status", ["failed", "canceled", "pending", "requires_action", "succeeded"])
def test_an_updated_refund_lifts_only_if_it_failed(bob: World, status: str) -> None:
    bob.freeze(news("refund_full"))
    update = news("refund_failed", id="evt_update", status=status)
    assert bob.freeze({**update, "type": "charge.refund.updated"}) == []
    failed = status in ("failed", "canceled")
    assert bob.statuses(BOB) == ["active" if failed else "frozen"] * 2
    assert bob.delivery("evt_update")["status"] == ("succeeded" if failed else "ignored")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_won_dispute_lifts_its_hold_in_either_order(bob: World, order: tuple[int, int]) -> None:
    events = [news("dispute_created"), news("dispute_won")]
    bob.freeze(events[order[0]])
    assert bob.statuses(BOB) == (["frozen"] * 2 if order[0] == 0 else ["active"] * 2)
    assert bob.freeze(events[order[1]]) == []
    assert bob.statuses(BOB) == ["active", "active"]


def test_a_lost_dispute_stays_frozen_and_an_inquiry_freezes_nothing(bob: World) -> None:
    inquiry = news("dispute_created", id="evt_inquiry", status="warning_needs_response")
    assert bob.freeze(inquiry) == []
    assert (bob.statuses(BOB), bob.delivery(inquiry)["status"]) == (["active"] * 2, "succeeded")
    assert (
        bob.freeze(
            news("dispute_created"),
            news("dispute_won", status="lost", balance_transactions=[{"id": "txn_1", "amount": -24_900}]),
        )
        == []
    )
    assert bob.statuses(BOB) == ["frozen", "frozen"]


def test_a_refund_and_a_dispute_are_two_holds(bob: World) -> None:
    bob.freeze(news("refund_full"), news("dispute_created"), news("dispute_won"))
    assert bob.statuses(BOB) == ["frozen", "frozen"]
    bob.freeze(news("refund_failed"))
    assert bob.statuses(BOB) == ["active", "active"]


def invoice(subscription: str, old: bool) -> dict[str, Any]:
    said = {"subscription": subscription}
    of = said if old else {"parent": {"type": "subscription_details", "subscription_details": said}}
    return {"id": "in_renewal", "object": "invoice", "livemode": False, **of}


@pytest.mark.parametrize("old", [False, True])
def test_the_refund_of_a_renewal_finds_its_license_by_asking_stripe(ada: World, old: bool) -> None:
    ada.stripe.objects.put(invoice("sub_sampleAda", old))
    payment = {"type": "payment_intent", "payment_intent": "pi_renewal"}
    ada.stripe.objects.put({"id": "inpay_1", "object": "invoice_payment", "invoice": "in_renewal", "payment": payment})
    assert ada.freeze(news("refund_full", payment_intent="pi_renewal")) == []
    assert ada.statuses(ADA) == ["frozen"]


def test_the_invoice_of_a_payment_is_found_on_whatever_page_it_stands(ada: World) -> None:
    """A payment intent may have paid many invoices; Stripe gives a hundred at once, the newest first."""
    payment = {"type": "payment_intent", "payment_intent": "pi_renewal"}
    for number in range(101):
        name = f"in_{number:03}" if number else "in_renewal"
        of = "sub_other" if number else "sub_sampleAda"
        ada.stripe.objects.put({**invoice(of, old=False), "id": name})
        paid = {"id": f"inpay_{number:03}", "object": "invoice_payment", "invoice": name, "payment": payment}
        ada.stripe.objects.put(paid)
    assert ada.freeze(news("refund_full", payment_intent="pi_renewal")) == []
    assert ada.statuses(ADA) == ["frozen"]


def test_before_2025_a_charge_names_its_invoice_itself(ada: World) -> None:
    assert ada.freeze(news("refund_full", payment_intent="pi_other", invoice="in_sampleAda")) == []
    assert (ada.statuses(ADA), ada.stripe.requests[-1]["method"]) == (["frozen"], "POST")
    ada.stripe.objects.put(invoice("sub_sampleAda", old=True))
    assert ada.freeze(news("refund_full", id="evt_2", payment_intent=None, invoice="in_renewal")) == []
    assert ada.delivery("evt_2")["order"] == ADA


def test_a_missing_permission_is_named_and_nothing_is_lost(ada: World) -> None:
    refund = news("refund_full", payment_intent="pi_renewal")
    ada.stripe.fails("GET", "invoice_payments", error(403, "Having the 'rak_invoice_read' permission would allow"))
    assert ada.freeze(refund) == []
    record = ada.delivery(refund)
    assert (record["status"], '"Invoices: Read" (rak_invoice_read)' in record["reason"]) == ("failed", True)


def test_stripe_being_down_is_tried_again(ada: World) -> None:
    ada.stripe.fails("GET", "invoice_payments", error(503, "sorry", "api_error"))
    refund = news("refund_full", payment_intent="pi_renewal")
    assert ada.freeze(refund) == [refund["id"]]
    assert ada.delivery(refund)["status"] == "retrying"


def test_a_refund_of_something_else_is_kept_and_no_license_guessed(bob: World) -> None:
    refund = news("refund_full", payment_intent="pi_elsewhere", customer="cus_sampleBob")
    assert bob.freeze(refund) == []
    assert (bob.statuses(BOB), bob.delivery(refund)["status"]) == (["active"] * 2, "succeeded")
    assert "until the order of charge ch_sampleBob arrives" in bob.delivery(refund)["reason"]


def test_live_news_does_not_touch_a_test_order_nor_another_organizations(bob: World) -> None:
    bob.configure(org="other", stripe_keys=["rk_test_o", "rk_live_o"])
    live = news("refund_full", id="evt_live", livemode=True)
    assert bob.freeze(live) == bob.freeze(news("refund_full"), org="other") == []
    assert (bob.statuses(BOB), bob.delivery("evt_live")["status"]) == (["active"] * 2, "failed")


def test_an_answer_that_nobody_understands_fails_the_delivery_and_names_the_word(bob: World) -> None:
    created = news("dispute_created")
    bob.stripe.objects.put({**created["data"]["object"], "status": "arbitration", "livemode": False})
    assert bob.freeze(created) == []
    assert (bob.delivery(created)["status"], bob.statuses(BOB)) == ("failed", ["active", "active"])
    assert 'status is "arbitration"' in bob.delivery(created)["reason"]
