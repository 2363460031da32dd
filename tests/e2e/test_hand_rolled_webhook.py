"""The example of a vendor's own webhook, against a real stack: issued once, mailed once, frozen by KeyStack."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from samples import signature
from werkzeug.test import TestResponse

from examples.hand_rolled_webhook import backend
from local.client import call
from local.stripe.catalogue import catalogue
from local.stripe.purchases import Json, Purchase, new_purchase
from local.stripe.shapes import charge, event, session
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for
from local.tools.vendor_view import VendorView

SECRET = "whsec_the_backends_own"


@pytest.fixture
def shop(stack: ChildStack, tmp_path: Path) -> FlaskClient:
    env = {
        "KEYSTACK_URL": stack.state["url"],
        "KEYSTACK_API_KEY": stack.state["api_key"],
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "STRIPE_API_KEY": "rk_test_backend",
        "STRIPE_API_BASE": stack.state["stripe_api_base"],
        "SMTP_URL": stack.state["smtp_url"],
        "MAIL_FROM": "keys@acme.example",
        "NOTES": str(tmp_path / "orders.db"),
    }
    return backend.create_app(env).test_client()


def bought_at_stripe(view: VendorView, price: str, email: str, quantity: int = 1) -> Purchase:
    found = next(each for each in catalogue() if each["id"] == price)
    bought = new_purchase(found, email, quantity)
    assert view.target.put(bought)
    return bought


def send(shop: FlaskClient, told: Json, secret: str = SECRET) -> TestResponse:
    body = json.dumps(told).encode()
    return shop.post("/stripe", data=body, headers={"Stripe-Signature": signature(body, secret)})


def delivery(stack: ChildStack, name: str) -> Json:
    headers = {"Authorization": f"Bearer {stack.state['api_key']}"}
    found: Json = json.loads(call("GET", f"{stack.state['url']}/v1/deliveries/{name}", headers=headers)[1])
    return found


def keys(view: VendorView, bought: Purchase) -> list[str]:
    return [each.key for each in view.licenses(bought)]


@pytest.mark.parametrize("price", ["price_pro_monthly", "price_pro_lifetime"])
def test_a_sale_is_issued_and_mailed_once_and_its_refund_freezes_it(
    shop: FlaskClient, stack: ChildStack, view: VendorView, price: str
) -> None:
    # Given an event that Stripe sends twice
    bought = bought_at_stripe(view, price, f"{price}@hand-rolled.example")
    sold = event("checkout.session.completed", session(bought))
    assert [send(shop, sold).get_json() for _ in range(2)] == [{"done": "mailed"}, {"done": "mailed before"}]
    # Then there is one license and one mail with its key
    [key] = keys(view, bought)
    [mail] = wait_for("mail", lambda: view.mails(bought.email))
    assert key in mail["text"]
    assert view.licenses(bought)[0].plan == json.loads(backend.PLANS.read_text())[price]
    # When KeyStack's own webhook hears of the same session, nothing is minted or mailed in addition
    assert view.target.send(sold)[0] == 200
    wait_for("KeyStack's delivery", lambda: delivery(stack, sold["id"]).get("status") == "succeeded")
    wait_for("metadata", lambda: view.metadata(bought.customer).get("keystack_license_key") == key)
    # And a refund, of which only KeyStack hears, freezes it
    assert view.target.send(event("charge.refunded", charge(bought, bought.amount)))[0] == 200
    wait_for("frozen", lambda: [each.status for each in view.licenses(bought)] == ["frozen"])
    assert keys(view, bought) == [key]
    assert len(view.mails(bought.email)) == 1


def test_a_lost_mail_is_sent_with_the_same_key_when_stripe_sends_the_event_again(
    shop: FlaskClient, view: VendorView, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = bought_at_stripe(view, "price_year_pass", "lost@hand-rolled.example")
    sold = event("checkout.session.completed", session(bought))

    def down(*_: object) -> None:
        raise OSError("the mail server is down")

    with monkeypatch.context() as outage:
        outage.setattr(backend, "mail", down)
        assert send(shop, sold).status_code == 500
    [key] = keys(view, bought)
    assert send(shop, sold).get_json() == {"done": "mailed"}
    assert keys(view, bought) == [key]
    assert [key in mail["text"] for mail in wait_for("mail", lambda: view.mails(bought.email))] == [True]


def test_what_stripe_has_not_signed_is_refused(shop: FlaskClient, view: VendorView) -> None:
    bought = bought_at_stripe(view, "price_pro_lifetime", "forged@hand-rolled.example")
    sold = event("checkout.session.completed", session(bought))
    assert send(shop, sold, "whsec_guessed").status_code == 400
    assert shop.post("/stripe", data=json.dumps(sold)).status_code == 400
    not_utf8 = {"Stripe-Signature": signature(b"\xff", SECRET)}
    assert shop.post("/stripe", data=b"\xff", headers=not_utf8).status_code == 400
    assert keys(view, bought) == []


def test_a_suspicious_order_waits_for_a_person(shop: FlaskClient, view: VendorView) -> None:
    bought = bought_at_stripe(view, "price_pro_lifetime", "eve@mailinator.com")
    sold = event("checkout.session.completed", session(bought))
    assert (send(shop, sold).get_json(), keys(view, bought), view.mails(bought.email)) == ({"done": "held"}, [], [])


def test_a_person_lets_it_pass(shop: FlaskClient, view: VendorView, tmp_path: Path) -> None:
    bought = bought_at_stripe(view, "price_pro_lifetime", "bob@mailinator.com")
    sold = event("checkout.session.completed", session(bought))
    send(shop, sold)
    backend.note({"NOTES": str(tmp_path / "orders.db")}, bought.order, "approved", "they have written to us")
    assert send(shop, sold).get_json() == {"done": "mailed"}
    assert len(keys(view, bought)) == 1


@pytest.mark.parametrize(
    ("price", "status", "done"),
    [("price_tshirt", 200, {"done": "nothing to license"}), ("price_bundle", 500, None)],
)
def test_what_is_not_licensed_and_what_nobody_knows(
    shop: FlaskClient, view: VendorView, price: str, status: int, done: Json | None
) -> None:
    bought = bought_at_stripe(view, price, f"{price}@hand-rolled.example")
    answer = send(shop, event("checkout.session.completed", session(bought)))
    assert answer.status_code == status
    assert done is None or answer.get_json() == done
    assert keys(view, bought) == []


def test_an_unpaid_session_and_other_events_are_ignored(shop: FlaskClient, view: VendorView) -> None:
    bought = bought_at_stripe(view, "price_pro_lifetime", "unpaid@hand-rolled.example")
    unpaid = {**session(bought), "payment_status": "unpaid"}
    for told in (event("checkout.session.completed", unpaid), event("customer.created", {"id": bought.customer})):
        assert send(shop, told).get_json() == {"done": "ignored"}
    assert keys(view, bought) == []
    paid = event("checkout.session.async_payment_succeeded", session(bought))
    assert send(shop, paid).get_json() == {"done": "mailed"}
