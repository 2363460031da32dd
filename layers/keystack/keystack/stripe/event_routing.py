"""Which event goes to which queue. The verifier imports this: standard library only."""

from typing import Any

from keystack.domain.queues import Queue

QUEUE_OF_TYPE = {
    "checkout.session.completed": Queue.ISSUE,
    "checkout.session.async_payment_succeeded": Queue.ISSUE,
    "checkout.session.async_payment_failed": Queue.ISSUE,
    "charge.refunded": Queue.FREEZE,
    "refund.failed": Queue.FREEZE,
    "charge.refund.updated": Queue.FREEZE,
    "charge.dispute.created": Queue.FREEZE,
    "charge.dispute.closed": Queue.FREEZE,
    "customer.subscription.deleted": Queue.EXPIRE,
}


def queue_of(event: dict[str, Any]) -> Queue | None:
    """Name the queue of a Stripe event, or None."""
    return None if ignored_because(event) else QUEUE_OF_TYPE[event["type"]]


def ignored_because(event: dict[str, Any]) -> str:
    """Say why no worker needs this event; an empty string if one does."""
    if event["type"] not in QUEUE_OF_TYPE:
        return f"KeyStack does not handle {event['type'][:100]}: you may take it off the webhook endpoint's events"
    if event.get("account"):
        return "it is about a connected account, and KeyStack handles the events of your own account only"
    data = event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    if isinstance(subject, dict) and subject.get("mode") == "setup" and event["type"].startswith("checkout."):
        return "a Checkout Session in setup mode sells nothing"
    return ""
