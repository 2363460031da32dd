"""Send an order's waiting effects to the issuer, so that callers of the API wait for neither Stripe nor a mail server.

The message is an event of our own. So it is recorded as a delivery, tried again, seen and replayed like Stripe's.
"""

from keystack.domain.orders import Order
from keystack.domain.queues import Queue
from keystack.errors import RetryLaterError
from keystack.queues.client import send
from keystack.queues.messages import API, ORDER_ISSUED, Message


def send_order_issued(order: Order, event_id: str, now: int) -> None:
    """Let the issuer do what is not done of the order's effects; `event_id` names the delivery.

    Raises RetryLaterError when the queue does not take it.
    """
    event = {
        "id": event_id,
        "type": ORDER_ISSUED,
        "created": now,
        "livemode": order.livemode,
        "data": {"object": {"id": order.id, "object": "order"}},
    }
    try:
        send(Queue.ISSUE, Message(order.org, now, event, API))
    except RetryLaterError as error:
        raise type(error)(f"order {order.id} is there, and its e-mail or metadata is not queued: {error}") from error
