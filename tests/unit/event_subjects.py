"""Every type of event that KeyStack reads, with its object as Stripe shaped it over the years."""

from collections.abc import Callable
from typing import Any

from unit.billing_shapes import ended, invoice, subscription
from unit.stripe_shapes import charge, dispute, payment_intent, refund, session

Subject = Callable[[str], dict[str, Any]]

OF_ISSUER: dict[str, Subject] = {
    "checkout.session.completed": session,
    "checkout.session.async_payment_succeeded": session,
    "checkout.session.async_payment_failed": session,
    "payment_intent.succeeded": payment_intent,
    "payment_intent.canceled": payment_intent,
    "charge.captured": charge,
    "charge.expired": charge,
    "invoice.paid": invoice,
    "invoice.payment_failed": invoice,
    "customer.subscription.created": subscription,
    "customer.subscription.updated": subscription,
    "customer.subscription.paused": subscription,
    "customer.subscription.resumed": subscription,
}
OF_FREEZER: dict[str, Subject] = {
    "charge.refunded": charge,
    "refund.created": refund,
    "refund.updated": refund,
    "refund.failed": refund,
    "charge.refund.updated": refund,
    "charge.dispute.created": dispute,
    "charge.dispute.updated": dispute,
    "charge.dispute.closed": dispute,
    "charge.dispute.funds_withdrawn": dispute,
    "charge.dispute.funds_reinstated": dispute,
}
OF_EXPIRER: dict[str, Subject] = {"customer.subscription.deleted": ended}
SUBJECTS = OF_ISSUER | OF_FREEZER | OF_EXPIRER
TYPES = list(SUBJECTS)
