"""From webhook to license, mail, metadata and audit log, over HTTP and SMTP, in the processes of a real stack."""

import json
import os
import signal
import time

import pytest

from e2e.storm import storm
from local.client import call
from local.stripe.catalogue import catalogue
from local.stripe.purchases import Purchase, new_purchase
from local.stripe.shapes import charge, event, session
from local.stripe.subscriptions import canceled_subscription
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for
from local.tools.demo_report import with_logo
from local.tools.vendor_view import VendorView


def buy(view: VendorView, price: str, email: str, quantity: int = 1) -> Purchase:
    found = next(each for each in catalogue() if each["id"] == price)
    bought = new_purchase(found, email, quantity)
    assert view.target.put(bought)
    assert view.target.send(event("checkout.session.completed", session(bought)))[0] == 200
    return bought


def status_becomes(view: VendorView, bought: Purchase, status: str) -> None:
    wait_for(
        f"{status} of {bought.order}",
        lambda: view.licenses(bought) and {each.status for each in view.licenses(bought)} == {status},
    )


def actions(view: VendorView, bought: Purchase) -> set[str]:
    return {entry.action for entry in view.audit(bought)}


def test_a_purchase_gives_license_mail_metadata_and_audit_entry(view: VendorView) -> None:
    bought = buy(view, "price_pro_lifetime", "ada@example.com", quantity=2)

    mail = wait_for("mail", lambda: view.mails("ada@example.com"))[0]
    metadata = wait_for("metadata", lambda: view.metadata(bought.customer).get("keystack_license_key", ""))

    keys = [each.key for each in view.licenses(bought)]
    assert len(set(keys)) == 2
    assert all(key in mail["text"] and key in mail["html"] for key in keys)
    assert set(metadata.split(",")) == set(keys)
    assert actions(view, bought) == {"order.created"}


def test_a_saved_mail_asks_the_stack_for_nothing(view: VendorView) -> None:
    buy(view, "price_pro_lifetime", "lin@example.com")

    html = wait_for("mail", lambda: view.mails("lin@example.com"))[0]["html"]

    assert view.target.url in html
    assert view.target.url not in with_logo(html, view.target.url)


def test_a_refund_freezes_also_a_subscription_whose_charge_names_no_invoice(view: VendorView) -> None:
    bought = buy(view, "price_pro_monthly", "grace@example.com")
    status_becomes(view, bought, "active")

    view.target.send(event("charge.refunded", charge(bought, bought.amount)))

    status_becomes(view, bought, "frozen")
    assert "license.frozen" in actions(view, bought)


def test_a_cancellation_lets_the_license_expire_with_the_paid_period(view: VendorView) -> None:
    bought = buy(view, "price_team", "alan@example.com", quantity=7)
    status_becomes(view, bought, "active")

    ended = canceled_subscription(bought, int(time.time()), payment_failed=False)
    view.target.send(event("customer.subscription.deleted", ended))

    period_end = ended["items"]["data"][0]["current_period_end"]
    wait_for("expiry", lambda: view.licenses(bought)[0].expires_at == period_end)
    assert [each.seats for each in view.licenses(bought)] == [7]
    assert view.licenses(bought)[0].status == "active"


def test_an_unsigned_event_is_refused(view: VendorView) -> None:
    body = json.dumps(event("checkout.session.completed", {"id": "cs_test_x"})).encode()

    assert call("POST", f"{view.target.url}/v1/webhooks/stripe/acme", body)[0] == 400


def test_what_is_no_route_is_not_found_and_what_is_too_large_is_refused(view: VendorView) -> None:
    assert call("GET", f"{view.target.url}/nowhere") == (404, b'{\n  "message": "Not Found"\n}')
    assert call("TRACE", f"{view.target.url}/v1/plans") == (404, b'{\n  "message": "Not Found"\n}')  # ANY has it not
    assert call("POST", f"{view.target.url}/v1/webhooks/stripe/acme", b"x" * 11_000_000)[0] == 413


def test_a_killed_function_process_comes_back(stack: ChildStack, view: VendorView) -> None:
    def running() -> set[int]:
        pids = json.loads(call("GET", f"{stack.state['url']}/local/functions.json")[1])
        return {pid for name in ("IssuerFunction", "VerifierFunction") for pid in pids.get(name, [])}

    killed = running()
    assert len(killed) >= 2
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_for("their end", lambda: not killed & running())

    bought = buy(view, "price_year_pass", "joan@example.com")

    status_becomes(view, bought, "active")


def test_a_function_can_be_invoked_by_hand(stack: ChildStack) -> None:
    functions = f"{stack.state['url']}/local/functions"
    assert "error" in json.loads(call("POST", f"{functions}/OrganizationsFunction", b'{"org": "A"}')[1])
    assert call("POST", f"{functions}/NobodysFunction", b"{}")[0] == 404
    assert call("POST", f"{functions}/OrganizationsFunction", b"{")[0] == 400


def test_the_schedule_can_be_fired_by_hand(stack: ChildStack) -> None:
    assert call("POST", f"{stack.state['url']}/local/schedule/ExpirerFunction")[0] == 200


@pytest.mark.slow
def test_a_storm_in_any_order_and_doubled_gives_each_order_the_right_license(view: VendorView) -> None:
    assert storm(view, count=30, seconds=120) == []
