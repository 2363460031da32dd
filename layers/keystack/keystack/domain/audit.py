"""The audit log's words: every action, and every entry, built from the state before and after.

A word about a license is true of its status: `license.frozen` is said only where a status became frozen.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, assert_never

from keystack.domain.facts import (
    AwaitingPayment,
    Disputed,
    DisputeWon,
    OrderFact,
    OrderFacts,
    Paid,
    PaymentFailed,
    Refunded,
    RefundFailed,
    SubscriptionDeleted,
    is_paid,
)
from keystack.domain.holds import open_holds
from keystack.domain.licenses import License, Status, expires_at, license_status
from keystack.domain.orders import Order, licenses_of


class Action(StrEnum):
    ORDER_CREATED = "order.created"
    ORDER_PENDING = "order.pending"
    ORDER_PAYMENT_FAILED = "order.payment_failed"
    LICENSE_ISSUED = "license.issued"
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
    alike = _alike(_with_unwritten(after, licenses))
    changes: Transitions = Counter()
    for each, count in alike:
        changes[license_status(before.facts, each, now), license_status(after.facts, each, now)] += count
    action, detail = _describe(before, after, fact, [each for each, _ in alike], changes, now)
    key = fact.id if fact.id not in before.facts else repr(fact)
    return order_entry(after, key, action, {**detail, **_count_of(action, changes)})


def expiry_entry(order: Order, end: int, licenses: Iterable[License], now: int) -> AuditEntry:
    """Tell that the time `end` has passed, at which licenses of the order expire."""
    changes: Transitions = Counter()
    for each, count in _alike(licenses):
        if expires_at(order.facts, each) == end:
            change = license_status(order.facts, each, end - 1), license_status(order.facts, each, now)
            changes[change] += count
    action = _action_of(changes, Action.EXPIRY_PASSED)
    return order_entry(order, f"expired:{end}", action, {"expires_at": end, **_count_of(action, changes)})


def issued_entry(order: Order, lines: Iterable[str], count: int) -> AuditEntry:
    """Tell that an order that was there already got more licenses, for these lines."""
    names = ",".join(lines)
    return order_entry(order, f"issued:{names}", Action.LICENSE_ISSUED, {"licenses": count, "lines": names})


def born_frozen_entry(order: Order, licenses: Sequence[License], holds: Iterable[str]) -> AuditEntry:
    """Tell that new licenses are frozen from the beginning, by holds that were open before there was a license."""
    lines = ",".join(sorted({license.line for license in licenses}))
    return order_entry(
        order,
        f"frozen:{lines}",
        Action.LICENSE_FROZEN,
        {"holds": list(holds), "lines": lines, "licenses": len(licenses)},
    )


def decision_entry(
    order: Order, before: License, after: License, otherwise: Action, detail: Mapping[str, Any], now: int
) -> AuditEntry:
    """Tell what a person decided about one license; `otherwise` is the word when its status stays."""
    change = license_status(order.facts, before, now), license_status(order.facts, after, now)
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
                case Status.ACTIVE if before is Status.FROZEN:
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


def _alike(licenses: Iterable[License]) -> Alike:
    """Count those that share kind, end and facts: a thousand alike have one status."""
    found: dict[tuple[object, ...], tuple[License, int]] = {}
    for each in licenses:
        key = each.kind, each.duration_days, each.created_at, tuple(sorted(map(repr, each.facts.values())))
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
    lifted = bool(licenses) and bool(_hold_ids(before.facts) - _hold_ids(after.facts))
    match fact:
        case Paid():
            return Action.ORDER_CREATED, {"livemode": after.livemode, "licenses": after.license_count}
        case AwaitingPayment():
            return Action.ORDER_PENDING, {"paid": is_paid(before.facts)}
        case PaymentFailed():
            return Action.ORDER_PAYMENT_FAILED, {"paid": is_paid(before.facts)}
        case Refunded():
            detail = {"charge": fact.charge, "amount_refunded": fact.amount, "full": fact.full}
            detail |= {"hold": fact.id} if fact.id in _hold_ids(after.facts) else {}
            return _action_of(changes, Action.REFUND_RECORDED if fact.full else Action.REFUND_PARTIAL), detail
        case RefundFailed():
            detail = {"charge": fact.charge, "refund": fact.refund, "amount": fact.amount}
            return _action_of(changes, Action.HOLD_LIFTED if lifted else Action.REFUND_FAILED), detail
        case Disputed():
            return _action_of(changes, Action.DISPUTE_RECORDED), {"hold": fact.id, "charge": fact.charge}
        case DisputeWon():
            return _action_of(changes, Action.HOLD_LIFTED if lifted else Action.DISPUTE_WON), {"dispute": fact.dispute}
        case SubscriptionDeleted():
            expiring = _expiring(before, after, licenses, now)
            otherwise = Action.LICENSE_EXPIRING if expiring else Action.SUBSCRIPTION_DELETED
            detail = {"subscription": fact.subscription, "expires_at": fact.expires_at}
            is_known = fact.expires_at in before.expiries_recorded  # that end is in the log already
            return (Action.SUBSCRIPTION_DELETED if is_known else _action_of(changes, otherwise)), detail
        case _:
            assert_never(fact)


def _hold_ids(facts: OrderFacts) -> set[str]:
    return {hold.id for hold in open_holds(facts)}


def _expiring(before: Order, after: Order, licenses: list[License], now: int) -> bool:
    """Tell whether a license that is active now has another end than before."""
    return any(
        license_status(after.facts, each, now) is Status.ACTIVE
        and expires_at(before.facts, each) != expires_at(after.facts, each)
        for each in licenses
    )
