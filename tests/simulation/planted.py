"""Bugs that the suite plants in the handlers by itself, one at a time; each must be noticed.

A bug is a piece of a module's source, which is there once, and what it is replaced by. The code of the function around
it is swapped in place, so that whoever holds the function runs the bug.
"""

import __future__

import ast
import contextlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from keystack.domain import audit, customers, facts, holds, leases, licenses, minting, orders, plan_kinds
from keystack.fulfillment import apply_fact, effects, expire, mint, worker
from keystack.management import decide, replay
from keystack.storage import dynamodb, secrets
from keystack.storage.deliveries import deliveries
from keystack.storage.licenses import key_rings, references, table
from keystack.storage.licenses import licenses as stored_licenses
from keystack.storage.licenses import orders as stored_orders
from keystack.stripe import client, events, signatures

from simulation.account import NEW
from simulation.functions import MODULES

ANY = '"attribute_exists(pk) OR attribute_not_exists(pk)"'


@dataclass(frozen=True)
class Bug:
    name: str
    module: ModuleType
    old: str
    new: str
    by: str = "searched"  # which histories notice it


BUGS = [
    # conditions
    Bug("two handlers may both create an order", stored_orders, '"attribute_not_exists(pk)"', ANY, by="schedules: a free T-shirt, twice"),
    Bug(
        "an order is overwritten by who read it earlier",
        stored_orders,
        'return dynamodb.put(TABLE, item, "version = :version", {":version": version})',
        f"return dynamodb.put(TABLE, item, {ANY})", by="schedules: a late payment and its dispute"),
    Bug("a fact is written over another", stored_orders, '"version = :version",  # nothing came between', '"version <= :next AND :version <= :next",', by="schedules: a refund and an end"),
    Bug("a reference forgets what was parked meanwhile", references, '"SET #order = :order, version = :next REMOVE parked",\n        unchanged(found.version)', f'"SET #order = :order, version = :next REMOVE parked", {ANY} if not found.version else unchanged(found.version)', by="schedules: a purchase and its refund"),
    Bug("a fact is parked though the order came", references, '"SET parked = :parked, version = :next",\n        unchanged(found.version)', f'"SET parked = :parked, version = :next", {ANY} if not found.version else unchanged(found.version)', by="schedules: a purchase and its refund"),
    Bug("of two orders at once one loses its keys", key_rings, "unchanged(stored.version)", f"{ANY} if not stored.version else '(version >= :version OR version < :version)'", by="schedules: two purchases of one customer"),
    Bug("a key that is taken is given again", stored_licenses, 'dynamodb.put(TABLE, look_up, "attribute_not_exists(pk)")', f"dynamodb.put(TABLE, look_up, {ANY})"),
    Bug("the metadata may tell old keys", effects, "[update_effects(order, lease), current]", "[update_effects(order, lease)]", by="schedules: two purchases of one customer"),
    Bug("two work on one order's mail", leases, 'self.holder not in ("", by_other_than) and self.until > now', "False", by="schedules: a purchase told by two events"),
    Bug("a transaction made again is refused by itself", dynamodb, ', "ClientRequestToken": token', "", by="attempts"),
    Bug("two transactions have one token", dynamodb, "os.urandom(16).hex()", '"0" * 32', by="attempts"),
    Bug("the schedule records over a refund", expire, "update_facts(changed, stored.version),", "", by="crashes: a sweep"),
    # facts and holds
    Bug("the parked fact is forgotten", mint, "facts = with_facts(facts, reference.parked.values())", "pass", by=f"orders: subscription, {NEW}"),
    Bug("a fact is parked under one id only", apply_fact, "_park(org, found.values(), fact)", "_park(org, list(found.values())[:1], fact)", by=f"orders: subscription, {NEW}"),
    Bug("the latest report of a fact replaces the others", facts, "_join(known, fact)", "fact", by=f"orders: payment, {NEW}"),
    Bug("a replay opens a hold again", holds, 'f"lifted:{hold}" in facts', "False", by="decisions"),
    Bug("a larger refund is covered by a smaller one's pardon", holds, ">= int(amount)", ">= 0", by="decisions"),
    Bug("a part refunded freezes whatever the vendor says", MODULES["freezer"], "load_organization(work.org).freeze_on_partial_refund", "True", by="decisions"),
    Bug("a refund that failed still freezes", holds, "failed.amount for", "0 for", by=f"orders: payment, {NEW}"),
    Bug("a won dispute still freezes", holds, 'f"dispute_won:{fact.dispute}" not in facts', "True", by=f"orders: subscription, {NEW}"),
    Bug("an inquiry freezes", events, '(dispute.status or "").startswith("warning_")', "False"),
    Bug("the period that was never paid counts", events, 'reason in ("payment_failed", "payment_disputed")', "False"),
    Bug("the period's end is where it was before 2025 only", events, "max(periods, default=subscription.current_period_end or 0)", "subscription.current_period_end or 0", by=f"orders: subscription, {NEW}"),
    Bug("expired beats frozen", licenses, "if license_holds(order_facts, license):", "if license_holds(order_facts, license) and not subscription_end(order_facts):", by=f"orders: subscription, {NEW}"),
    Bug("a fixed time counts from the minting", plan_kinds, "return paid_at(facts, created_at) + ", "return created_at + ", by="schedules: a purchase told by two events"),
    Bug("an unpaid session is paid", events, 'payment_status == "unpaid"', "False"),
    # references
    Bug("a subscription's reference is not written", orders, "(self.payment_intent, self.subscription, self.invoice)", "(self.payment_intent, self.invoice)", by=f"orders: subscription, {NEW}"),
    Bug("Stripe is not asked for a renewal's subscription", client, 'return _call(call, permissions.INVOICES, f"invoice {invoice}")', "return None", by="crashes: the refund of a renewal"),
    Bug("an organization is missing from a reference's key", table, 'f"{org}#ref#{reference}"', 'f"#ref#{reference}"', by=f"orders: subscription, {NEW}"),
    Bug("an organization is missing from a delivery's key", deliveries, 'f"{org}#{event}"', 'f"#{event}"'),
    Bug("an organization is missing from a license's id", licenses, "(org, order, line, str(unit))", "(order, line, str(unit))"),
    Bug("the live key is used in test mode", secrets, 'mode = Mode.of(livemode)\n    fitting', 'mode = Mode.LIVE\n    fitting', by=f"orders: subscription, {NEW}"),
    # minting
    Bug("a crash among many keys is not mended", mint, "if not order.minted or gains_customer or parked:", "if gains_customer or parked:", by="crashes: a purchase of sixty keys"),
    Bug("a late line mints all anew", minting, " if license.id not in written", "", by="crashes: a purchase of sixty keys"),
    # effects, deliveries, audit
    Bug("a mail is marked as sent before it is", effects, "outside.mail().send(message, order.email)", "order.email", by=f"orders: subscription, {NEW}"),
    Bug("a stored 500 of Stripe's is asked for again and again", effects, "-{lease.holder}", ""),
    Bug("a failed mail is done", effects, "return Effect(EffectState.PENDING, str(error), now)", "return Effect(EffectState.DONE, str(error), now)"),
    Bug("a license born frozen is mailed once it is pardoned", minting, "if any(license_status(order.facts, license, now) is Status.ACTIVE for license in licenses):", "if True:", by="crashes: a purchase after its refund, which a person lifts"),
    Bug("a customer's older keys push out the newest", customers, "reverse=True", "reverse=False"),
    Bug("a delivery is recorded before the transaction", worker, "outcome = with_current_secret(", "deliveries.record(Delivery(message.org, message.event, message.received_at, DeliveryStatus.SUCCEEDED, '', {}, None), now); outcome = with_current_secret(", by=f"orders: subscription, {NEW}"),
    Bug("what should be tried again is done with", worker, "_try_again(received, work, error)\n        raise\n", "_try_again(received, work, error)\n        return\n"),
    Bug("a dead letter is not recorded", MODULES["dead_letters"], "deliveries.give_up(message.org, message.event, message.received_at, CRASHED, int(time.time()))", "False", by="crashes: a dead letter"),
    Bug("the audit entry is written by itself", apply_fact, "*put_entries(org, entries, arrived.source),", "", by=f"orders: subscription, {NEW}"),
    Bug("an expiry is recorded at every sweep", orders, " and end not in order.expiries_recorded", "", by="crashes: a sweep"),
    Bug("a license that stays frozen is told to have become so", audit, "if after is not before:", "if True:", by="decisions"),
    Bug("a decision is not told", decide, "*put_entries(org, [entry], by),\n", "\n", by="decisions"),
    Bug("a key is logged", worker, "order=work.order, steps=work.steps", "order=work.order, steps=work.steps, steps_of=str(work.message.event)", by=f"orders: subscription, {NEW}"),
    # the door
    Bug("an event that was not queued is taken", MODULES["verifier"], 'return problem_response(503, "KeyStack cannot take the event just now: send it again later")', 'return json_response(200, {"received": True})'),
    Bug("any signature is good", signatures, "return any(matches)", "return bool(matches)"),
    Bug("a replay is not sent", replay, "refused = _send(org, [ready])", "refused = []", by="crashes: the replay once it is mapped"),
]  # fmt: skip


