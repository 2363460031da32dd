"""One order's story: facts, open holds, effects and audit entries, in the order of time and in plain words. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, assert_never

from keystack.domain.audit import order_entry_id
from keystack.domain.audit_words import words_of_action
from keystack.domain.effects import EMAIL, Effect, EffectState
from keystack.domain.explanations import Moment, Text
from keystack.domain.facts import (
    AwaitingPayment,
    Concern,
    Disputed,
    FirstInvoice,
    OrderFact,
    Paid,
    PaymentFailed,
    PaymentMissed,
    PeriodPaid,
    Refunded,
    RefundFailed,
    SubscriptionSeen,
)
from keystack.domain.holds import open_holds
from keystack.domain.orders import Order

_DELIVERY = re.compile(r"(evt|issue)_[A-Za-z0-9_:-]{1,250}")


# what a refund's or a dispute's payment was for, after the charge
_FOR = {
    Concern.ORDER: "",
    Concern.SUBSCRIPTION: ", which paid a renewal",
    Concern.PART: ", which paid only a part of what the order costs",
}


class Kind(StrEnum):
    FACT = "fact"
    HOLD = "hold"
    EFFECT = "effect"
    AUDIT = "audit"


@dataclass(frozen=True)
class Recorded:
    """An entry of the audit log as it is kept. `at` in Unix seconds; `source`: a Stripe event's id, or who did it."""

    id: str
    at: int
    action: str
    source: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Happening:
    """`at`: Unix seconds, None for what is still to come. `name`: the fact's class, the hold's or effect's name, or the
    audit action. `delivery`: the event whose delivery brought it, if that is known. `license`: the one it is about, if
    it is not about all.
    """

    at: int | None
    kind: Kind
    name: str
    words: Text
    values: Mapping[str, Any]
    delivery: str | None = None
    license: str | None = None


def happenings(
    order: Order, entries: Iterable[Recorded], since: int | None = None, until: int | None = None
) -> list[Happening]:
    """Join what is known of an order after `since` and up to `until` (None: no bound) with entries of that time."""
    entries = list(entries)
    found = [*_of_facts(order, entries), *_of_effects(order)]
    inside = [each for each in found if _is_between(each.at, since, until)]
    return sorted([*inside, *map(_of_entry, entries)], key=lambda each: (each.at is None, each.at or 0))


def delivery_of(source: str) -> str | None:
    """Return an audit entry's source if it is an event, which has a delivery; None if it is a person or a key."""
    return source if _DELIVERY.fullmatch(source) else None


def _is_between(at: int | None, since: int | None, until: int | None) -> bool:
    if at is None:
        return until is None
    return (since is None or since < at) and (until is None or at <= until)


def _of_facts(order: Order, entries: Iterable[Recorded]) -> Iterator[Happening]:
    """The entry of a fact has an id that follows from the fact's: so its event is found."""
    sources = {entry.id: entry.source for entry in entries}

    def delivery(fact: str) -> str | None:
        return delivery_of(sources.get(order_entry_id(order, fact), ""))

    for fact in order.facts.values():
        name, values = type(fact).__name__, asdict(fact)
        yield Happening(fact.at, Kind.FACT, name, words_of_fact(fact), values, delivery(fact.id))
    for hold in open_holds(order.facts):
        which = (
            "Every license that the subscription pays for"
            if hold.concern is Concern.SUBSCRIPTION
            else "Every license of the order"
        )
        words: Text = (f"{which} is held: {hold.reason}.",)
        yield Happening(hold.since, Kind.HOLD, hold.id, words, asdict(hold), delivery(hold.id))


def _of_effects(order: Order) -> Iterator[Happening]:
    for name, effect in order.effects.items():
        # what was skipped when the order came has no time of its own
        at = order.created_at if effect.at is None and effect.state is EffectState.SKIPPED else effect.at
        yield Happening(at, Kind.EFFECT, name, words_of_effect(order, name, effect), asdict(effect))


