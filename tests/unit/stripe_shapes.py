"""Events as Stripe shaped them over the years, written for the tests: just enough of each to be recognised.

Subscriptions and invoices are in `billing_shapes`.
"""

from typing import Any

AT = 1_700_000_000
DAY = 86_400
VERSIONS = {"old": "2018-11-08", "before basil": "2024-06-20", "basil": "2025-03-31.basil"}
ERAS = tuple(VERSIONS)


def event(type_: str, subject: Any, era: str = "basil", previous: Any = None, **more: Any) -> dict[str, Any]:
    """An event; `previous`: its previous_attributes, None for one that has none."""
    return {
        "id": "evt_1",
        "object": "event",
        "api_version": VERSIONS[era],
        "created": AT,
        "livemode": True,
        "type": type_,
        "data": {"object": subject} | ({} if previous is None else {"previous_attributes": previous}),
        "pending_webhooks": 1,
        "request": {"id": "req_1", "idempotency_key": None},
        **more,
    }


def session(era: str = "basil", **more: Any) -> dict[str, Any]:
    """A Checkout Session in payment mode; before 2020 it had no payment_status, no mode and no details."""
    found: dict[str, Any] = {
        "id": "cs_live_1",
        "object": "checkout.session",
        "livemode": True,
        "customer": "cus_1",
        "customer_email": None,
        "payment_intent": "pi_1",
        "subscription": None,
        "payment_method_types": ["card"],
    }
    if era == "old":
        found |= {"display_items": [{"amount": 900, "currency": "eur", "quantity": 1, "type": "custom"}]}
    else:
        details = {"email": "ada@example.com", "name": "Ada", "phone": None, "tax_exempt": "none"}
        found |= {"mode": "payment", "created": AT - 60, "payment_status": "paid", "customer_details": details}
    if era == "basil":
        found |= {"invoice": None, "adaptive_pricing": {"enabled": True}, "collected_information": None}
    return found | more


def payment_intent(era: str = "basil", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": "pi_1",
        "object": "payment_intent",
        "livemode": True,
        "amount": 2_000,
        "status": "succeeded",
    }
    if era == "old":
        found |= {"charges": {"object": "list", "data": [{"id": "ch_1", "object": "charge"}]}}
    else:
        found |= {"latest_charge": "ch_1"}
    return found | more


def charge(era: str = "basil", **more: Any) -> dict[str, Any]:
    """A charge that was refunded in full; only since 2020 it says how much was captured, since basil no invoice."""
    found: dict[str, Any] = {
        "id": "ch_1",
        "object": "charge",
        "livemode": True,
        "amount": 2_000,
        "amount_refunded": 2_000,
        "captured": True,
        "refunded": True,
        "status": "succeeded",
        "customer": "cus_1",
        "payment_intent": "pi_1",
        "dispute": None,
    }
    if era != "old":
        found |= {"amount_captured": 2_000}
    if era != "basil":
        found |= {"invoice": None, "refunds": {"object": "list", "data": [{"id": "re_1", "amount": 2_000}]}}
    return found | more


def refund(era: str = "basil", **more: Any) -> dict[str, Any]:
    """A refund that failed. It has no livemode."""
    found: dict[str, Any] = {
        "id": "re_1",
        "object": "refund",
        "amount": 2_000,
        "charge": "ch_1",
        "status": "failed",
        "reason": "requested_by_customer",
    }
    if era != "old":
        found |= {"payment_intent": "pi_1", "failure_reason": "expired_or_canceled_card"}
    return found | more


def moved(*amounts: int) -> list[dict[str, Any]]:
    """The balance transactions of a dispute: money taken is negative."""
    return [{"id": f"txn_{n}", "object": "balance_transaction", "amount": each} for n, each in enumerate(amounts)]


def dispute(era: str = "basil", **more: Any) -> dict[str, Any]:
    """A dispute that has taken the money."""
    found: dict[str, Any] = {
        "id": "dp_1",
        "object": "dispute",
        "livemode": True,
        "amount": 2_000,
        "charge": "ch_1",
        "status": "needs_response",
        "reason": "fraudulent",
        "balance_transactions": moved(-2_000),
        "evidence": {"customer_name": None},
    }
    if era != "old":
        found |= {"payment_intent": "pi_1", "is_charge_refundable": False}
    return found | more
