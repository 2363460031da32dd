"""What becomes of a subscription at Stripe: functions from what it is to what it is next. Pure.

Source: Stripe's documentation, "How subscriptions work" and "Pause subscriptions".
"""

from typing import Any

from local.stripe.purchases import Json
from local.stripe.subscriptions import MONTH, period_end


def with_item(known: Json, price: Json, quantity: int) -> Json:
    """Return it with another price or quantity of its first item, in the same period."""
    first, *others = known["items"]["data"]
    return _with_items(known, [{**first, "price": price, "quantity": quantity}, *others])


def renewed(known: Json, invoice: str) -> Json:
    """Return it in the period after the current one, of which `invoice` asks for the money."""
    return {**_in_period(known, period_end(known)), "latest_invoice": invoice}


def with_status(known: Json, status: str) -> Json:
    """Return it with another status: past_due or unpaid, and active again."""
    return {**known, "status": status}


def paused(known: Json, now: int, why: str = "pause_requested") -> Json:
    """Return it paused. `why`: pause_requested, trial_end_without_payment_method and others."""
    details = {"type": "subscription", "subscription": {"type": why}, "transitioned_at": now}
    return {**known, "status": "paused", "status_details": {"paused": details}}


def resumed(known: Json) -> Json:
    """Return it active again, in the same period."""
    return {**known, "status": "active", "status_details": None}


def restarted(known: Json, invoice: str, now: int) -> Json:
    """Return it active again in a period that begins now, and that `invoice` has paid."""
    return {**_in_period(resumed(known), now), "billing_cycle_anchor": now, "latest_invoice": invoice}


def ending_with_its_period(known: Json, now: int) -> Json:
    """Return it as it is once the customer has canceled: it goes on until its period ends."""
    return {
        **known,
        "cancel_at": period_end(known),
        "cancel_at_period_end": True,
        "canceled_at": now,
        "cancellation_details": {"comment": None, "feedback": None, "reason": "cancellation_requested"},
    }


def going_on(known: Json) -> Json:
    """Return it without an end: the customer has taken the cancellation back."""
    return {
        **known,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
    }


def _in_period(known: Json, start: int) -> Json:
    period = {"current_period_start": start, "current_period_end": start + MONTH}
    return _with_items(known, [{**item, **period} for item in known["items"]["data"]])


def _with_items(known: Json, items: list[dict[str, Any]]) -> Json:
    return {**known, "items": {**known["items"], "data": items}}
