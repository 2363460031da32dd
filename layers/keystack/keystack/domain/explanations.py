"""Why a license has its status, and what would change it and when: in plain words, for the person who looks at it.

A text is made of words and times, so that a page can write each time as an element of its own. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from keystack.domain.effects import EMAIL
from keystack.domain.facts import HoldLifted, Revoked, SubscriptionDeleted
from keystack.domain.holds import Hold, HoldKind
from keystack.domain.licenses import License, Status, expires_at, license_holds, license_status
from keystack.domain.minting import BORN_INACTIVE
from keystack.domain.orders import Order
from keystack.domain.plan_kinds import PlanKind


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
    status = license_status(order.facts, license, now)
    match status:
        case Status.REVOKED:
            return _revoked(license)
        case Status.FROZEN:
            return _frozen(order, license, now)
        case Status.EXPIRED:
            return _expired(order, license)
        case Status.ACTIVE:
            return _active(order, license)
        case _:
            assert_never(status)


def _revoked(license: License) -> Explanation:
    fact = license.facts["revoked"]
    by = fact.by if isinstance(fact, Revoked) else ""
    reason = f": {fact.reason}." if isinstance(fact, Revoked) and fact.reason else "."
    why: Text = (f"Revoked by {by} on ", Moment(fact.at), reason)
    return Explanation(Status.REVOKED, fact.at, (why,), ("This is final. If it was a mistake, issue a new license.",))


def _frozen(order: Order, license: License, now: int) -> Explanation:
    holds = license_holds(order.facts, license)
    first, *others = holds
    why: list[Text] = [("Frozen since ", Moment(first.since), f": {_cause(license, first)}.")]
    why += [("Also since ", Moment(hold.since), f": {_cause(license, hold)}.") for hold in others]
    email = order.effects.get(EMAIL)
    if email and email.reason == BORN_INACTIVE:
        why.append(("It was frozen when it was issued, so the e-mail with its key was not sent.",))
    return Explanation(Status.FROZEN, first.since, tuple(why), _thaw(order, license, holds, now))


def _cause(license: License, hold: Hold) -> str:
    match hold.kind:
        case HoldKind.REFUND | HoldKind.DISPUTE:
            return hold.reason
        case HoldKind.PERSON:
            by = getattr(license.facts.get(f"held:{hold.id}"), "by", "")
            reason = "" if hold.reason == f"frozen by {by}" else f" ({hold.reason})"
            return f"frozen by {by}{reason}" if by else hold.reason
        case _:
            assert_never(hold.kind)


def _thaw(order: Order, license: License, holds: tuple[Hold, ...], now: int) -> Text:
    """Say what ends the holds, and what the license is then."""
    ways = list(dict.fromkeys(_way_out(hold) for hold in holds))
    by_itself = " and ".join(way for way in ways if way)
    which = "The hold ends" if len(holds) == 1 else "Its holds end"
    opening = f"{which} when a person reactivates it{', or by itself when ' + by_itself if all(ways) else ''}."
    end = expires_at(order.facts, license)
    if end is None:
        return (f"{opening} Until then it is not valid.",)
    if end <= now:
        return (f"{opening} It is expired then: what it paid for ended on ", Moment(end), ".")
    return (f"{opening} Until then it is not valid; it expires on ", Moment(end), " in any case.")


def _way_out(hold: Hold) -> str:
    match hold.kind:
        case HoldKind.REFUND:
            return "the refund fails"
        case HoldKind.DISPUTE:
            return "the dispute is won"
        case HoldKind.PERSON:
            return ""
        case _:
            assert_never(hold.kind)


def _expired(order: Order, license: License) -> Explanation:
    end = expires_at(order.facts, license) or 0
    why: Text = ("Expired on ", Moment(end), ": ", *_ending(order, license, "ended"), ".")
    return Explanation(Status.EXPIRED, end, (why,), ("It stays so. A new purchase brings a new license.",))


def _active(order: Order, license: License) -> Explanation:
    why: tuple[Text, ...] = (("Active.",), *_reactivated(license))
    end = expires_at(order.facts, license)
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


def _reactivated(license: License) -> Iterator[Text]:
    lifted = [fact for fact in license.facts.values() if isinstance(fact, HoldLifted)]
    if lifted:
        last = max(lifted, key=lambda fact: (fact.at, fact.id))
        yield (f"Reactivated by {last.by} on ", Moment(last.at), ".")


def _ending(order: Order, license: License, ends: str) -> Text:
    """Say what ends the license, so that it reads after a colon and after "when"; `ends`: the verb in its tense."""
    match license.kind:
        case PlanKind.SUBSCRIPTION:
            deleted = [fact for fact in order.facts.values() if isinstance(fact, SubscriptionDeleted)]
            first = min(deleted, key=lambda fact: fact.expires_at)
            if first.expires_at <= first.at:
                return (f"the subscription {ends}, its last period not paid",)
            return (f"the paid period {ends}; the subscription itself ended on ", Moment(first.at))
        case PlanKind.FIXED:
            days = license.duration_days or 0
            return (f"its {days} {'day from the purchase is' if days == 1 else 'days from the purchase are'} over",)
        case PlanKind.PERPETUAL:
            return (f"it {ends}",)
        case _:
            assert_never(license.kind)


def _day(seconds: int) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.day} {moment:%B %Y}"
