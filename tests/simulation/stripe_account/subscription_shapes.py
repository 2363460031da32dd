"""Stripe's objects as JSON: the subscription, its items and invoices. Of every version that shapes.py knows."""

from simulation.prices import PRICES
from simulation.stripe_account.objects import OLD, Charge, Invoice, InvoiceLine, Item, Json, Purchase, Subscription
from simulation.stripe_account.shapes import price


def subscription(purchase: Purchase, version: str) -> Json:
    """Until 2025-03-31 the period was the subscription's; since then each item has its own."""
    of = purchase.subscription
    assert of is not None
    items = of.items or of.all_items[-1:]
    old = {"current_period_start": max(item.start for item in items), "current_period_end": of.period_end}
    return {
        "id": of.id,
        "object": "subscription",
        "cancel_at": of.cancel_at,
        "cancel_at_period_end": of.at_period_end,
        "canceled_at": of.canceled_at,
        "cancellation_details": {"comment": None, "feedback": None, "reason": of.reason},
        "collection_method": "charge_automatically",
        "created": of.created,
        "customer": purchase.customer,
        "ended_at": of.ended_at,
        "items": {"object": "list", "has_more": False, "data": [_item(of, item, version) for item in items]},
        "latest_invoice": of.latest_invoice.id,
        "livemode": purchase.livemode,
        "pause_collection": {"behavior": of.collection, "resumes_at": None} if of.collection else None,
        "status": of.status,
        "trial_end": of.trial_end,
        **(old if version == OLD else {}),
    }


def _item(of: Subscription, item: Item, version: str) -> Json:
    period = {"current_period_start": item.start, "current_period_end": item.end}
    return {
        "id": item.id,
        "object": "subscription_item",
        "price": price(item.price),
        "subscription": of.id,
        **({} if PRICES[item.price].metered else {"quantity": item.quantity}),
        **({} if version == OLD else period),
    }


def invoice(purchase: Purchase, of: Invoice, version: str) -> Json:
    """Until 2025-03-31 an invoice named its subscription and its payment; since then its parent and its payments do."""
    assert purchase.subscription is not None
    about = purchase.subscription.id
    paid, total = of.status == "paid", of.total
    details = {"metadata": {}, "subscription": about}
    parent = {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
    payment = of.charges[0].payment_intent if of.charges else None
    old = {"subscription": about, "paid": paid, "payment_intent": payment}
    return {
        "id": of.id,
        "object": "invoice",
        "amount_due": total,
        "amount_paid": of.amount_paid,
        "amount_remaining": 0 if paid else total - of.amount_paid,
        "billing_reason": of.reason,
        "created": of.created,
        "currency": "usd",
        "customer": purchase.customer,
        "lines": {
            "object": "list",
            "has_more": False,
            "data": [_line(purchase.subscription, of, place, version) for place in range(len(of.lines))],
        },
        "livemode": purchase.livemode,
        "period_end": of.created,
        "period_start": of.created,
        "status": of.status,
        "total": total,
        **(old if version == OLD else {"parent": parent}),
    }


def _line(about: Subscription, of: Invoice, place: int, version: str) -> Json:
    line = of.lines[place]
    return {
        "id": f"il_{of.id.removeprefix('in_')}_{place}",
        "object": "line_item",
        "amount": line.amount,
        "currency": "usd",
        "period": {"end": line.end, "start": line.start},
        "quantity": line.quantity,
        **(_old_line(about, line) if version == OLD else _new_line(about, line)),
    }


def _old_line(about: Subscription, line: InvoiceLine) -> Json:
    kind = "subscription" if line.item and not line.proration else "invoiceitem"
    item = {"subscription_item": line.item} if line.item else {}
    return {
        "price": price(line.price),
        "proration": line.proration,
        "subscription": about.id,
        "type": kind,
        **item,
    }


def _new_line(about: Subscription, line: InvoiceLine) -> Json:
    """What is bought once is an invoice item; a proration names its subscription item, as a whole period does."""
    known = {"proration": line.proration, "subscription": about.id}
    of_item = {**known, "subscription_item": line.item}
    return {
        "parent": {
            "invoice_item_details": None if line.item else known,
            "subscription_item_details": of_item if line.item else None,
            "type": "subscription_item_details" if line.item else "invoice_item_details",
        },
        "pricing": {
            "price_details": {"price": line.price, "product": f"prod_of_{line.price}"},
            "type": "price_details",
        },
    }


def invoice_payment(of: Invoice, charge: Charge, livemode: bool) -> Json:
    return {
        "id": f"inpay_{charge.id.removeprefix('ch_')}",
        "object": "invoice_payment",
        "amount_paid": charge.captured or None,
        "invoice": of.id,
        "livemode": livemode,
        "payment": {"type": "payment_intent", "payment_intent": charge.payment_intent},
        "status": "paid" if charge.captured else "open",
    }
