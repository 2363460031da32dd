"""The times at which licenses of an order expire or freeze by themselves, and which of them comes next."""

from dataclasses import replace

import pytest
from keystack.domain.facts import Concern, OrderFact, Paid, with_facts
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import DAY, PlanKind
from keystack.domain.plans import Award, Current, Line, Settled
from keystack.domain.status import changes_by_time, next_change, times_of

from unit.billing_facts import disputed, ended, paid_until, renewal_refunded, seen

MAY, JUNE, JULY = 1_000, 2_000, 3_000


def award(kind: PlanKind, count: int = 1, days: int | None = None, grant: int = 0) -> Award:
    return Award("pro", kind, days, "PRO", 1, count, grant)


def line(identity: str, *awards: Award, item: str | None = None, current: Current | None = None) -> Settled:
    return Settled(Line(identity, "price", None, 1, True), awards, item, current)


MONTHLY = line("li_1", award(PlanKind.SUBSCRIPTION, 2), item="si_1")
YEARLY = line("li_2", award(PlanKind.SUBSCRIPTION), item="si_2")
WEEK = line("li_3", award(PlanKind.FIXED, days=7))
FOR_LIFE = line("li_4", award(PlanKind.PERPETUAL))


def order(*told: OrderFact, lines: tuple[Settled, ...] = (MONTHLY,), recorded: tuple[int, ...] = ()) -> Order:
    facts = with_facts({}, [Paid(0), *told])
    return Order("acme", "cs_1", True, 0, facts=facts, settled=lines, expiries_recorded=recorded)


@pytest.mark.parametrize(
    ("told", "lines", "times"),
    [
        ([], (MONTHLY, FOR_LIFE), set()),
        ([seen("active", MAY), paid_until(JUNE)], (MONTHLY,), set()),
        ([seen("active", MAY, ends=JUNE)], (MONTHLY,), {JUNE}),
        ([ended(MAY, MAY), paid_until(JUNE), paid_until(JULY, "si_2")], (MONTHLY, YEARLY, FOR_LIFE), {JUNE, JULY}),
        ([ended(MAY, MAY)], (MONTHLY, WEEK), {MAY, 7 * DAY}),
        ([ended(MAY, MAY)], (FOR_LIFE,), set()),
        ([seen("paused", MAY, trial_end=JUNE)], (MONTHLY,), {JUNE}),
        ([seen("paused", MAY, trial_end=JUNE), paid_until(JULY)], (MONTHLY,), {JULY}),
        ([seen("unpaid", MAY)], (MONTHLY,), set()),
        # what froze by an event is told by that event, and by no time
        ([disputed("lost", MAY), renewal_refunded(until=JUNE)], (MONTHLY,), set()),
        # nothing was issued: nothing changes
        ([seen("paused", MAY, trial_end=JUNE), ended(MAY, MAY - 1)], (), set()),
        ([seen("unpaid", MAY)], (line("li_shirt"),), set()),
    ],
)
def test_what_changes_by_the_time_alone(told: list[OrderFact], lines: tuple[Settled, ...], times: set[int]) -> None:
    assert changes_by_time(order(*told, lines=lines)) == times


def test_licenses_of_an_item_that_was_removed_ended_then() -> None:
    gone = Current("price", 2, (award(PlanKind.SUBSCRIPTION, 2),), MAY, removed_at=JUNE)
    removed = replace(MONTHLY, current=gone)
    assert changes_by_time(order(lines=(removed, FOR_LIFE))) == {JUNE}
    assert changes_by_time(order(ended(MAY, MAY), lines=(removed,))) == {MAY}  # the subscription had ended before


def test_each_grant_of_a_bundle_has_its_own_times() -> None:
    bundle = line("li_1", award(PlanKind.PERPETUAL), award(PlanKind.FIXED, days=1, grant=1), item="si_1")
    assert changes_by_time(order(lines=(bundle,))) == {DAY}
    now = Current("price", 1, (award(PlanKind.PERPETUAL), award(PlanKind.FIXED, days=2, grant=1)), MAY)
    assert changes_by_time(order(lines=(replace(bundle, current=now),))) == {2 * DAY}


def test_the_next_one_is_the_first_that_is_not_in_the_log() -> None:
    of = order(ended(MAY, MAY), paid_until(JUNE), paid_until(JULY, "si_2"), lines=(MONTHLY, YEARLY))
    assert next_change(of) == JUNE
    assert next_change(replace(of, expiries_recorded=(JUNE,))) == JULY
    assert next_change(replace(of, expiries_recorded=(JUNE, JULY))) is None
    assert next_change(order()) is None


def test_a_hold_that_an_event_brought_is_no_time_of_a_license() -> None:
    of = order(ended(JULY, MAY), disputed("lost", JUNE, concern=Concern.ORDER), lines=(MONTHLY,))
    license = next(license for license, _ in licenses_of(of))
    assert times_of(of, license) == {JULY}
