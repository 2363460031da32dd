"""Subscriptions and invoices as Stripe shaped them over the years, written for the tests."""

from typing import Any

from unit.stripe_shapes import AT, DAY

START, END = AT - 10 * DAY, AT + 20 * DAY


def listed(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"object": "list", "data": list(found), "has_more": False, **more}


def item(era: str = "basil", identity: str = "si_1", price: str = "price_1", end: int | None = END) -> dict[str, Any]:
    """A subscription item: of a plan, then of a price; since basil with a period of its own."""
    found: dict[str, Any] = {"id": identity, "object": "subscription_item", "quantity": 1}
    found["plan"] = {"id": price, "object": "plan", "product": "prod_1", "usage_type": "licensed"}
    if era != "old":
        recurring = {"interval": "month", "interval_count": 1, "usage_type": "licensed"}
        found["price"] = {"id": price, "object": "price", "product": "prod_1", "type": "recurring"}
        found["price"]["recurring"] = recurring
    if era == "basil" and end is not None:
        found |= {"current_period_start": START, "current_period_end": end}
    return found


def subscription(era: str = "basil", end: int = END, **more: Any) -> dict[str, Any]:
    """A subscription that is active; since basil the period is its items'."""
    found: dict[str, Any] = {
        "id": "sub_1",
        "object": "subscription",
        "livemode": True,
        "customer": "cus_1",
        "status": "active",
        "cancel_at_period_end": False,
        "canceled_at": None,
        "ended_at": None,
        "trial_end": None,
        "items": listed(item(era, end=end)),
    }
    if era != "old":
        details = {"comment": None, "feedback": None, "reason": None}
        found |= {
            "cancel_at": None,
            "pause_collection": None,
            "latest_invoice": "in_1",
            "cancellation_details": details,
        }
    if era != "basil":
        found |= {"current_period_start": START, "current_period_end": end}
    return found | more


def ended(era: str = "basil", **more: Any) -> dict[str, Any]:
    """A subscription that the customer canceled, with the rest of its period still to come."""
    over: dict[str, Any] = {"status": "canceled", "ended_at": AT, "canceled_at": AT - DAY}
    return subscription(era, **over | more)


def line(
    era: str = "basil",
    of: str | None = "si_1",
    end: int = END,
    amount: int = 900,
    proration: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """A line of an invoice: of a subscription item, or of an invoice item (`of` is None)."""
    found: dict[str, Any] = {"id": "il_1", "object": "line_item", "amount": amount, "quantity": 1}
    found["period"] = {"start": START, "end": end}
    if era == "basil":
        found["pricing"] = {"type": "price_details", "price_details": {"price": "price_1", "product": "prod_1"}}
        found["parent"] = _parent(of, proration)
        return found | more
    found |= {"type": "subscription" if of else "invoiceitem", "subscription_item": of, "proration": proration}
    found |= {"plan": {"id": "price_1", "object": "plan"}, "subscription": "sub_1"}
    if era == "before basil":
        found["price"] = {"id": "price_1", "object": "price"}
    return found | more


def _parent(of: str | None, proration: bool) -> dict[str, Any]:
    if of is None:
        details: dict[str, Any] = {"invoice_item": "ii_1", "proration": proration, "subscription": None}
        return {
            "type": "invoice_item_details",
            "invoice_item_details": details,
            "subscription_item_details": None,
        }
    details = {"subscription": "sub_1", "subscription_item": of, "proration": proration}
    return {"type": "subscription_item_details", "subscription_item_details": details, "invoice_item_details": None}


def invoice(era: str = "basil", lines: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """The paid invoice of a renewal; since basil its subscription is its parent's."""
    found: dict[str, Any] = {
        "id": "in_1",
        "object": "invoice",
        "livemode": True,
        "customer": "cus_1",
        "status": "paid",
        "billing_reason": "subscription_cycle",
        "amount_paid": 900,
        "lines": listed(*([line(era)] if lines is None else lines)),
    }
    if era == "basil":
        details = {"type": "subscription_details", "subscription_details": {"subscription": "sub_1", "metadata": {}}}
        found["parent"] = details
    else:
        found |= {"subscription": "sub_1", "paid": True, "charge": "ch_1"}
    return found | more