@contextlib.contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """Run with the bug while this lasts."""
    path, function = place(bug)
    definition = _definition(inspect.getsource(bug.module).replace(bug.old, bug.new), path)
    definition.decorator_list = []
    space: dict[str, Any] = {}
    exec(  # noqa: S102 - that is what planting is
        compile(ast.Module([definition], []), "planted", "exec", flags=__future__.annotations.compiler_flag),
        function.__globals__,
        space,
    )
    original, function.__code__ = function.__code__, space[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = original


def place(bug: Bug) -> tuple[list[str], FunctionType]:
    """Find the function around the bug's place: its name (after its class's, if it is a method), and itself."""
    source = inspect.getsource(bug.module)
    assert source.count(bug.old) == 1, f"{bug.name}: its place is there {source.count(bug.old)} times"
    line = source[: source.index(bug.old)].count("\n") + 1
    path: list[str] = []
    node: ast.AST = ast.parse(source)
    while isinstance(node, ast.Module | ast.ClassDef):
        around = [each for each in node.body if each.lineno <= line <= (each.end_lineno or 0)]
        assert around, f"{bug.name}: its place is no line of code"
        [node] = around
        assert isinstance(node, ast.ClassDef | ast.FunctionDef), f"{bug.name}: its place is in no function"
        path.append(node.name)
    found: Any = bug.module
    for name in path:
        found = inspect.getattr_static(found, name)
    getter: Any = found.fget if isinstance(found, property) else found
    function = inspect.unwrap(getter)
    assert isinstance(function, FunctionType), bug.name
    return path, function


def _definition(source: str, path: list[str]) -> ast.FunctionDef:
    node: ast.Module | ast.ClassDef | ast.FunctionDef = ast.parse(source)
    for name in path:
        [node] = [each for each in node.body if isinstance(each, ast.ClassDef | ast.FunctionDef) and each.name == name]
    assert isinstance(node, ast.FunctionDef)
    return node
