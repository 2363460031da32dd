"""Bugs that the suite plants in the handlers by itself, one at a time; each must be noticed.

A bug is a piece of a function's source and what it is replaced by. The function's code is swapped in place, so that
whoever holds the function runs the bug.
"""

import contextlib
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from keystack.domain import customers, facts, holds, licenses, orders
from keystack.fulfillment import apply_fact as fact_service
from keystack.fulfillment import effects, expire, mint, worker
from keystack.management import decide, replay
from keystack.storage import secrets
from keystack.storage.deliveries import deliveries
from keystack.storage.licenses.key_rings import put_key_ring
from keystack.storage.licenses.licenses import put_license
from keystack.storage.licenses.orders import put_order, update_facts
from keystack.storage.licenses.references import park_fact, point_reference
from keystack.storage.licenses.table import reference_key
from keystack.stripe import client, events, signatures

from simulation.account import NEW
from simulation.functions import MODULES

ANY = '"attribute_exists(pk) OR attribute_not_exists(pk)"'


@dataclass(frozen=True)
class Bug:
    name: str
    function: Any
    old: str
    new: str
    by: str = "searched"  # which histories notice it


BUGS = [
    # conditions
    Bug("two handlers may both create an order", put_order, '"attribute_not_exists(pk)"', ANY, by="schedules: a free T-shirt, twice"),
    Bug(
        "an order is overwritten by who read it earlier",
        put_order,
        'return dynamodb.put(TABLE, item, "version = :version", {":version": version})',
        f"return dynamodb.put(TABLE, item, {ANY})", by="schedules: a late payment and its dispute"),
    Bug("a fact is written over another", update_facts, '"version = :version"', '"version <= :next AND :version <= :next"', by="schedules: a refund and an end"),
    Bug("a reference forgets what was parked meanwhile", point_reference, "_unchanged(found.version)", f"{ANY} if not found.version else _unchanged(found.version)", by="schedules: a purchase and its refund"),
    Bug("a fact is parked though the order came", park_fact, "_unchanged(found.version)", f"{ANY} if not found.version else _unchanged(found.version)", by="schedules: a purchase and its refund"),
    Bug("of two orders at once one loses its keys", put_key_ring, "_unchanged(stored.version)", f"{ANY} if not stored.version else '(version >= :version OR version < :version)'", by="schedules: two purchases of one customer"),
    Bug("a key that is taken is given again", put_license, 'dynamodb.put(TABLE, look_up, "attribute_not_exists(pk)")', f"dynamodb.put(TABLE, look_up, {ANY})"),
    Bug("the metadata may tell old keys", effects._record, "[update_effects(order, lease), current]", "[update_effects(order, lease)]", by="schedules: two purchases of one customer"),
    Bug("two work on one order's mail", mint._mint, 'held.holder not in ("", lease.holder) and held.until > now', "False and held.until > now", by="schedules: a purchase told by two events"),
    Bug("the schedule records over a refund", expire._record, "licenses.update_facts(changed, stored.version),", "", by="crashes: a sweep"),
    # facts and holds
    Bug("the parked fact is forgotten", mint._parked, "facts = with_facts(facts, reference.parked.values())", "pass", by=f"orders: subscription, {NEW}"),
    Bug("a fact is parked under one id only", fact_service.apply_fact, "_park(org, found.values(), fact)", "_park(org, list(found.values())[:1], fact)", by=f"orders: subscription, {NEW}"),
    Bug("the latest report of a fact replaces the others", facts.with_fact, "_join(known, fact)", "fact", by=f"orders: payment, {NEW}"),
    Bug("a replay opens a hold again", holds._lifted_by_person, 'f"lifted:{hold}" in facts', "False", by="decisions"),
    Bug("a larger refund is covered by a smaller one's pardon", holds._lifted_by_person, ">= int(amount)", ">= 0", by="decisions"),
    Bug("a part refunded freezes whatever the vendor says", MODULES["freezer"].freeze, "load_organization(work.org).freeze_on_partial_refund", "True", by="decisions"),
    Bug("a refund that failed still freezes", holds._still_refunded, "failed.amount for", "0 for", by=f"orders: payment, {NEW}"),
    Bug("a won dispute still freezes", holds._opened, 'f"dispute_won:{fact.dispute}" not in facts', "True", by=f"orders: subscription, {NEW}"),
    Bug("an inquiry freezes", events._read_dispute_created, '(dispute.status or "").startswith("warning_")', "False"),
    Bug("the period that was never paid counts", events._paid_until, 'reason in ("payment_failed", "payment_disputed")', "False"),
    Bug("the period's end is where it was before 2025 only", events._paid_until, "max(periods, default=subscription.current_period_end or 0)", "subscription.current_period_end or 0", by=f"orders: subscription, {NEW}"),
    Bug("expired beats frozen", licenses.license_status, "if license_holds(order_facts, license):", "if license_holds(order_facts, license) and not subscription_end(order_facts):", by=f"orders: subscription, {NEW}"),
    Bug("a fixed time counts from the minting", licenses._paid_at, "paid.at if paid else otherwise", "otherwise", by="schedules: a purchase told by two events"),
    Bug("an unpaid session is paid", events._payment_fact, 'payment_status == "unpaid"', "False"),
    # references
    Bug("a subscription's reference is not written", orders.Order.references.fget, "(self.payment_intent, self.subscription, self.invoice)", "(self.payment_intent, self.invoice)", by=f"orders: subscription, {NEW}"),
    Bug("Stripe is not asked for a renewal's subscription", client.StripeApi.subscription_of_invoice, 'return _call(call, permissions.INVOICES, f"invoice {invoice}")', "return None", by="crashes: the refund of a renewal"),
    Bug("an organization is missing from a reference's key", reference_key, 'f"{org}#ref#{reference}"', 'f"#ref#{reference}"', by=f"orders: subscription, {NEW}"),
    Bug("an organization is missing from a delivery's key", deliveries._key, 'f"{org}#{event}"', 'f"#{event}"'),
    Bug("an organization is missing from a license's id", licenses.license_id, "(org, order, line, str(unit))", "(order, line, str(unit))"),
    Bug("the live key is used in test mode", secrets.stripe_key, 'mode = "live" if livemode else "test"', 'mode = "live"', by=f"orders: subscription, {NEW}"),
    # minting
    Bug("a crash among many keys is not mended", mint._mint, "if not order.minted:", "if not order.minted and loaded.stored is None:", by="crashes: a purchase of sixty keys"),
    Bug("a late line mints all anew", mint._with_new_keys, "if license.id not in written", "if True", by="crashes: a purchase of sixty keys"),
    # effects, deliveries, audit
    Bug("a mail is marked as sent before it is", effects._send_email, "outside.mail().send(message, order.email)", "order.email", by=f"orders: subscription, {NEW}"),
    Bug("a stored 500 of Stripe's is asked for again and again", effects._write_metadata, "-{lease.holder}", ""),
    Bug("a failed mail is done", effects._attempt, "return Effect(PENDING, str(error), now)", "return Effect(DONE, str(error), now)"),
    Bug("a license born frozen is mailed once it is pardoned", orders.decide_email, "if not order.license_count or any(", "if True or any(", by="crashes: a purchase after its refund, which a person lifts"),
    Bug("a customer's older keys push out the newest", customers.with_keys, "reverse=True", "reverse=False"),
    Bug("a delivery is recorded before the transaction", worker._work_on, "outcome = with_current_secret(", "_record(work, deliveries.SUCCEEDED, ''); outcome = with_current_secret(", by=f"orders: subscription, {NEW}"),
    Bug("what should be tried again is done with", worker._work_on, "        raise\n", "        return\n"),
    Bug("a dead letter is not recorded", MODULES["dead_letters"].give_up, "deliveries.give_up(message.org, message.event, message.received_at, CRASHED, int(time.time()))", "False", by="crashes: a dead letter"),
    Bug("the audit entry is written by itself", fact_service._add, "*audit.put_entries(org, entries, source),", "", by=f"orders: subscription, {NEW}"),
    Bug("an expiry is recorded at every sweep", orders.next_expiry, "ends - set(order.expiries_recorded)", "ends"),
    Bug("a decision is not told", decide.decide, "*audit.put_entries(org, [entry], by)", "", by="decisions"),
    Bug("a key is logged", worker._log_outcome, "order=work.order", "order=work.order, steps_of=str(work.message.event)", by=f"orders: subscription, {NEW}"),
    # the door
    Bug("an event that was not queued is taken", MODULES["verifier"]._answer_to, 'return problem_response(503, "KeyStack cannot take the event just now: send it again later")', 'return json_response(200, {"received": True})'),
    Bug("any signature is good", signatures.is_signed, "return any(matches)", "return bool(matches)"),
    Bug("a replay is not sent", replay.replay, "refused = _send(org, [ready])", "refused = []", by="crashes: the replay once it is mapped"),
]  # fmt: skip


@contextlib.contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """Run with the bug while this lasts."""
    function: FunctionType = inspect.unwrap(bug.function)
    source = textwrap.dedent(inspect.getsource(function))
    source = source[source.index("def ") :]  # without its decorators
    assert source.count(bug.old) == 1, f"{bug.name}: its place is there {source.count(bug.old)} times"
    space: dict[str, Any] = {}
    exec(  # noqa: S102 - that is what planting is
        compile("from __future__ import annotations\n" + source.replace(bug.old, bug.new), "planted", "exec"),
        function.__globals__,
        space,
    )
    original, function.__code__ = function.__code__, space[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = original
