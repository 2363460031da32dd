"""What a license grants now: as it was settled, or as its subscription item has been changed since. Pure."""

from dataclasses import replace

from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.plans import Award, Settled


def settled_line(order: Order, license: License) -> Settled | None:
    """Return the line that earned a license."""
    return next((settled for settled in order.settled if settled.line.id == license.line), None)


def as_granted(order: Order, license: License) -> License:
    """Return a license with the plan and the seats that it has now; its key stays."""
    settled = settled_line(order, license)
    award = _award_now(settled, license.unit) if settled else None
    if award is None:
        return license
    return replace(license, plan=award.plan, kind=award.kind, seats=award.seats, duration_days=award.duration_days)


def is_surplus(settled: Settled, unit: int) -> bool:
    """Tell whether a line has more licenses than its item earns now, and this is one of the newest of them."""
    if settled.current is None:
        return False
    grant, place = _grant_of(settled, unit)
    return place > sum(award.count for award in settled.current.awards if award.grant == grant)


def _award_now(settled: Settled, unit: int) -> Award | None:
    if settled.current is None:
        return None
    grant, _ = _grant_of(settled, unit)
    return next((award for award in settled.current.awards if award.grant == grant), None)


def _grant_of(settled: Settled, unit: int) -> tuple[int, int]:
    """Say by which of its mapping's grants a unit was earned, and the how manyth of that grant it is."""
    first, places = 1, dict[int, int]()
    for award in settled.awards:
        before = places.get(award.grant, 0)
        if unit < first + award.count:
            return award.grant, before + unit - first + 1
        first, places[award.grant] = first + award.count, before + award.count
    return 0, unit
