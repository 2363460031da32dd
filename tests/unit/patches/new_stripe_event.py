"""Run with new_stripe_event.patch applied: an invoice that nobody pays any more is not paid, like one that failed."""

from keystack.domain.invoices import Invoice, InvoiceStatus
from keystack.domain.queues import Queue
from keystack.stripe.event_routing import queue_of
from keystack.stripe.events import InvoiceEvent, read_event

EVENT = {
    "id": "evt_1",
    "type": "invoice.voided",
    "created": 5,
    "livemode": True,
    "data": {"object": {"id": "in_1", "status": "void", "amount_paid": 0, "lines": {"data": []}, "customer": "cus_1"}},
}

assert queue_of(EVENT) is Queue.ISSUE
assert read_event(EVENT) == InvoiceEvent(
    True, 5, Invoice("in_1", None, InvoiceStatus.VOID, None, 0, ()), False, "cus_1"
)