def _of_entry(entry: Recorded) -> Happening:
    license, delivery = entry.detail.get("license"), delivery_of(entry.source)
    words, values = words_of_entry(entry), {**entry.detail, "source": entry.source}
    return Happening(entry.at, Kind.AUDIT, entry.action, words, values, delivery, license)


def words_of_fact(fact: OrderFact) -> Text:
    match fact:
        case AwaitingPayment():
            return ("The checkout is complete; the payment is on its way.",)
        case Paid():
            return ("The order is paid.",)
        case PaymentFailed():
            return ("The payment failed.",)
        case Refunded() | RefundFailed() | Disputed():
            return _words_of_money(fact)
        case SubscriptionSeen():
            return words_of_subscription(fact)
        case PeriodPaid() | PaymentMissed() | FirstInvoice():
            return _words_of_invoice(fact)
        case _:
            assert_never(fact)


def _words_of_money(fact: Refunded | RefundFailed | Disputed) -> Text:
    match fact:
        case Refunded():
            paid = f"{_FOR[fact.concern]}," if _FOR[fact.concern] else ""
            return (f"Charge {fact.charge}{paid} was refunded in {'full' if fact.full else 'part'}.",)
        case RefundFailed():
            how = "was canceled" if fact.canceled else "failed"
            return (f"Refund {fact.refund} of charge {fact.charge} {how}: the money came back.",)
        case Disputed():
            status = fact.state.status.replace("_", " ")
            return (f"Dispute {fact.dispute} of charge {fact.charge or 'unknown'}{_FOR[fact.concern]}: {status}.",)
        case _:
            assert_never(fact)


def _words_of_invoice(fact: PeriodPaid | PaymentMissed | FirstInvoice) -> Text:
    match fact:
        case PeriodPaid():
            until = Moment(fact.until)
            return (f"Subscription item {fact.item} is paid until ", until, f", by invoice {fact.invoice}.")
        case PaymentMissed():
            return (f"The payment of invoice {fact.invoice} failed.",)
        case FirstInvoice():
            return (f"Invoice {fact.invoice} says which subscription item each line is billed as.",)
        case _:
            assert_never(fact)


def words_of_subscription(fact: SubscriptionSeen) -> Text:
    state = fact.state
    items = ", ".join(f"{item.quantity} x {item.price}" for item in state.items)
    words: Text = (
        f"Subscription {fact.subscription} is {state.status.replace('_', ' ')}{f' with {items}' if items else ''}",
    )
    if state.collection_paused:
        words = (*words, "; its collection is paused")
    if state.ends is None:
        return (*words, ".")
    return (*words, "; it ended on " if state.has_ended else "; it ends on ", Moment(state.ends), ".")


def words_of_effect(order: Order, name: str, effect: Effect) -> Text:
    what = f"The e-mail to {order.email or 'nobody'}" if name == EMAIL else "The key in the Stripe Customer's metadata"
    because = f": {effect.reason}." if effect.reason else "."
    match effect.state:
        case EffectState.PENDING:
            return (f"{what} waits{because}",)
        case EffectState.DONE:
            return (f"{what} is {'sent' if name == EMAIL else 'written'}{because}",)
        case EffectState.SKIPPED:
            return (f"{what} was left out{because}",)
        case EffectState.FAILED:
            return (f"{what} failed{because}",)
        case _:
            assert_never(effect.state)


def words_of_entry(entry: Recorded) -> Text:
    what = words_of_action(entry.action)
    license, by, reason = (entry.detail.get(name) for name in ("license", "by", "reason"))
    items = entry.detail.get("items") or ()
    about = f", license {license}" if license else ""
    about += f" ({'; '.join(map(str, items))})" if items else ""
    return (f"{what}{about}{f', by {by}' if by else ''}{f': {reason}' if reason else ''}.",)
