"""Run with new_stripe_event.patch applied: money that a bank took back is a dispute, like its first event."""

from keystack.domain.facts import Disputed
from keystack.domain.queues import Queue
from keystack.stripe.event_routing import queue_of
from keystack.stripe.events import ChargeEvent, read_event

EVENT = {
    "id": "evt_1",
    "type": "charge.dispute.funds_withdrawn",
    "created": 5,
    "livemode": True,
    "data": {"object": {"id": "dp_1", "status": "needs_response", "charge": "ch_1", "payment_intent": "pi_1"}},
}

assert queue_of(EVENT) is Queue.FREEZE
assert read_event(EVENT) == ChargeEvent(Disputed("dp_1", "ch_1", 5), True, "ch_1", "pi_1")
