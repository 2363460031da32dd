"""An order: one Checkout Session or one call of the API, its facts, and what each new fact changes.

`order × fact → order, audit entries`. Times are Unix seconds. Nothing here knows Stripe's shapes or a table.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from keystack.domain.facts import (
    AwaitingPayment,
    Disputed,
    DisputeWon,
    Fact,
    Facts,
    Held,
    HoldLifted,
    Paid,
    PaymentFailed,
    Refunded,
    RefundFailed,
    Revoked,
    SubscriptionDeleted,
    is_paid,
    with_fact,
)
from keystack.domain.holds import open_holds
from keystack.domain.licenses import DAY, License, Status, license_id, license_status, subscription_end
from keystack.domain.plans import MAX_LICENSES, Settled
from keystack.errors import ActionNeededError

DONE, SKIPPED, FAILED, PENDING = "done", "skipped", "failed", "pending"
EMAIL, METADATA = "email", "metadata"


@dataclass(frozen=True)
class Effect:
    """What became of one effect: done, skipped (why), failed (why) or pending."""

    state: str = PENDING
    reason: str = ""
    at: int | None = None

    @property
    def told(self) -> str:
        """As a delivery shows it: `done`, `skipped: guest checkout …`."""
        return f"{self.state}: {self.reason}" if self.reason else self.state


@dataclass(frozen=True)
class Order:
    """`id` is the Checkout Session's, or `ord_…`. `minted` tells whether every settled line has all its licenses.

    `request` is the hash of the API's call that issued it, empty for one that the webhook's line items made.
    """

    org: str
    id: str
    livemode: bool
    created_at: int
    email: str | None = None
    name: str | None = None
    customer: str = ""
    stripe_customer: str | None = None
    payment_intent: str | None = None
    subscription: str | None = None
    invoice: str | None = None
    facts: Facts = field(default_factory=dict)
    settled: tuple[Settled, ...] = ()
    minted: bool = True
    effects: Mapping[str, Effect] = field(default_factory=dict)
    expiries_recorded: tuple[int, ...] = ()
    request: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def references(self) -> tuple[str, ...]:
        """The Stripe ids under which the order must be found."""
        return tuple(ref for ref in (self.payment_intent, self.subscription, self.invoice) if ref)

    @property
    def waiting_effects(self) -> frozenset[str]:
        """The effects that are not done and not rightly skipped."""
        return frozenset(name for name, effect in self.effects.items() if effect.state in (PENDING, FAILED))

    @property
    def license_count(self) -> int:
        return sum(settled.license_count for settled in self.settled)


@dataclass(frozen=True)
class AuditEntry:
    """What happened to `subject` (an order's or a license's id). `id` follows from the fact, so it exists once."""

    id: str
    action: str
    subject: str
    at: int
    detail: Mapping[str, Any] = field(default_factory=dict)


def record_fact(order: Order, fact: Fact, now: int) -> tuple[Order, list[AuditEntry]]:
    """Add `fact` to `order`; no entry when it says nothing new."""
    facts = with_fact(order.facts, fact)
    if facts is order.facts:
        return order, []
    changed = replace(order, facts=facts)
    joined = facts[fact.id]
    if fact.id in order.facts and _outcome(changed) == _outcome(order):
        return changed, []  # a second report of a known fact: more precise, and nothing follows from it
    action, detail = _told(order, changed, joined, now)
    if isinstance(joined, SubscriptionDeleted) and action == "license.expired":
        changed = _with_expiry_recorded(changed, joined.expires_at)
    key = fact.id if fact.id not in order.facts else repr(joined)
    return changed, [audit_entry(order, key, action, now, detail)]


def _outcome(order: Order) -> tuple[object, ...]:
    """What follows from the facts, as far as the audit log tells it."""
    return {hold.id for hold in open_holds(order.facts)}, subscription_end(order.facts)


def record_facts(order: Order, facts: Iterable[Fact], now: int) -> tuple[Order, list[AuditEntry]]:
    entries: list[AuditEntry] = []
    for fact in sorted(facts, key=lambda fact: (not isinstance(fact, Paid), fact.at, fact.id)):
        order, new = record_fact(order, fact, now)
        entries += new
    return order, entries


def settle_lines(order: Order, lines: Sequence[Settled], now: int) -> tuple[Order, list[AuditEntry]]:
    """Add newly settled lines. A line that is settled already keeps what it earned."""
    known = {settled.line.id for settled in order.settled}
    new = tuple(settled for settled in lines if settled.line.id not in known)
    if not new:
        return order, []
    changed = replace(order, settled=order.settled + new)
    if changed.license_count > MAX_LICENSES:
        raise ActionNeededError(
            f"order {order.id} would get {changed.license_count} licenses and the limit is {MAX_LICENSES}",
            "change the mapping to fewer keys (one key with many seats, for example)",
        )
    added = changed.license_count - order.license_count
    if not added:
        return changed, []
    effects = {EMAIL: Effect(), METADATA: Effect()}
    changed = replace(changed, minted=False, effects=effects)
    if not is_paid(order.facts):  # order.created will tell it
        return changed, []
    lines_told = ",".join(settled.line.id for settled in new)
    detail = {"licenses": added, "lines": lines_told}
    return changed, [audit_entry(order, f"issued:{lines_told}", "license.issued", now, detail)]


def effects_of_issued(order: Order, send_email: bool) -> dict[str, Effect]:
    """Say what is left to do for an order that the API issued: its caller has the keys already."""
    return {
        EMAIL: Effect() if send_email else Effect(SKIPPED, "the caller sends it"),
        METADATA: Effect() if order.stripe_customer else Effect(SKIPPED, "the order has no Stripe Customer"),
    }


BORN_INACTIVE = "no license of the order is active: it was refunded, disputed or had ended before they were issued"


def decide_email(order: Order, now: int) -> Order:
    """Skip the e-mail of licenses that are born frozen or expired. Decided at birth, whenever the mail's turn comes."""
    if not order.license_count or any(
        license_status(order.facts, license, now) is Status.ACTIVE for license, _ in licenses_of(order)
    ):
        return order
    return replace(order, effects={**order.effects, EMAIL: Effect(SKIPPED, BORN_INACTIVE, now)})


