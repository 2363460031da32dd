"""Payloads that no one here wrote: STRIPE_PAYLOADS=<folder> pytest -s tests/unit/test_stripe_payloads.py

Each event is read as it is; each object of the API as the subject of every event type that carries it, as it is and
as it would be then; what we ask Stripe for is read from its answers. Nothing raises; what is ignored says why.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from keystack.stripe.client import StripeApi
from keystack.stripe.event_routing import ignored_because, queue_of
from keystack.stripe.events import ChargeEvent, Checkout, Ignored, StripeEvent, SubscriptionEvent, read_event

FOLDER = os.environ.get("STRIPE_PAYLOADS", "")
FILES = sorted(Path(FOLDER).glob("*.json")) if FOLDER else []
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="SET STRIPE_PAYLOADS TO A FOLDER OF REAL STRIPE PAYLOADS TO RUN THIS"
)
RECIPE = "no payload: the calls that Stripe's CLI makes for a trigger"
SESSIONS = ("completed", "async_payment_succeeded", "async_payment_failed")

# object → the event types that carry it, each with what such an event would say of it
CARRIED: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "charge": [("charge.refunded", {}), ("charge.refunded", {"amount_refunded": 1}),
               ("charge.refunded", {"refunded": True, "invoice": "in_1"})],
    "dispute": [("charge.dispute.created", {}), ("charge.dispute.created", {"status": "needs_response"}),
                *(("charge.dispute.closed", {"status": status}) for status in ("won", "lost", "warning_closed"))],
    "refund": [("refund.failed", {"status": "failed"}), ("charge.refund.updated", {}),
               ("charge.refund.updated", {"status": "failed"})],
    "checkout.session": [(f"checkout.session.{each}", {}) for each in SESSIONS],
    "subscription": [("customer.subscription.deleted", {})],
}  # fmt: skip
ANSWERS = ("invoice", "invoice_payment", "list", "customer", "item")


class Canned(stripe.HTTPClient):
    """Answers every request with the one payload; an invoice that a list leads to is a plain one."""

    name = "canned"

    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__()
        self.payload = payload

    def request_with_retries(
        self, method: str, url: str, headers: Any, post_data: Any = None, *_: Any, **__: Any
    ) -> Any:
        led_to = "/v1/invoices/" in url and self.payload.get("object") == "list"
        answer = {"id": "in_1", "object": "invoice"} if led_to else self.payload
        return json.dumps(answer), 404 if "error" in answer else 200, {}

    request = request_with_retries


def listed(*payloads: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": list(payloads), "has_more": False, "url": "/v1/x"}


def asked(payload: dict[str, Any]) -> str:
    """Have Stripe answer with `payload` where we would ask for such a thing, and tell what we make of it."""
    kind = payload.get("object")
    lists = {"item", "invoice_payment"}
    api = StripeApi("rk_test_none", Canned(listed(payload) if kind in lists else payload))
    if kind == "item":
        (line,) = api.line_items("cs_1")
        assert (line.id, line.price) == (payload["id"], payload["price"]["id"])
        return f"{line}"
    if kind == "invoice":
        parent = (payload.get("parent") or {}).get("subscription_details") or {}
        subscription = api.subscription_of_invoice(payload["id"])
        assert subscription == (parent.get("subscription") or payload.get("subscription"))
        return f"subscription {subscription}"
    if kind in ("invoice_payment", "list"):
        found = [each.invoice for each in api.invoices_of_payment("pi_1")]
        assert found == [each["invoice"] for each in (payload["data"] if kind == "list" else [payload])]
        return f"invoices {found}"
    email = api.customer_email("cus_1")
    assert email == payload.get("email")
    return f"address {email}"


def told(news: StripeEvent, event: dict[str, Any]) -> str:
    """Tell what an event was taken for; what is ignored must say why, what is not must be about its subject."""
    if isinstance(news, Ignored):
        assert news.reason
        assert (queue_of(event) is None) == (ignored_because(event) == news.reason)
        return f"ignored: {news.reason}"
    subject = event["data"]["object"]
    assert queue_of(event)
    if isinstance(news, Checkout):
        assert (news.order.id, news.fact.at) == (subject["id"], event["created"])
    if isinstance(news, ChargeEvent):
        assert news.charge == (subject["id"] if subject["object"] == "charge" else subject["charge"])
    if isinstance(news, SubscriptionEvent):
        assert (news.subscription, news.fact.subscription) == (subject["id"], subject["id"])
        assert news.fact.expires_at >= (subject["ended_at"] or 0)
    return f"{news.fact}"


def outcomes(payload: dict[str, Any]) -> Iterator[tuple[str, str]]:
    kind = str(payload.get("object", ""))
    if kind == "event":
        yield payload["type"], told(read_event(payload), payload)
    for type_, changed in CARRIED.get(kind, []):
        event = {"id": "evt_1", "type": type_, "created": 1_700_000_000, "data": {"object": {**payload, **changed}}}
        yield f"{type_} {changed or ''}", told(read_event(event), event)
    if kind in ANSWERS or "error" in payload:
        yield f"asked for {kind or 'it'}", asked(payload)


@pytest.mark.parametrize("path", FILES or [Path("none")], ids=lambda path: path.stem)
def test_a_payload_that_no_one_here_wrote_is_understood_or_ignored_with_a_reason(path: Path) -> None:
    if path.name.startswith("trigger-recipe"):
        pytest.skip(RECIPE)
    payload = json.loads(path.read_text())
    if payload.get("object") == "payment_intent":
        pytest.skip("KeyStack reads nothing of a payment intent but its id")
    found = list(outcomes(payload))
    assert found, f"nobody reads a {payload.get('object')}"
    for what, outcome in found:
        print(f"{path.stem:60} {what:70} {outcome}")  # noqa: T201


def test_there_are_payloads() -> None:
    assert FILES
