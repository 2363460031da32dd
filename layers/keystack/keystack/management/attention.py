"""What needs a person, of one mode: failed deliveries grouped by what mends them, and open holds to decide about."""

from collections.abc import Sequence
from dataclasses import dataclass

from keystack.domain.causes import Cause
from keystack.domain.deliveries import DeliveryStatus
from keystack.domain.holds import Hold, ends_by_itself, open_holds
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.status import license_holds
from keystack.storage.deliveries import lists
from keystack.storage.deliveries.found import FoundDelivery, found_from
from keystack.storage.licenses import search

NEWEST = "~"  # sorts after every mark
FAILING = 200  # of the newest failing deliveries, of both modes together
HOLDS = 50  # of the newest open holds, likewise


@dataclass(frozen=True)
class Failures:
    """Failed deliveries of one cause. Times in Unix seconds; `event` and `reason` are those of the newest."""

    cause: Cause
    count: int
    newest: int
    oldest: int
    reason: str
    event: str


@dataclass(frozen=True)
class FailureGroups:
    """The largest group first. `more`: there are older failing deliveries, which were not looked at."""

    groups: Sequence[Failures]
    more: bool


@dataclass(frozen=True)
class Undecided:
    """An order with open holds, the oldest first; or the one `license` of it whose own they are."""

    order: Order
    license: License | None
    holds: Sequence[Hold]


@dataclass(frozen=True)
class UndecidedOrders:
    """The newest hold first. `more`: there are older holds, which were not looked at."""

    items: Sequence[Undecided]
    more: bool


def failed_deliveries(org: str, livemode: bool) -> FailureGroups:
    """Group the failed ones among the newest failing deliveries. `replay.replay_cause` replays a group."""
    part = lists.read_part(org, True, FAILING, NEWEST, newest_first=True).map(found_from)
    groups: dict[Cause, list[FoundDelivery]] = {}
    for _, found in part.entries:
        if found and found.cause and found.status is DeliveryStatus.FAILED and found.livemode is livemode:
            groups.setdefault(found.cause, []).append(found)
    every = [_failures(cause, found) for cause, found in groups.items()]
    return FailureGroups(sorted(every, key=lambda each: (-each.count, -each.newest)), part.after is not None)


def undecided_orders(org: str, livemode: bool) -> UndecidedOrders:
    """List the newest open holds: a row for each order, and for each license with a hold of its own in another one."""
    part = search.open_holds(org, HOLDS)
    held = [each for _, each in part.entries if each and each.order.livemode is livemode]
    rows = [_undecided(each.order, each.license) for each in held]
    return UndecidedOrders([row for row in rows if row.holds], part.after is not None)


def _failures(cause: Cause, found: Sequence[FoundDelivery]) -> Failures:
    newest, oldest = found[0], found[-1]
    return Failures(cause, len(found), newest.received_at, oldest.received_at, newest.reason, newest.event)


def _undecided(order: Order, license: License | None) -> Undecided:
    """Name the holds that wait for a person; none of a license whose order waits for one as a whole."""
    of_order = _waiting_for_a_person(open_holds(order.facts))
    if license is None:
        return Undecided(order, None, of_order)
    return Undecided(order, license, () if of_order else _waiting_for_a_person(license_holds(order, license)))


def _waiting_for_a_person(holds: Sequence[Hold]) -> Sequence[Hold]:
    """Leave out those that end by themselves."""
    return tuple(hold for hold in holds if not ends_by_itself(hold.kind))
