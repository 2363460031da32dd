"""A license's status: `order × license × now → status`. Times are Unix seconds."""

from collections.abc import Iterator
from enum import StrEnum

from keystack.domain.billing import Billing, billing
from keystack.domain.facts import Concern, paid_at
from keystack.domain.grants import as_granted, is_surplus, settled_line
from keystack.domain.holds import Hold, HoldKind, open_holds
from keystack.domain.joining import item_of
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.plan_kinds import expiry
from keystack.domain.plans import Settled


class Status(StrEnum):
    """By precedence, the strongest first."""

    REVOKED = "revoked"
    FROZEN = "frozen"
    EXPIRED = "expired"
    ACTIVE = "active"


def license_status(order: Order, license: License, now: int) -> Status:
    if "revoked" in license.facts:
        return Status.REVOKED
    if any(hold.has_begun(now) for hold in license_holds(order, license)):
        return Status.FROZEN
    end = expires_at(order, license)
    if end is not None and end <= now:
        return Status.EXPIRED
    return Status.ACTIVE


def expires_at(order: Order, license: License) -> int | None:
    """Say when a license of `order` expires, or None: never, as far as the facts tell."""
    settled, granted = settled_line(order, license), as_granted(order, license)
    item = item_of(order, settled) if settled else None
    end = expiry(granted.kind, granted.duration_days, order.facts, granted.created_at, item)
    removed = settled.current.removed_at if settled and settled.current else None
    return min((time for time in (end, removed) if time is not None), default=None)  # removed: whatever the plan's kind


def license_billing(order: Order, license: License) -> Billing | None:
    """Tell how the subscription stands that pays for a license; None if none does, or if nothing is known of it."""
    settled = settled_line(order, license)
    if settled is None or not settled.recurs:
        return None
    return billing(order.facts, item_of(order, settled))


def license_holds(order: Order, license: License) -> tuple[Hold, ...]:
    """Name the open holds of a license, those of its order and its own, the oldest first. One may begin later."""
    settled = settled_line(order, license)
    found = [hold for hold in open_holds({**order.facts, **license.facts}) if _is_concerned(hold, settled)]
    found += [hold for hold in _of_quantity(settled, license.unit) if f"lifted:{hold.id}" not in license.facts]
    return tuple(sorted(found, key=lambda hold: (hold.since, hold.id)))


def times_of(order: Order, license: License) -> set[int]:
    """Name the times at which a license expires, or freezes, by the time alone."""
    times = {expires_at(order, license), *(hold.begins for hold in license_holds(order, license))}
    return {time for time in times if time is not None}


def held_since(order: Order) -> int | None:
    """Say since when licenses of the order are frozen by what concerns all of it or of its subscription, or None."""
    holds = [hold.since for each in _one_of_each(order) for hold in license_holds(order, each)]
    return min(holds, default=None)


def next_change(order: Order) -> int | None:
    """Say when licenses of the order expire or freeze next by the time alone, if that is not in the audit log yet."""
    return min((time for time in changes_by_time(order) if time not in order.expiries_recorded), default=None)


def changes_by_time(order: Order) -> set[int]:
    """Name the times at which licenses of the order expire, or freeze because what was paid is over."""
    ends = {expires_at(order, each) for each in _one_of_each(order)}
    pauses = {hold.begins for hold in open_holds(order.facts) if hold.begins is not None}
    return {end for end in ends if end is not None} | (pauses if ends else set())


def _is_concerned(hold: Hold, settled: Settled | None) -> bool:
    return hold.concern is not Concern.SUBSCRIPTION or settled is None or settled.recurs


def _of_quantity(settled: Settled | None, unit: int) -> Iterator[Hold]:
    if settled and settled.current and is_surplus(settled, unit):
        now = settled.current
        units = f"{now.quantity} unit{'' if now.quantity == 1 else 's'}"
        why = f"the subscription has {units} now, and pays for fewer licenses"
        yield Hold(f"quantity:{now.quantity}", HoldKind.QUANTITY, why, now.since)


def _one_of_each(order: Order) -> Iterator[License]:
    """Make up the oldest and the newest license of each award: those alike have one status."""
    since = paid_at(order.facts, order.created_at)
    for settled in order.settled:
        first = 1
        for award in settled.awards:
            for unit in {first, first + award.count - 1} if award.count else ():
                made = (award.plan, award.kind, award.seats, settled.line.id, unit, since, award.duration_days)
                yield License("", "", *made)
            first += award.count
