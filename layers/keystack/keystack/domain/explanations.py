"""Why a license has its status, and what would change it and when: in plain words, for the person who looks at it.

A text is made of words and times, so that a page can write each time as an element of its own. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from keystack.domain.billing import UNPAID_REASONS, paid_through, subscription_seen, was_given_back
from keystack.domain.effects import EMAIL
from keystack.domain.facts import Concern, HoldLifted, Revoked
from keystack.domain.grants import settled_line
from keystack.domain.holds import Hold, HoldKind
from keystack.domain.licenses import License
from keystack.domain.minting import BORN_INACTIVE
from keystack.domain.orders import Order
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Settled
from keystack.domain.status import Status, expires_at, license_holds, license_status
from keystack.domain.subscriptions import SubscriptionState


@dataclass(frozen=True)
class Moment:
    """A time inside a text, in Unix seconds."""

    at: int


Text = tuple[str | Moment, ...]


@dataclass(frozen=True)
class Explanation:
    """`why`: sentences, the first about the status; `next`: what would change it.

    `since`: since when it has its status, None for an active one; `next_at`: when it changes by itself, if it does.
    """

    status: Status
    since: int | None
    why: tuple[Text, ...]
    next: Text
    next_at: int | None = None


def to_plain(text: Text) -> str:
    """Write a text in one string, its times as days of UTC: `7 April 2026`."""
    return "".join(_day(part.at) if isinstance(part, Moment) else part for part in text)


def explain(order: Order, license: License, now: int) -> Explanation:
    """Say why a license has the status that it has `now`, and what would change that."""
    status = license_status(order, license, now)
    match status:
        case Status.REVOKED:
            return _revoked(license)
        case Status.FROZEN:
            return _frozen(order, license, now)
        case Status.EXPIRED:
            return _expired(order, license)
        case Status.ACTIVE:
            return _active(order, license, now)
        case _:
            assert_never(status)


def _revoked(license: License) -> Explanation:
    fact = license.facts["revoked"]
    by = fact.by if isinstance(fact, Revoked) else ""
    reason = f": {fact.reason}." if isinstance(fact, Revoked) and fact.reason else "."
    why: Text = (f"Revoked by {by} on ", Moment(fact.at), reason)
    return Explanation(Status.REVOKED, fact.at, (why,), ("This is final. If it was a mistake, issue a new license.",))


def _frozen(order: Order, license: License, now: int) -> Explanation:
    holds = tuple(hold for hold in license_holds(order, license) if hold.has_begun(now))
    first, *others = holds
    why: list[Text] = [("Frozen since ", Moment(first.since), f": {_cause(license, first)}.")]
    why += [("Also since ", Moment(hold.since), f": {_cause(license, hold)}.") for hold in others]
    email = order.effects.get(EMAIL)
    if email and email.reason == BORN_INACTIVE:
        why.append(("It was frozen when it was issued, so the e-mail with its key was not sent.",))
    return Explanation(Status.FROZEN, first.since, tuple(why), _thaw(order, license, holds, now))


def _cause(license: License, hold: Hold) -> str:
    match hold.kind:
        case HoldKind.REFUND | HoldKind.DISPUTE | HoldKind.SUBSCRIPTION | HoldKind.QUANTITY:
            return hold.reason
        case HoldKind.PERSON:
            by = getattr(license.facts.get(f"held:{hold.id}"), "by", "")
            reason = "" if hold.reason == f"frozen by {by}" else f" ({hold.reason})"
            return f"frozen by {by}{reason}" if by else hold.reason
        case _:
            assert_never(hold.kind)


def _thaw(order: Order, license: License, holds: tuple[Hold, ...], now: int) -> Text:
    """Say what ends the holds, and what the license is then."""
    ways = list(dict.fromkeys(way_out(hold) for hold in holds))
    by_itself = ", and ".join(way for way in ways if way)
    which = "The hold ends" if len(holds) == 1 else "Its holds end"
    opening = f"{which} when a person reactivates it{', or by itself when ' + by_itself if all(ways) else ''}."
    end = expires_at(order, license)
    if end is None:
        return (f"{opening} Until then it is not valid.",)
    if end <= now:
        return (f"{opening} It is expired then: what it paid for ended on ", Moment(end), ".")
    return (f"{opening} Until then it is not valid; it expires on ", Moment(end), " in any case.")


def way_out(hold: Hold) -> str:
    """Say what ends a hold by itself, so that it reads after "when"; empty if only a person does."""
    match hold.kind:
        case HoldKind.REFUND:
            return f"the refund fails or is canceled{_or_paid_later(hold)}"
        case HoldKind.DISPUTE:
            return f"the dispute is won{_or_paid_later(hold)}"
        case HoldKind.SUBSCRIPTION if hold.id.startswith("collection_paused:"):
            return "its collection goes on"
        case HoldKind.SUBSCRIPTION:
            return "Stripe says that the subscription is active again"
        case HoldKind.QUANTITY:
            return "the subscription has enough units again"
        case HoldKind.PERSON:
            return ""
        case _:
            assert_never(hold.kind)


def _or_paid_later(hold: Hold) -> str:
    return ", or a later period is paid" if hold.concern is Concern.SUBSCRIPTION else ""


def _expired(order: Order, license: License) -> Explanation:
    end = expires_at(order, license) or 0
    why: Text = ("Expired on ", Moment(end), ": ", *_ending(order, license, "ended"), ".")
    return Explanation(Status.EXPIRED, end, (why,), ("It stays so. A new purchase brings a new license.",))


def _active(order: Order, license: License, now: int) -> Explanation:
    why: tuple[Text, ...] = (("Active.",), *_reactivated(license))
    end = expires_at(order, license)
    coming = next((hold for hold in license_holds(order, license) if not hold.has_begun(now)), None)
    if coming and (end is None or coming.since < end):
        return Explanation(Status.ACTIVE, None, why, _freezing(coming, end), coming.since)
    if end is not None:
        expiring: Text = ("It expires on ", Moment(end), ", when ", *_ending(order, license, "ends"), ".")
        return Explanation(Status.ACTIVE, None, why, expiring, end)
    match license.kind:
        case PlanKind.SUBSCRIPTION if order.subscription:
            following = "It lasts until the subscription ends, and then for as long as was paid."
        case PlanKind.SUBSCRIPTION:
            following = "It never expires by itself: no subscription of Stripe is known for its order."
        case PlanKind.PERPETUAL | PlanKind.FIXED:
            following = "It never expires."
        case _:
            assert_never(license.kind)
    return Explanation(Status.ACTIVE, None, why, (following,))


def _freezing(coming: Hold, end: int | None) -> Text:
    """Say that a hold begins later, and what ends it or keeps it from beginning."""
    why = f"{coming.reason}, and what was paid is over then" if coming.kind is HoldKind.SUBSCRIPTION else coming.reason
    begins: Text = ("It is frozen on ", Moment(coming.since), f": {why}.")
    way = way_out(coming)
    ends = f" That ends by itself, or does not begin, when {way}." if way else ""
    return (*begins, ends) if end is None else (*begins, f"{ends} It expires on ", Moment(end), " in any case.")


def _reactivated(license: License) -> Iterator[Text]:
    lifted = [fact for fact in license.facts.values() if isinstance(fact, HoldLifted)]
    if lifted:
        last = max(lifted, key=lambda fact: (fact.at, fact.id))
        yield (f"Reactivated by {last.by} on ", Moment(last.at), ".")


def _ending(order: Order, license: License, ends: str) -> Text:
    """Say what ends the license, so that it reads after a colon and after "when"; `ends`: the verb in its tense."""
    settled, end = settled_line(order, license), expires_at(order, license)
    if settled and settled.current and end is not None and settled.current.removed_at == end:
        return (
            "the subscription stops including it" if ends == "ends" else "the subscription does not include it now",
        )
    match license.kind:
        case PlanKind.SUBSCRIPTION:
            return _ending_of_subscription(order, settled, end, ends)
        case PlanKind.FIXED:
            days = license.duration_days or 0
            return (f"its {days} {'day from the purchase is' if days == 1 else 'days from the purchase are'} over",)
        case PlanKind.PERPETUAL:
            return (f"it {ends}",)
        case _:
            assert_never(license.kind)


def _ending_of_subscription(order: Order, settled: Settled | None, end: int | None, ends: str) -> Text:
    seen = subscription_seen(order.facts)
    if seen is None or seen.state.ends is None:
        return (f"the subscription {ends}",)
    if not seen.state.has_ended:
        return (f"the subscription {ends}, for it was canceled",)
    if end is not None and end > seen.state.ends:
        return (f"the paid period {ends}; the subscription itself ended on ", Moment(seen.state.ends))
    return (f"the subscription {ends}{_with_nothing_left(order, settled, seen.state)}",)


def _with_nothing_left(order: Order, settled: Settled | None, state: SubscriptionState) -> str:
    """Say why nothing of a period is left when the subscription has ended."""
    item = settled.item if settled else None
    if was_given_back(order.facts, item):
        return ", and its last payment was given back"
    paid = paid_through(order.facts, item)
    if state.latest_is_paid is False or (paid is not None and paid < (state.ends or 0)):
        return ", its last period not paid"
    if paid is None:  # nobody may ask for its invoices
        return ", its last period not paid" if state.reason in UNPAID_REASONS else ""
    return ", and with it what was paid"


def _day(seconds: int) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.day} {moment:%B %Y}"
