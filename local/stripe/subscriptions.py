"""Stripe's Subscription of a purchase, active and ended. Pure."""

from local.stripe.purchases import Json, Purchase

MONTH = 30 * 86_400


def subscription(bought: Purchase) -> Json:
    """Return the subscription; since API 2025-03-31 the period is its items'."""
    return {
        "id": bought.subscription,
        "object": "subscription",
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "created": bought.created,
        "customer": bought.customer,
        "ended_at": None,
        "items": {
            "object": "list",
            "has_more": False,
            "data": [
                {
                    "id": f"si_{bought.line_item}",
                    "object": "subscription_item",
                    "current_period_end": bought.created + MONTH,
                    "current_period_start": bought.created,
                    "price": bought.price,
                    "quantity": bought.quantity,
                }
            ],
        },
        "latest_invoice": bought.invoice,
        "livemode": False,
        "metadata": {},
        "status": "active",
    }


def canceled_subscription(bought: Purchase, now: int, payment_failed: bool) -> Json:
    """Return the subscription once deleted: at its period's end by request, or at once because a payment failed."""
    reason = "payment_failed" if payment_failed else "cancellation_requested"
    return {
        **subscription(bought),
        "cancel_at_period_end": not payment_failed,
        "canceled_at": now,
        "cancellation_details": {"comment": None, "feedback": None, "reason": reason},
        "ended_at": now,
        "status": "canceled",
    }
