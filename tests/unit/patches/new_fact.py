"""Run with new_fact.patch applied: a bank's inquiry freezes the licenses of its order."""

import json

from keystack.domain.facts import Paid, with_fact
from keystack.domain.holds import HoldKind, open_holds
from keystack.domain.licenses import License, Status, license_status
from keystack.domain.orders import Order, held_since, licenses_of
from keystack.domain.plans import Plan, settle_issued
from keystack.domain.queues import Queue
from keystack.domain.recording import record_fact
from keystack.storage.licenses.fact_codec import facts_to_map, order_facts_from
from keystack.stripe.event_routing import queue_of
from keystack.stripe.events import ChargeEvent, read_event

OPENED = 2_000_000
EVENT = {
    "id": "evt_1",
    "type": "charge.dispute.created",
    "created": OPENED,
    "livemode": True,
    "data": {"object": {"id": "dp_1", "status": "warning_needs_response", "charge": "ch_1", "payment_intent": "pi_1"}},
}

read = read_event(EVENT)
assert isinstance(read, ChargeEvent)
assert queue_of(EVENT) is Queue.FREEZE
assert (type(read.fact).__name__, read.fact.id, read.fact.at) == ("InquiryOpened", "inquiry:dp_1", OPENED)

stored = json.loads(json.dumps(facts_to_map({read.fact.id: read.fact})))
assert order_facts_from(stored) == {read.fact.id: read.fact}

paid = with_fact({}, Paid(1_000_000))
order = Order("acme", "cs_1", True, 5, facts=paid, settled=(settle_issued(Plan("pro", "Pro"), 1, None),))
licenses: list[License] = [license for license, _ in licenses_of(order)]
assert license_status(order.facts, licenses[0], OPENED) is Status.ACTIVE

frozen, [entry] = record_fact(order, read.fact, licenses, OPENED)
[hold] = open_holds(frozen.facts)
assert (hold.id, hold.kind, hold.since) == ("inquiry:dp_1", HoldKind("inquiry"), OPENED)
assert held_since(frozen) == OPENED
assert license_status(frozen.facts, licenses[0], OPENED) is Status.FROZEN
assert (entry.action, dict(entry.detail)) == (
    "license.frozen",
    {"hold": "inquiry:dp_1", "charge": "ch_1", "licenses": 1},
)
assert record_fact(frozen, read.fact, licenses, OPENED) == (frozen, [])

_, [entry] = record_fact(Order("acme", "cs_2", True, 5, facts=paid), read.fact, [], OPENED)
assert entry.action == "inquiry.recorded"
