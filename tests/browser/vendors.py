"""Vendors with an organization of their own in the shared stack, and what they sell."""

import json
import secrets
from typing import Any

from local.client import call
from local.settings import ROOT
from local.stripe.catalogue import catalogue
from local.stripe.purchases import Json, Purchase, new_purchase, one_time_price
from local.stripe.shapes import event, session
from local.tools.demo import wait_for
from local.tools.vendor_view import VendorView

SAMPLE = ROOT / "local" / "stack" / "acme.json"


def new_organization(state: dict[str, Any], org: str, **configuration: Any) -> dict[str, Any]:
    """Create an organization as the operator does; return the stack's state as this organization has it."""
    told = as_operator(state, {"org": org, "name": org.capitalize(), **configuration})
    return {**state, **told, "webhook_secret": (configuration.get("webhook_secrets") or [""])[0]}


def as_operator(state: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Invoke the operator's function."""
    address = f"{state['url']}/local/functions/OrganizationsFunction"
    status, answer = call("POST", address, json.dumps(asked).encode())
    told: dict[str, Any] = json.loads(answer)
    assert status == 200, told
    assert "error" not in told, told
    return told


def new_shop(state: dict[str, Any], org: str) -> dict[str, Any]:
    """Create an organization that can sell: with the plans and mappings of the sample one, in both modes."""
    sample = json.loads(SAMPLE.read_text())
    return new_organization(
        state,
        org,
        plans=sample["plans"],
        mappings=sample["mappings"],
        stripe_keys=[f"rk_{mode}_{secrets.token_hex(16)}" for mode in ("test", "live")],
        webhook_secrets=["whsec_" + secrets.token_urlsafe(24)],
    )


def buy(view: VendorView, price: str, email: str, quantity: int = 1, **changed: Any) -> Purchase:
    """Buy, as Stripe tells it; `changed` are fields of the Checkout Session."""
    known = next((each for each in catalogue() if each["id"] == price), None) or one_time_price(price)
    bought = new_purchase(known, email, quantity)
    assert view.target.put(bought)
    tell(view, "checkout.session.completed", {**session(bought), **changed})
    return bought


def tell(view: VendorView, kind: str, about: Json) -> str:
    """Send an event; return its id."""
    told = event(kind, about)
    status, answer = view.target.send(told)
    assert status == 200, answer
    return str(told["id"])


def buy_license(view: VendorView, price: str, email: str, quantity: int = 1, **changed: Any) -> tuple[Purchase, str]:
    """Buy, and wait for the license; return its id, too."""
    bought = buy(view, price, email, quantity, **changed)
    return bought, wait_for(f"the license of {email}", lambda: view.license_ids(bought))[0]


def failed_delivery(view: VendorView, order: str) -> str:
    """Wait for the failed delivery of an order; return the id of its event."""
    return str(
        wait_for(
            f"the failed delivery of {order}",
            lambda: [each["id"] for each in view.deliveries("failed") if each["order"] == order],
        )[0]
    )
