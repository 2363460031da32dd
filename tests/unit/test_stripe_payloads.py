"""Payloads that no one here wrote: STRIPE_PAYLOADS=<folder> pytest -s tests/unit/test_stripe_payloads.py

Each event is read as it is; each object of the API as the subject of every event type that carries it, as it is and
as it would be then; what we ask Stripe for is read from its answers. Nothing raises but what must; what is ignored
says why.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from keystack.errors import ActionNeededError
from keystack.stripe.client import StripeApi
from keystack.stripe.event_routing import QUEUE_OF_TYPE, ignored_because, queue_of
from keystack.stripe.events import (
    ChargeEvent,
    Checkout,
    Ignored,
    InvoiceEvent,
    PaymentEvent,
    StripeEvent,
    SubscriptionEvent,
    read_event,
)

FOLDER = os.environ.get("STRIPE_PAYLOADS", "")
FILES = sorted(Path(FOLDER).glob("*.json")) if FOLDER else []
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="SET STRIPE_PAYLOADS TO A FOLDER OF REAL STRIPE PAYLOADS TO RUN THIS"
)
RECIPE = "no payload: the calls that Stripe's CLI makes for a trigger"
BEFORE_PAYMENT_STATUS = "2020-03-02"  # an API version whose sessions had no payment_status
NOW = "2026-10-28.endive"


def types_of(*beginnings: str) -> list[str]:
    return [type_ for type_ in QUEUE_OF_TYPE if type_.startswith(beginnings) and type_ != "charge.refund.updated"]


# object → the event types that carry it, each with what such an event would say of it
CAPTURED = {"captured": True, "payment_intent": "pi_1"}
CHANGES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "charge": [
        *((type_, change) for type_ in ("charge.captured", "charge.expired") for change in ({}, CAPTURED)),
        ("charge.refunded", {}),
        ("charge.refunded", CAPTURED | {"amount_captured": 100, "amount_refunded": 1}),
        ("charge.refunded", {"captured": True, "amount_captured": None, "amount_refunded": 100, "invoice": "in_1"}),
    ],
    "dispute": [
        (type_, {"status": status})
        for type_ in types_of("charge.dispute.")
        for status in ("warning_needs_response", "needs_response", "won", "lost", "prevented")
    ],
    "refund": [
        (type_, {"status": status})
        for type_ in [*types_of("refund."), "charge.refund.updated"]
        for status in ("succeeded", "failed", "canceled")
    ],
    "checkout.session": [(type_, {}) for type_ in types_of("checkout.session.")],
    "subscription": [
        (type_, {"status": status}) for type_ in types_of("customer.") for status in ("active", "unpaid", "canceled")
    ],
    "invoice": [(type_, {"status": status}) for type_ in types_of("invoice.") for status in ("paid", "open")],
    "payment_intent": [(type_, {}) for type_ in types_of("payment_intent.")],
}
ANSWERS = ("invoice", "invoice_payment", "list", "customer", "item", "subscription", "dispute")


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
        found = api.invoice(payload["id"])
        assert found.subscription == (parent.get("subscription") or payload.get("subscription"))
        return f"{found} {found.periods} {found.concern}"
    if kind in ("invoice_payment", "list"):
        invoices = [each.id for each in api.invoices_of_payment("pi_1")]
        assert len(invoices) == (len(payload["data"]) if kind == "list" else 1)
        return f"invoices {invoices}"
    if kind == "subscription":
        return f"{api.subscription(payload['id'], 1_700_000_000)}"
    if kind == "dispute":
        return f"{api.dispute(payload['id'])}"
    if kind == "checkout.session":
        return f"{api.session(payload['id'])}"
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
    match news:
        case Checkout(order, fact):
            assert (order.id, fact.at) == (subject["id"], event["created"])
        case ChargeEvent(fact, _, charge):
            assert charge == (subject["id"] if subject["object"] == "charge" else subject["charge"])
        case SubscriptionEvent(_, subscription, fact):
            assert (subscription, fact.subscription) == (subject["id"], subject["id"])
            assert len(fact.state.items) == len(subject["items"]["data"])
        case InvoiceEvent(_, _, invoice):
            assert (invoice.id, invoice.status, len(invoice.lines)) == (
                subject["id"],
                subject["status"],
                len(subject["lines"]["data"]),
            )
        case PaymentEvent(_, _, payment_intent):
            assert payment_intent == subject["id"] or subject["object"] == "charge"
    return f"{news}"


def event_about(type_: str, subject: dict[str, Any], api_version: str) -> dict[str, Any]:
    livemode = subject.get("livemode", False)
    about = {"id": "evt_1", "type": type_, "created": 1_700_000_000, "livemode": livemode, "api_version": api_version}
    return {**about, "data": {"object": subject}}


def read(type_: str, subject: dict[str, Any]) -> str:
    lacks_payment_status = subject["object"] == "checkout.session" and "payment_status" not in subject
    if lacks_payment_status and type_ == "checkout.session.completed":
        # A version that has it must say it: whether the session is paid is not guessed.
        with pytest.raises(ActionNeededError, match="payment_status"):
            read_event(event_about(type_, subject, NOW))
    event = event_about(type_, subject, BEFORE_PAYMENT_STATUS if lacks_payment_status else NOW)
    return told(read_event(event), event)


def outcomes(payload: dict[str, Any]) -> Iterator[tuple[str, str]]:
    kind = str(payload.get("object", ""))
    if kind == "event":
        yield payload["type"], told(read_event(payload), payload)
    for type_, changed in CHANGES.get(kind, []):
        yield f"{type_} {changed or ''}", read(type_, {**payload, **changed})
    if kind in ANSWERS or "error" in payload or (kind == "checkout.session" and "payment_status" in payload):
        yield f"asked for {kind or 'it'}", asked(payload)


@pytest.mark.parametrize("path", FILES or [Path("none")], ids=lambda path: path.stem)
def test_a_payload_that_no_one_here_wrote_is_understood_or_ignored_with_a_reason(path: Path) -> None:
    if path.name.startswith("trigger-recipe"):
        pytest.skip(RECIPE)
    payload = json.loads(path.read_text())
    found = list(outcomes(payload))
    assert found, f"nobody reads a {payload.get('object')}"
    for what, outcome in found:
        print(f"{path.stem:60} {what:70} {outcome}")  # noqa: T201


def test_there_are_payloads() -> None:
    assert FILES
