"""The stand-in for Stripe answers with the present state of each object, to keys that may read it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.stripe.catalogue import catalogue
from local.stripe.payment_steps import disputed, refunded
from local.stripe.purchases import new_purchase
from local.stripe.sales import Sale, new_sale
from local.stripe.server import StripeStandIn
from local.stripe.shapes import event, line_items, objects, session
from local.stripe.subscription_steps import payment_failed
from local.stripe.webhooks import Target
from local.web import Request

Json = dict[str, Any]
NOW = 1_795_435_200
KEY = "rk_test_1"


@pytest.fixture
def stripe() -> Iterator[StripeStandIn]:
    running = StripeStandIn()
    yield running
    running._server.server_close()


@pytest.fixture
def sold(stripe: StripeStandIn) -> Sale:
    """A subscription whose payment was refunded in part and is disputed."""
    price = next(each for each in catalogue() if each["id"] == "price_pro_monthly")
    bought = new_purchase(price, "ada@example.com", 1, NOW)
    for item in objects(bought):
        stripe.objects.put(item)
    stripe.objects.put_line_items(bought.order, line_items(bought))
    sale = disputed(refunded(new_sale(bought), 100, NOW).sale, NOW).sale
    for item in sale.objects():
        stripe.objects.put(item)
    return sale


def get(stripe: StripeStandIn, path: str, key: str = KEY) -> tuple[int, Json]:
    headers = (("Authorization", f"Bearer {key}"),)
    answer = stripe.answer(Request("GET", f"/v1/{path}", "", headers, b"", "127.0.0.1", "HTTP/1.1"))
    told: Json = json.loads(answer.body)
    return answer.status, told


def paths(sale: Sale) -> dict[str, str]:
    """The path of each object that KeyStack may ask for, by its type."""
    bought = sale.bought
    assert sale.refund
    assert sale.dispute
    return {
        "checkout.session": f"checkout/sessions/{bought.order}",
        "subscription": f"subscriptions/{bought.subscription}",
        "invoice": f"invoices/{bought.invoice}",
        "payment_intent": f"payment_intents/{bought.payment_intent}",
        "charge": f"charges/{bought.charge}",
        "refund": f"refunds/{sale.refund['id']}",
        "dispute": f"disputes/{sale.dispute['id']}",
    }


PERMISSIONS = {
    "checkout.session": "rak_checkout_session_read",
    "subscription": "rak_subscription_read",
    "invoice": "rak_invoice_read",
    "payment_intent": "rak_payment_intent_read",
    "charge": "rak_charge_read",
    "refund": "rak_charge_read",
    "dispute": "rak_dispute_read",
}


@pytest.mark.parametrize("kind", PERMISSIONS)
def test_every_object_can_be_asked_for(kind: str, stripe: StripeStandIn, sold: Sale) -> None:
    status, told = get(stripe, paths(sold)[kind])
    assert (status, told["object"], told["id"]) == (200, kind, paths(sold)[kind].rpartition("/")[2])


@pytest.mark.parametrize("kind", PERMISSIONS)
def test_a_key_without_the_permission_is_told_its_name(kind: str, stripe: StripeStandIn, sold: Sale) -> None:
    status, told = get(stripe, paths(sold)[kind], f"{KEY}_without_{PERMISSIONS[kind]}")
    assert (status, f"Having the '{PERMISSIONS[kind]}' permission would" in told["error"]["message"]) == (403, True)
    others = {permission for permission in PERMISSIONS.values() if permission != PERMISSIONS[kind]}
    assert get(stripe, paths(sold)[kind], KEY + "".join(f"_without_{each}" for each in others))[0] == 200


@pytest.mark.parametrize("kind", PERMISSIONS)
def test_what_is_not_there_and_what_is_of_the_other_mode_is_not_found(
    kind: str, stripe: StripeStandIn, sold: Sale
) -> None:
    path = paths(sold)[kind]
    assert get(stripe, path.rpartition("/")[0] + "/none")[0] == 404
    if kind != "refund":  # it has no mode
        assert get(stripe, path, "rk_live_1")[0] == 404


def test_the_answer_is_what_the_object_has_become(stripe: StripeStandIn, sold: Sale) -> None:
    assert get(stripe, paths(sold)["charge"])[1]["amount_refunded"] == 100
    assert get(stripe, paths(sold)["subscription"])[1]["status"] == "active"
    due = payment_failed(sold, NOW).sale
    for item in due.objects():
        stripe.objects.put(item)
    found = get(stripe, paths(sold)["subscription"])[1]
    assert found["status"] == "past_due"
    assert get(stripe, f"invoices/{found['latest_invoice']}")[1]["status"] == "open"
    assert get(stripe, paths(sold)["invoice"])[1]["status"] == "paid"


def test_an_object_of_a_sample_is_put_in_only_if_there_is_none(stripe: StripeStandIn, sold: Sale) -> None:
    stripe.objects.put_new({"id": sold.bought.charge, "object": "charge", "amount": 1})
    assert get(stripe, paths(sold)["charge"])[1]["amount"] == 1_900


@pytest.mark.parametrize("kind", [kind for kind in PERMISSIONS if kind != "checkout.session"])
def test_stripe_has_an_object_as_the_event_about_it_tells(kind: str, stripe: StripeStandIn, sold: Sale) -> None:
    url = stripe.start()
    target = Target("http://127.0.0.1:1", "acme", "whsec_1", url)  # nobody listens to the event
    changed = {**get(stripe, paths(sold)[kind])[1], "metadata": {"changed": "yes"}}
    with pytest.raises(OSError, match="refused"):
        target.send(event("x.updated", changed))
    assert get(stripe, paths(sold)[kind])[1] == changed
    stripe.stop()


def test_a_session_stays_as_its_checkout_left_it(stripe: StripeStandIn, sold: Sale) -> None:
    url = stripe.start()
    target = Target("http://127.0.0.1:1", "acme", "whsec_1", url)
    with pytest.raises(OSError, match="refused"):
        target.send(event("x.completed", {**session(sold.bought), "payment_status": "unpaid"}))
    assert get(stripe, paths(sold)["checkout.session"])[1]["payment_status"] == "paid"
    stripe.stop()