def licenses_of(order: Order) -> Iterator[tuple[License, str]]:
    """Name every license that the order's settled lines earn, without its key, and its key's prefix."""
    since = _since(order)
    for settled in order.settled:
        unit = 0
        for award in settled.awards:
            for _ in range(award.count):
                unit += 1
                identity = license_id(order.org, order.id, settled.line.id, unit)
                yield (
                    License(
                        identity,
                        "",
                        award.plan,
                        award.kind,
                        award.seats,
                        settled.line.id,
                        unit,
                        since,
                        award.duration_days,
                    ),
                    award.key_prefix,
                )


def held_since(order: Order) -> int | None:
    """Say since when the whole order is frozen, or None."""
    holds = open_holds(order.facts)
    return holds[0].since if holds and order.license_count else None


def next_expiry(order: Order) -> int | None:
    """Say when licenses of the order expire next, of those times that are not in the audit log yet."""
    kinds = {(award.kind, award.duration_days) for settled in order.settled for award in settled.awards}
    ends = {_since(order) + days * DAY for _, days in kinds if days}
    if any(kind == "subscription" for kind, _ in kinds):
        end = subscription_end(order.facts)
        ends |= {end} if end is not None else set()
    return min(ends - set(order.expiries_recorded), default=None)


def record_expiry(order: Order, now: int) -> tuple[Order, list[AuditEntry]]:
    """Note that the time of the order's next expiry has passed; nothing if it has not."""
    end = next_expiry(order)
    if end is None or end > now:
        return order, []
    entry = audit_entry(order, f"expired:{end}", "license.expired", now, {"expires_at": end})
    return _with_expiry_recorded(order, end), [entry]


def _with_expiry_recorded(order: Order, end: int) -> Order:
    return replace(order, expiries_recorded=tuple(sorted({*order.expiries_recorded, end})))


def _since(order: Order) -> int:
    """The moment from which a fixed duration counts: when it was paid."""
    paid = order.facts.get("paid")
    return paid.at if paid else order.created_at


def _told(before: Order, after: Order, fact: Fact, now: int) -> tuple[str, dict[str, Any]]:
    """Name what `fact` changed, as the audit log tells it."""
    held, holds = {h.id for h in open_holds(before.facts)}, {h.id for h in open_holds(after.facts)}
    match fact:
        case Paid():
            return "order.created", {"livemode": before.livemode, "licenses": after.license_count}
        case AwaitingPayment():
            return "order.pending", {"paid": is_paid(before.facts)}
        case PaymentFailed():
            return "order.payment_failed", {"paid": is_paid(before.facts)}
        case Refunded():
            detail = {"charge": fact.charge, "amount_refunded": fact.amount, "full": fact.full}
            if holds - held:
                return "license.frozen", {"hold": fact.id, **detail}
            return ("refund.recorded" if fact.full else "refund.partial"), detail
        case RefundFailed():
            detail = {"charge": fact.charge, "refund": fact.refund, "amount": fact.amount}
            return _lifted(held, holds, "refund.failed"), detail
        case Disputed():
            action = "license.frozen" if holds - held else "dispute.recorded"
            return action, {"hold": fact.id, "charge": fact.charge}
        case DisputeWon():
            return _lifted(held, holds, "dispute.won"), {"dispute": fact.dispute}
        case SubscriptionDeleted():
            action = "license.expired" if fact.expires_at <= now else "license.expiring"
            if fact.expires_at in before.expiries_recorded:
                action = "subscription.deleted"  # that end has been told
            if before.settled and not _has_subscription_license(before):
                action = "subscription.deleted"  # a cart of perpetual licenses only: nothing expires
            return action, {"subscription": fact.subscription, "expires_at": fact.expires_at}
        case Held():
            return "license.frozen", {"hold": fact.hold, "by": fact.by, "reason": fact.reason}
        case HoldLifted():
            return _lifted(held, holds, "hold.lifted"), {"hold": fact.hold, "by": fact.by}
        case Revoked():
            return "license.revoked", {"by": fact.by, "reason": fact.reason}


def _has_subscription_license(order: Order) -> bool:
    return any(award.kind == "subscription" for settled in order.settled for award in settled.awards)


def _lifted(held: set[str], holds: set[str], otherwise: str) -> str:
    """A hold was lifted: `license.reactivated` if it was the last, `hold.lifted` if others stay."""
    if not held - holds:
        return otherwise
    return "hold.lifted" if holds else "license.reactivated"


def audit_entry(order: Order, key: str, action: str, now: int, detail: Mapping[str, Any]) -> AuditEntry:
    digest = hashlib.sha256("\n".join((order.org, order.id, key)).encode("utf-8", "replace")).hexdigest()
    return AuditEntry(digest[:26], action, order.id, now, detail)
