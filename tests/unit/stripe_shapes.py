"""Events as Stripe shaped them over the years, written for the tests: just enough of each to be recognised."""

from typing import Any

AT = 1_700_000_000
DAY = 86_400
VERSIONS = {"old": "2018-11-08", "before basil": "2024-06-20", "basil": "2025-03-31.basil"}
ERAS = tuple(VERSIONS)


def event(type_: str, subject: Any, era: str = "basil", **more: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "object": "event",
        "api_version": VERSIONS[era],
        "created": AT,
        "livemode": True,
        "type": type_,
        "data": {"object": subject},
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


def charge(era: str = "basil", **more: Any) -> dict[str, Any]:
    """A charge that was refunded in full; since basil it no longer says its invoice."""
    found: dict[str, Any] = {
        "id": "ch_1",
        "object": "charge",
        "amount": 2_000,
        "amount_refunded": 2_000,
        "refunded": True,
        "status": "succeeded",
        "payment_intent": "pi_1",
        "dispute": None,
    }
    if era != "basil":
        found |= {"invoice": None, "refunds": {"object": "list", "data": [{"id": "re_1", "amount": 2_000}]}}
    return found | more


def refund(era: str = "basil", **more: Any) -> dict[str, Any]:
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


def dispute(era: str = "basil", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": "dp_1",
        "object": "dispute",
        "amount": 2_000,
        "charge": "ch_1",
        "status": "needs_response",
        "reason": "fraudulent",
        "evidence": {"customer_name": None},
    }
    if era != "old":
        found |= {"payment_intent": "pi_1", "is_charge_refundable": False}
    return found | more


def subscription(era: str = "basil", period_end: int = AT + 20 * DAY, **more: Any) -> dict[str, Any]:
    """A subscription that has ended; since basil the period is its items'."""
    item: dict[str, Any] = {"id": "si_1", "object": "subscription_item", "quantity": 1}
    found: dict[str, Any] = {
        "id": "sub_1",
        "object": "subscription",
        "customer": "cus_1",
        "status": "canceled",
        "ended_at": AT,
        "canceled_at": AT - DAY,
        "items": {"object": "list", "data": [item], "has_more": False},
    }
    if era == "basil":
        item |= {"current_period_start": AT - 10 * DAY, "current_period_end": period_end}
    else:
        found |= {"current_period_start": AT - 10 * DAY, "current_period_end": period_end}
    if era != "old":
        found |= {"cancellation_details": {"comment": None, "feedback": None, "reason": "cancellation_requested"}}
    return found | more
