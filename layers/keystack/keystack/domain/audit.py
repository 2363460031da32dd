"""The audit log's words: every action, and every entry, built from the state before and after.

A word about a license is true of its status: `license.frozen` is said only where a status became frozen.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, assert_never

from keystack.domain.billing import paid_through, subscription_end, subscription_seen
from keystack.domain.disputes import DisputeStatus
from keystack.domain.facts import (
    AwaitingPayment,
    Concern,
    Disputed,
    FirstInvoice,
    OrderFact,
    OrderFacts,
    Paid,
    PaymentFailed,
    PaymentMissed,
    PeriodPaid,
    Refunded,
    RefundFailed,
    SubscriptionSeen,
    is_paid,
)
from keystack.domain.grants import as_granted, is_surplus
from keystack.domain.holds import open_holds
from keystack.domain.licenses import License
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plans import Settled
from keystack.domain.refunds import is_given_back
from keystack.domain.status import Status, expires_at, license_holds, license_status, times_of


class Action(StrEnum):
    ORDER_CREATED = "order.created"
    ORDER_PENDING = "order.pending"
    ORDER_PAYMENT_FAILED = "order.payment_failed"
    LICENSE_ISSUED = "license.issued"
    LICENSE_CHANGED = "license.changed"
    LICENSE_FROZEN = "license.frozen"
    LICENSE_REACTIVATED = "license.reactivated"
    LICENSE_REVOKED = "license.revoked"
    LICENSE_EXPIRING = "license.expiring"
    LICENSE_EXPIRED = "license.expired"
    LICENSE_KEY_REVEALED = "license.key_revealed"
    HOLD_OPENED = "hold.opened"
    HOLD_LIFTED = "hold.lifted"
    REFUND_RECORDED = "refund.recorded"
    REFUND_PARTIAL = "refund.partial"
    REFUND_FAILED = "refund.failed"
    DISPUTE_RECORDED = "dispute.recorded"
    DISPUTE_WON = "dispute.won"
    SUBSCRIPTION_CHANGED = "subscription.changed"
    SUBSCRIPTION_DELETED = "subscription.deleted"
    EXPIRY_PASSED = "expiry.passed"
    EMAIL_REQUESTED = "email.requested"
    EMAIL_TESTED = "email.tested"
    PLAN_CREATED = "plan.created"
    PLAN_CHANGED = "plan.changed"
    PLAN_DELETED = "plan.deleted"
    MAPPING_CREATED = "mapping.created"
    MAPPING_CHANGED = "mapping.changed"
    MAPPING_DELETED = "mapping.deleted"
    API_KEY_CREATED = "api_key.created"
    API_KEY_CHANGED = "api_key.changed"
    API_KEY_DELETED = "api_key.deleted"
    SETTINGS_CREATED = "settings.created"
    SETTINGS_CHANGED = "settings.changed"
    SESSION_CREATED = "session.created"
    SESSION_ENDED = "session.ended"
    SIGN_IN_LINK_CREATED = "sign_in_link.created"


@dataclass(frozen=True)
class AuditEntry:
    """What happened to `subject` (an order's id, or `plan:pro` and the like).

    An order's entry has an id that follows from the fact, so it exists once. `livemode` is the order's; configuration
    is of both modes and has None.
    """

    id: str
    action: Action
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    livemode: bool | None = None


Alike = list[tuple[License, int]]  # one of licenses that are alike, and how many they are
Transitions = Counter[tuple[Status, Status]]  # from one status to another, and how many licenses go so


def order_entry(order: Order, key: str, action: Action, detail: Mapping[str, Any]) -> AuditEntry:
    """Build an entry about an order; `key` tells it from the order's others."""
    return AuditEntry(order_entry_id(order, key), action, order.id, detail, order.livemode)


def order_entry_id(order: Order, key: str) -> str:
    """Name the entry of an order's `key`; that of a fact that became known has the fact's id as key."""
    return hashlib.sha256("\n".join((order.org, order.id, key)).encode("utf-8", "replace")).hexdigest()[:26]


def fact_entry(before: Order, after: Order, fact: OrderFact, licenses: Iterable[License], now: int) -> AuditEntry:
    """Tell that `fact` became known. `licenses`: those of the order, with what persons decided about them."""
    groups = alike(after, _with_unwritten(after, licenses))
    changes = _transitions(before, after, groups, now)
    action, detail = _describe(before, after, fact, [each for each, _ in groups], changes, now)
    key = fact.id if fact.id not in before.facts else repr(fact)
    return order_entry(after, key, action, {**detail, **_count_of(action, changes)})


def expiry_entry(order: Order, end: int, licenses: Iterable[License], now: int) -> AuditEntry:
    """Tell that the time `end` has passed, at which licenses of the order expire, or freeze."""
    changes: Transitions = Counter()
    for each, count in alike(order, licenses):
        if end in times_of(order, each):
            changes[_change_by_time(order, each, end, now)] += count
    action = _action_of(changes, Action.EXPIRY_PASSED)
    return order_entry(order, f"expired:{end}", action, {"expires_at": end, **_count_of(action, changes)})


def _change_by_time(order: Order, license: License, end: int, now: int) -> tuple[Status, Status]:
    """Say what became of a license at the time `end`; what froze it since then has an entry of its own."""
    before, after = license_status(order, license, end - 1), license_status(order, license, now)
    froze_then = any(hold.begins == end for hold in license_holds(order, license))
    return (after if after is Status.FROZEN and not froze_then else before), after


def followed_entries(before: Order, after: Order, licenses: Iterable[License], now: int) -> list[AuditEntry]:
    """Tell that the licenses followed the subscription's items, in a word for each change of a status.

    None if the plan, the seats and the status of each are the same.
    """
    changes, granted = Counter[tuple[Status, Status]](), 0
    for each in licenses:
        changes[license_status(before, each, now), license_status(after, each, now)] += 1
        granted += as_granted(before, each) != as_granted(after, each)
    words = {
        _action_of([change], Action.HOLD_LIFTED) for change, _ in changes.items() if change[0] is not change[1]
    } or ({Action.LICENSE_CHANGED} if granted else set())
    detail = {"items": [_item_in_words(settled) for settled in after.settled if settled.current], "changed": granted}
    state = repr((subscription_seen(after.facts), [settled.current for settled in after.settled]))
    return [
        order_entry(after, f"followed:{word}:{state}", word, {**detail, **_count_of(word, changes)})
        for word in sorted(words)
    ]


def issued_entry(order: Order, lines: Iterable[str], count: int, in_all: int | None = None) -> AuditEntry:
    """Tell that an order that was there already got more licenses, for these lines; `in_all`: if it may again."""
    names = ",".join(lines)
    key = f"issued:{names}" if in_all is None else f"issued:{names}:{in_all}"
    return order_entry(order, key, Action.LICENSE_ISSUED, {"licenses": count, "lines": names})


def born_frozen_entry(order: Order, born: Alike, holds: Iterable[str]) -> AuditEntry:
    """Tell that new licenses are frozen from the beginning, by holds that were open before they were there."""
    key, detail = _born("frozen", order, born)
    return order_entry(order, key, Action.LICENSE_FROZEN, {"holds": list(holds), **detail})


def born_expired_entry(order: Order, born: Alike, end: int) -> AuditEntry:
    """Tell that new licenses are expired from the beginning: what they were paid for ended at `end`."""
    key, detail = _born(f"expired:{end}", order, born)
    return order_entry(order, key, Action.LICENSE_EXPIRED, {"expires_at": end, **detail})


def _born(what: str, order: Order, born: Alike) -> tuple[str, dict[str, Any]]:
    lines = ",".join(sorted({license.line for license, _ in born}))
    key = f"{what}:{lines}:{order.license_count}"  # a line may get more licenses one day
    return key, {"lines": lines, "licenses": sum(count for _, count in born)}


def decision_entry(
    order: Order, before: License, after: License, otherwise: Action, detail: Mapping[str, Any], now: int
) -> AuditEntry:
    """Tell what a person decided about one license; `otherwise` is the word when its status stays."""
    change = license_status(order, before, now), license_status(order, after, now)
    key = "\n".join((after.id, *sorted(after.facts)))  # facts are only added, so each decision has a key of its own
    return order_entry(order, key, _action_of([change], otherwise), {"license": after.id, **detail})


def revealed_entry(order: Order, license: str, unique: str, by: str) -> AuditEntry:
    """Tell that a person was shown a license's whole key; `unique` makes the entry's id."""
    return order_entry(order, unique, Action.LICENSE_KEY_REVEALED, {"license": license, "by": by})


def configuration_entry(action: Action, name: str, unique: str, detail: Mapping[str, Any]) -> AuditEntry:
    """Tell that the plan, mapping, API key, setting or session `name` was created, changed or deleted.

    `unique` makes the entry's id. The subject is `plan:pro`: the colon keeps it apart from an order's id.
    """
    return AuditEntry(unique, action, f"{action.partition('.')[0]}:{name}", detail)


def _action_of(changes: Iterable[tuple[Status, Status]], otherwise: Action) -> Action:
    """Name what became of licenses by their statuses before and after; `otherwise` if no status changed."""
    for before, after in sorted(changes):
        if after is not before:
            match after:
                case Status.FROZEN:
                    return Action.LICENSE_FROZEN
                case Status.REVOKED:
                    return Action.LICENSE_REVOKED
                case Status.ACTIVE:
                    return Action.LICENSE_REACTIVATED
                case Status.EXPIRED if before is Status.ACTIVE:
                    return Action.LICENSE_EXPIRED
    return otherwise


def _count_of(action: Action, changes: Transitions) -> dict[str, int]:
    """Say of how many licenses the word is true that they became frozen, or expired."""
    match action:
        case Action.LICENSE_FROZEN:
            counts = [n for (before, after), n in changes.items() if after is Status.FROZEN and before is not after]
        case Action.LICENSE_EXPIRED:
            counts = [n for change, n in changes.items() if change == (Status.ACTIVE, Status.EXPIRED)]
        case _:
            return {}
    return {"licenses": sum(counts)}


def _transitions(before: Order, after: Order, groups: Alike, now: int) -> Transitions:
    changes: Transitions = Counter()
    for each, count in groups:
        changes[license_status(before, each, now), license_status(after, each, now)] += count
    return changes


def _item_in_words(settled: Settled) -> str:
    now = settled.current
    if now is None or now.removed_at is not None:
        return f"{settled.item or settled.line.id} is gone"
    return f"{settled.item or settled.line.id}: {now.quantity} x {now.price}"


def alike(order: Order, licenses: Iterable[License]) -> Alike:
    """Count those that share line, kind, end and facts: a thousand alike have one status."""
    found: dict[tuple[object, ...], tuple[License, int]] = {}
    changed = {settled.line.id: settled for settled in order.settled if settled.current}
    for each in licenses:
        own, granted = changed.get(each.line), each
        if own:
            granted = as_granted(order, each)
        kind = granted.kind, granted.duration_days, own is not None and is_surplus(own, each.unit)
        key = each.line, kind, each.created_at, tuple(sorted(map(repr, each.facts.values())))
        first, count = found.get(key, (each, 0))
        found[key] = first, count + 1
    return list(found.values())


def _with_unwritten(order: Order, licenses: Iterable[License]) -> list[License]:
    """Add the order's licenses that are not written yet, while a large order is being minted."""
    written = list(licenses)
    if not written or len(written) >= order.license_count:
        return written
    known = {each.id for each in written}
    return [*written, *(each for each, _ in licenses_of(order) if each.id not in known)]


def _describe(
    before: Order, after: Order, fact: OrderFact, licenses: list[License], changes: Transitions, now: int
) -> tuple[Action, dict[str, Any]]:
    held = any("revoked" not in each.facts for each in licenses)
    lifted = held and bool(_hold_ids(before.facts) - _hold_ids(after.facts))
    match fact:
        case Paid():
            return Action.ORDER_CREATED, {"livemode": after.livemode, "licenses": after.license_count}
        case AwaitingPayment():
            return Action.ORDER_PENDING, {"paid": is_paid(before.facts)}
        case PaymentFailed():
            return Action.ORDER_PAYMENT_FAILED, {"paid": is_paid(before.facts)}
        case Refunded():
            return _describe_refund(after, fact, changes)
        case RefundFailed():
            detail = {"charge": fact.charge, "refund": fact.refund, "amount": fact.amount, "canceled": fact.canceled}
            return _action_of(changes, Action.HOLD_LIFTED if lifted else Action.REFUND_FAILED), detail
        case Disputed():
            detail = {"hold": fact.id, "charge": fact.charge, "dispute": fact.dispute, "status": fact.state.status}
            otherwise = Action.DISPUTE_WON if fact.state.status is DisputeStatus.WON else Action.DISPUTE_RECORDED
            return _action_of(changes, Action.HOLD_LIFTED if lifted else otherwise), detail
        case SubscriptionSeen():
            return _describe_subscription(before, after, fact, licenses, changes, now)
        case PeriodPaid() | PaymentMissed() | FirstInvoice():
            detail = {"invoice": fact.invoice, "paid_through": paid_through(after.facts)}
            return _action_of(changes, Action.HOLD_LIFTED if lifted else Action.SUBSCRIPTION_CHANGED), detail
        case _:
            assert_never(fact)


def _describe_refund(after: Order, fact: Refunded, changes: Transitions) -> tuple[Action, dict[str, Any]]:
    said = {name: each for name, each in after.facts.items() if not isinstance(each, RefundFailed)}
    whole = fact.concern is not Concern.PART and is_given_back(said, fact)  # also if it failed since
    detail = {"charge": fact.charge, "amount_refunded": fact.amount, "full": whole}
    detail |= {"hold": fact.id} if fact.id in _hold_ids(after.facts) else {}
    return _action_of(changes, Action.REFUND_RECORDED if whole else Action.REFUND_PARTIAL), detail


def _describe_subscription(
    before: Order, after: Order, fact: SubscriptionSeen, licenses: list[License], changes: Transitions, now: int
) -> tuple[Action, dict[str, Any]]:
    end = subscription_end(after.facts)
    detail = {"subscription": fact.subscription, "status": fact.state.status, "expires_at": end}
    otherwise = Action.SUBSCRIPTION_DELETED if fact.state.has_ended else Action.SUBSCRIPTION_CHANGED
    is_told = end in before.expiries_recorded  # that end is in the log already
    if end is not None and not is_told and _expiring(before, after, licenses, now):
        otherwise = Action.LICENSE_EXPIRING
    action = _action_of(changes, otherwise)
    return (otherwise if is_told and action is Action.LICENSE_EXPIRED else action), detail


def _hold_ids(facts: OrderFacts) -> set[str]:
    return {hold.id for hold in open_holds(facts)}


def _expiring(before: Order, after: Order, licenses: list[License], now: int) -> bool:
    """Tell whether a license that is active now has another end than before."""
    return any(
        license_status(after, each, now) is Status.ACTIVE and expires_at(before, each) != expires_at(after, each)
        for each in licenses
    )
