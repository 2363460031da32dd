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

from keystack.domain import (
    audit,
    billing,
    customers,
    disputes,
    facts,
    following,
    grants,
    holds,
    invoices,
    leases,
    licenses,
    minting,
    observations,
    orders,
    plan_kinds,
    refunds,
    status,
)
from keystack.fulfillment import apply_fact, charges, doorbells, effects, expire, known, worker
from keystack.management import decide, replay
from keystack.storage import dynamodb, secrets
from keystack.storage.deliveries import deliveries
from keystack.storage.licenses import key_rings, references, table
from keystack.storage.licenses import licenses as stored_licenses
from keystack.storage.licenses import orders as stored_orders
from keystack.stripe import events, signatures
from keystack.stripe import references as charge_references
from keystack.stripe.objects import charges as charge_objects
from keystack.stripe.objects import refunds as refund_objects
from keystack.stripe.objects import subscriptions as subscription_objects

from simulation.functions import MODULES
from simulation.stripe_account.objects import NEW

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
    Bug("a reference forgets what was parked meanwhile", references, 'REMOVE {\', \'.join(gone)}",\n        unchanged(found.version)', f'REMOVE {{\', \'.join(gone)}}", {ANY} if not found.version else unchanged(found.version)', by="schedules: a purchase and its refund"),
    Bug("a fact is parked though the order came", references, "REMOVE expires'}\",\n        unchanged(found.version)", f"REMOVE expires'}}\", {ANY} if not found.version else unchanged(found.version)", by="schedules: a purchase and its refund"),
    Bug("of two orders at once one loses its keys", key_rings, "unchanged(stored.version)", f"{ANY} if not stored.version else '(version >= :version OR version < :version)'", by="schedules: two purchases of one customer"),
    Bug("a key that is taken is given again", stored_licenses, 'dynamodb.put(TABLE, look_up, "attribute_not_exists(pk)")', f"dynamodb.put(TABLE, look_up, {ANY})"),
    Bug("the metadata may tell old keys", effects, "[update_effects(order, lease), current]", "[update_effects(order, lease)]", by="schedules: two purchases of one customer"),
    Bug("two work on one order's mail", leases, 'self.holder not in ("", by_other_than) and self.until > now', "False", by="schedules: a purchase told by two events"),
    Bug("a transaction made again is refused by itself", dynamodb, ', "ClientRequestToken": token', "", by="attempts"),
    Bug("two transactions have one token", dynamodb, "os.urandom(16).hex()", '"0" * 32', by="attempts"),
    Bug("the schedule records over a refund", expire, "update_facts(changed, stored.version),", "", by="crashes: a sweep"),
    # facts and holds
    Bug("the parked fact is forgotten", known, "facts = with_facts(facts, reference.parked.values())", "pass", by=f"orders: subscription, {NEW}"),
    Bug("a fact is parked under one id only", apply_fact, "park(arrived.org, found.values(), [fact])", "park(arrived.org, list(found.values())[:1], [fact])", by=f"orders: subscription, {NEW}"),
    Bug("the latest report of a fact replaces the others", facts, "_join(known, fact)", "fact", by=f"orders: payment, {NEW}"),
    Bug("a replay opens a hold again", holds, 'f"lifted:{hold}" in facts', "False", by="decisions"),
    Bug("a larger refund is covered by a smaller one's pardon", holds, ">= int(amount)", ">= 0", by="decisions"),
    Bug("a part refunded freezes whatever the vendor says", charges, "freezes=_is_whole(fact) or self.freezes", "freezes=True", by="decisions"),
    Bug("a refund that failed still freezes", refunds, "failed.amount for", "0 for", by=f"orders: payment, {NEW}"),
    Bug(
        "a won dispute still freezes",
        holds,
        "if not fact.state.holds or (",
        "if (",
        by=f"disputes: the order, {NEW}",
    ),
    Bug("an inquiry freezes", disputes, "DisputeStatus.WARNING_UNDER_REVIEW:\n                return False", "DisputeStatus.WARNING_UNDER_REVIEW:\n                return True"),
    Bug("a prevented dispute freezes though no money was taken", disputes, "return self.took_money", "return True", by=f"disputes: the order, {NEW}"),
    Bug("an earlier outcome of a dispute replaces a later one", observations, "return max(one, other", "return min(one, other", by=f"disputes: the order, {NEW}"),
    Bug(
        "a refund that was canceled still freezes",
        refund_objects,
        "case RefundStatus.FAILED | RefundStatus.CANCELED:\n                return True\n            case RefundStatus.PENDING",
        "case RefundStatus.FAILED:\n                return True\n            case RefundStatus.CANCELED | RefundStatus.PENDING",
        by="crashes: a refund that is canceled",
    ),
    Bug("a renewal's refund freezes what is for life", status, "hold.concern is not Concern.SUBSCRIPTION or settled is None or settled.recurs", "True", by=f"refunds: a renewal, {NEW}"),
    Bug("a proration's refund freezes the order", invoices, "return Concern.SUBSCRIPTION if self.periods else Concern.PART", "return Concern.ORDER", by=f"refunds: a proration, {NEW}"),
    Bug("the hold of a renewal stays though a later period is paid", holds, "or 0) > until", "or 0) > until + 10**9", by=f"refunds: a renewal, {NEW}"),
    Bug("one payment of an invoice is taken for all", refunds, "sum(still_given_back(facts, charge) for charge in charges) >= report.paid", "report.full"),
    Bug("what nobody captured is given back", charge_objects, "charge.amount_refunded - max(0, charge.amount - captured)", "charge.amount_refunded"),
    Bug("the period that was never paid counts", billing, "is_latest_paid(state, facts) is not None", "False", by="lives: deleted first"),
    Bug("a period that was given back counts", billing, "was_given_back(facts, item)", "False", by="lives: refund first"),
    Bug("an unpaid subscription is valid", holds, "case SubscriptionStatus.UNPAID:", "case SubscriptionStatus.UNPAID if False:", by="crashes: a subscription that is unpaid"),
    Bug("a paused subscription is valid", holds, "case SubscriptionStatus.PAUSED:", "case SubscriptionStatus.PAUSED if False:"),
    Bug("a cancellation that is taken back still ends it", billing, "state is None or state.ends is None", "state is None"),
    Bug("fewer units freeze the oldest", grants, "return place > sum(", "return place < 1 + sum(", by="crashes: fewer units"),
    Bug("more units mint nothing", following, "if count > 0:", "if False:", by="crashes: more units"),
    Bug("the plan stays when the price changes", grants, "if award is None:", "if True:", by="crashes: an upgrade"),
    Bug("an item that is removed is kept", following, "replace(now, removed_at=at)", "now", by="crashes: an item that is removed"),
    Bug("an item that is added earns nothing", following, "yield replace(result, item=item.id)", "pass", by="crashes: an item that is added"),
    Bug("an answer that was overtaken counts", observations, "return known.at, known.answer + 1", "return known.at, 0", by="schedules: two changes"),
    Bug("a payment's event that crashed finds its order no more", doorbells, "found.pending or found.paid_by == source", "found.pending", by="crashes: a payment that is captured"),
    Bug("the period's end is where it was before 2025 only", subscription_objects, "period_end = item.current_period_end\n", "period_end = None\n", by=f"orders: subscription, {NEW}"),
    Bug("expired beats frozen", status, "if any(hold.has_begun(now) for hold in license_holds(order, license)):", "if any(hold.has_begun(now) for hold in license_holds(order, license)) and not expires_at(order, license):", by=f"orders: subscription, {NEW}"),
    Bug("a fixed time counts from the minting", plan_kinds, "return paid_at(facts, created_at) + ", "return created_at + ", by="schedules: a purchase told by two events"),
    Bug("an unpaid session is paid", events, "if needs_no_more(status):", "if True:"),
    # references
    Bug("a subscription's reference is not written", orders, "(self.payment_intent, self.subscription, self.invoice)", "(self.payment_intent, self.invoice)", by=f"orders: subscription, {NEW}"),
    Bug("Stripe is not asked for a renewal's subscription", charge_references, "if invoice.subscription:", "if False:", by="crashes: the refund of a renewal"),
    Bug("an organization is missing from a reference's key", table, 'f"{org}#ref#{reference}"', 'f"#ref#{reference}"', by=f"orders: subscription, {NEW}"),
    Bug("an organization is missing from a delivery's key", deliveries, 'f"{org}#{event}"', 'f"#{event}"'),
    Bug("an organization is missing from a license's id", licenses, "(org, order, line, str(unit))", "(order, line, str(unit))"),
    Bug("the live key is used in test mode", secrets, 'mode = Mode.of(livemode)\n    fitting', 'mode = Mode.LIVE\n    fitting', by=f"orders: subscription, {NEW}"),
    # minting
    Bug(
        "a crash among many keys is not mended",
        known,
        "return not stored.order.minted or (",
        "return (",
        by="crashes: a purchase of sixty keys",
    ),
    Bug("a late line mints all anew", minting, " if license.id not in written", "", by="crashes: a purchase of sixty keys"),
    # effects, deliveries, audit
    Bug("a mail is marked as sent before it is", effects, "outside.mail().send(message, order.email)", "order.email", by=f"orders: subscription, {NEW}"),
    Bug("a stored 500 of Stripe's is asked for again and again", effects, "-{lease.holder}", ""),
    Bug("a failed mail is done", effects, "return Effect(EffectState.PENDING, str(error), now)", "return Effect(EffectState.DONE, str(error), now)"),
    Bug("a license born frozen is mailed once it is pardoned", minting, "if any(license_status(order, license, now) is Status.ACTIVE for license in licenses):", "if True:", by="crashes: a purchase after its refund, which a person lifts"),
    Bug("a customer's older keys push out the newest", customers, "reverse=True", "reverse=False"),
    Bug("a delivery is recorded before the transaction", worker, "outcome = with_current_secret(", "deliveries.record(Delivery(message.org, message.event, message.received_at, DeliveryStatus.SUCCEEDED, '', {}, None), now); outcome = with_current_secret(", by=f"orders: subscription, {NEW}"),
    Bug("what should be tried again is done with", worker, "_try_again(received, work, error)\n        raise\n", "_try_again(received, work, error)\n        return\n"),
    Bug("a dead letter is not recorded", MODULES["dead_letters"], "deliveries.give_up(message.org, message.event, message.received_at, CRASHED, int(time.time()))", "False", by="crashes: a dead letter"),
    Bug("the audit entry is written by itself", apply_fact, "*put_entries(org, entries, arrived.source),", "", by=f"orders: subscription, {NEW}"),
    Bug("an expiry is recorded at every sweep", status, " if time not in order.expiries_recorded", "", by="crashes: a sweep"),
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
