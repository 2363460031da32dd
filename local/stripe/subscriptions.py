"""Stripe's Subscription of a purchase, active and ended. Pure."""

from local.stripe.purchases import Json, Purchase, price_of

MONTH = 30 * 86_400


def subscription(bought: Purchase) -> Json:
    """Return the subscription in its first month; since API 2025-03-31 the period is its items'."""
    item = {
        "id": bought.subscription_item,
        "object": "subscription_item",
        "created": bought.created,
        "current_period_end": bought.created + MONTH,
        "current_period_start": bought.created,
        "metadata": {},
        "price": price_of(bought),
        "quantity": bought.quantity,
        "subscription": bought.subscription,
    }
    return {
        "id": bought.subscription,
        "object": "subscription",
        "billing_cycle_anchor": bought.created,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": bought.created,
        "currency": "usd",
        "customer": bought.customer,
        "ended_at": None,
        "items": {"object": "list", "has_more": False, "data": [item]},
        "latest_invoice": bought.invoice,
        "livemode": False,
        "metadata": {},
        "pause_collection": None,
        "start_date": bought.created,
        "status": "active",
        "status_details": None,
        "trial_end": None,
        "trial_start": None,
    }


def canceled(known: Json, now: int, reason: str) -> Json:
    """Return a subscription that ends now. `reason`: cancellation_requested, payment_failed or payment_disputed."""
    return {
        **known,
        "canceled_at": known["canceled_at"] or now,
        "cancellation_details": {"comment": None, "feedback": None, "reason": reason},
        "ended_at": now,
        "status": "canceled",
    }


def canceled_subscription(bought: Purchase, now: int, payment_failed: bool) -> Json:
    """Return the subscription of a purchase once it is deleted: by request, or because a payment failed."""
    return canceled(subscription(bought), now, "payment_failed" if payment_failed else "cancellation_requested")


def period_end(known: Json) -> int:
    """Return when the current period of a subscription ends, Unix seconds."""
    return max(int(item["current_period_end"]) for item in known["items"]["data"])
