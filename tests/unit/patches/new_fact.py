"""Run with new_fact.patch applied: a refund that is on its way freezes the licenses of its order until it fails."""

import json

from keystack.domain.facts import Paid, RefundFailed, with_fact
from keystack.domain.holds import HoldKind, ends_by_itself, open_holds
from keystack.domain.licenses import License
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plans import Plan, settle_issued
from keystack.domain.queues import Queue
from keystack.domain.recording import record_fact
from keystack.domain.status import Status, held_since, license_status
from keystack.storage.licenses.fact_codec import facts_to_map, order_facts_from
from keystack.stripe.event_routing import queue_of
from keystack.stripe.events import ChargeEvent, read_event

STARTED = 2_000_000
EVENT = {
    "id": "evt_1",
    "type": "refund.created",
    "created": STARTED,
    "livemode": True,
    "data": {"object": {"id": "re_1", "status": "pending", "amount": 100, "charge": "ch_1", "payment_intent": "pi_1"}},
}

read = read_event(EVENT)
assert isinstance(read, ChargeEvent)
assert queue_of(EVENT) is Queue.FREEZE
assert (type(read.fact).__name__, read.fact.id, read.fact.at) == ("RefundStarted", "refund_started:re_1", STARTED)

stored = json.loads(json.dumps(facts_to_map({read.fact.id: read.fact})))
assert order_facts_from(stored) == {read.fact.id: read.fact}

paid = with_fact({}, Paid(1_000_000))
order = Order("acme", "cs_1", True, 5, facts=paid, settled=(settle_issued(Plan("pro", "Pro"), 1, None),))
licenses: list[License] = [license for license, _ in licenses_of(order)]
assert license_status(order, licenses[0], STARTED) is Status.ACTIVE

frozen, [entry] = record_fact(order, read.fact, licenses, STARTED)
[hold] = open_holds(frozen.facts)
assert (hold.id, hold.kind, hold.since) == ("refund_started:re_1", HoldKind("pending_refund"), STARTED)
assert not ends_by_itself(hold.kind)
assert held_since(frozen) == STARTED
assert license_status(frozen, licenses[0], STARTED) is Status.FROZEN
assert (entry.action, dict(entry.detail)) == (
    "license.frozen",
    {"hold": "refund_started:re_1", "charge": "ch_1", "licenses": 1},
)
assert record_fact(frozen, read.fact, licenses, STARTED) == (frozen, [])

lifted, [entry] = record_fact(frozen, RefundFailed("re_1", "ch_1", 100, STARTED + 9), licenses, STARTED + 9)
assert license_status(lifted, licenses[0], STARTED + 9) is Status.ACTIVE
assert entry.action == "license.reactivated"

_, [entry] = record_fact(Order("acme", "cs_2", True, 5, facts=paid), read.fact, [], STARTED)
assert entry.action == "refund.started"
