"""Which event goes to which queue. The verifier imports this: standard library only."""

from typing import Any, NamedTuple

from keystack.domain.queues import Queue


class Heard(NamedTuple):
    """An event type: its queue, what it is for in one line, and whether the webhook needs it.

    With those that are needed alone the rest is known later, or not at all: the others make it better.
    """

    queue: Queue
    what_for: str
    is_needed: bool = False


# Every type that KeyStack hears; README and the dashboard list them from here.
EVENTS: dict[str, Heard] = {
    "checkout.session.completed": Heard(Queue.ISSUE, "a purchase: order, licenses and e-mail", True),
    "checkout.session.async_payment_succeeded": Heard(
        Queue.ISSUE, "a payment that takes days, as a bank debit does, has come", True
    ),
    "checkout.session.async_payment_failed": Heard(Queue.ISSUE, "such a payment has failed", True),
    "charge.refunded": Heard(Queue.FREEZE, "a refund freezes what it was paid for", True),
    "charge.dispute.created": Heard(Queue.FREEZE, "a dispute freezes what it was paid for", True),
    "charge.dispute.closed": Heard(Queue.FREEZE, "a dispute that is won lifts that, one that is lost does not", True),
    "customer.subscription.deleted": Heard(
        Queue.EXPIRE, "a subscription has ended: its licenses expire with what was paid", True
    ),
    "payment_intent.succeeded": Heard(
        Queue.ISSUE, "a payment that was tried once more, or captured later, has come at last"
    ),
    "payment_intent.canceled": Heard(Queue.ISSUE, "an authorized payment was given up: the order is not paid"),
    "charge.captured": Heard(Queue.ISSUE, "an authorized payment was captured: the order is paid"),
    "charge.expired": Heard(Queue.ISSUE, "an authorization has run out: the order is not paid"),
    "invoice.paid": Heard(Queue.ISSUE, "a renewal: until when is paid; or an order that was paid by its invoice"),
    "invoice.payment_failed": Heard(Queue.ISSUE, "a renewal could not be collected: how the subscription stands now"),
    "customer.subscription.created": Heard(Queue.ISSUE, "how a subscription begins, for example on trial"),
    "customer.subscription.updated": Heard(
        Queue.ISSUE, "plan, seats and number of licenses follow the subscription, and an end that is set is known"
    ),
    "customer.subscription.paused": Heard(Queue.ISSUE, "a paused subscription freezes when what was paid is over"),
    "customer.subscription.resumed": Heard(Queue.ISSUE, "a subscription that goes on lifts that"),
    "refund.created": Heard(Queue.FREEZE, "a refund that has failed from the beginning is not taken for one"),
    "refund.updated": Heard(Queue.FREEZE, "a refund was canceled or has failed, which lifts what it had frozen"),
    "refund.failed": Heard(Queue.FREEZE, "a refund has failed, which lifts what it had frozen"),
    "charge.refund.updated": Heard(Queue.FREEZE, "the same, of some payment methods and older endpoints"),
    "charge.dispute.updated": Heard(Queue.FREEZE, "an inquiry has become a dispute, or a dispute another one"),
    "charge.dispute.funds_withdrawn": Heard(Queue.FREEZE, "the disputed money is gone: an inquiry is none any more"),
    "charge.dispute.funds_reinstated": Heard(Queue.FREEZE, "the disputed money is back, which lifts what was frozen"),
}
QUEUE_OF_TYPE = {name: heard.queue for name, heard in EVENTS.items()}

# Of these objects KeyStack hears what it needs. What else Stripe tells of them may well belong on the endpoint.
_FAMILIES = (
    "checkout.",
    "charge.",
    "customer.subscription.",
    "invoice.",
    "invoice_payment.",
    "payment_intent.",
    "refund.",
)
_THIN = ("v1.", "v2.")


def queue_of(event: dict[str, Any]) -> Queue | None:
    """Name the queue of a Stripe event, or None."""
    return None if ignored_because(event) else QUEUE_OF_TYPE[event["type"]]


def ignored_because(event: dict[str, Any]) -> str:
    """Say why no worker needs this event; an empty string if one does."""
    if event["type"] not in QUEUE_OF_TYPE or _is_thin(event):
        return _not_handled(event)
    if event.get("account") or event.get("context"):
        return "it is about a connected account, and KeyStack handles the events of your own account only"
    data = event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    if isinstance(subject, dict) and subject.get("mode") == "setup" and event["type"].startswith("checkout."):
        return "a Checkout Session in setup mode sells nothing"
    return ""


def _not_handled(event: dict[str, Any]) -> str:
    name = event["type"][:100]
    if _is_thin(event):
        return f'{name} is a thin payload, which KeyStack does not read yet: the endpoint needs the style "snapshot"'
    if name.startswith(_FAMILIES):
        return f"KeyStack does not need {name}: no license depends on it"
    return f"KeyStack does not handle {name}: you may take it off the webhook endpoint's events"


def _is_thin(event: dict[str, Any]) -> bool:
    """Tell whether an event only names its object ("thin payload"), whatever its type is called."""
    return event.get("object") == "v2.core.event" or event["type"].startswith(_THIN)
