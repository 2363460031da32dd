"""Histories that are tried one and all, by family."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from simulation.arrivals import MODES, MOST, orders
from simulation.attempts import attempts
from simulation.crashes import crashes
from simulation.happenings import Named
from simulation.lives import lives, sampled_lives
from simulation.paths import DISPUTED, PAID_FOR, disputes, payments, refunds
from simulation.people import decisions
from simulation.scenarios import SCENARIOS
from simulation.schedules import FIRST_PAIRS, LATER_PAIRS, schedules
from simulation.stories import STEPS
from simulation.stripe_account.objects import NEW, OLD

Families = dict[str, Callable[[], Iterator[Named]]]
SLICES = 4  # of the sampled lives


@dataclass(frozen=True)
class Extent:
    """How far the largest families go: interruptions of a schedule, events and steps that come in every order.

    `later_interruptions`: of pairs of handlers over a subscription's life.
    """

    interruptions: int | None = None
    later_interruptions: int | None = 3
    events: int = MOST
    old_events: int = MOST
    lives: int = 5
    other_lives: int = 3
    samples: int = 2_000
    paths: int = 4
    versions: tuple[str, ...] = (NEW, OLD)


def families(extent: Extent) -> Families:
    """Name every family."""
    most = {NEW: extent.events, OLD: extent.old_events}
    return {
        **{f"crashes: {name}": partial(crashes, name) for name in SCENARIOS},
        **{
            f"orders: {mode}, {version}": partial(orders, mode, version, most[version])
            for mode in MODES
            for version in most
        },
        **{f"schedules: {name}": partial(schedules, name, extent.interruptions) for name in FIRST_PAIRS},
        **{f"schedules: {name}": partial(schedules, name, extent.later_interruptions) for name in LATER_PAIRS},
        "decisions": decisions,
        "attempts": attempts,
        **_lives(extent),
        **_paths(extent),
    }


def _lives(extent: Extent) -> Families:
    return {
        **{f"lives: {step} first": partial(lives, step, NEW, extent.lives) for step in STEPS},
        **{f"lives: {step} first, {OLD}": partial(lives, step, OLD, extent.other_lives) for step in STEPS},
        **{f"lives: {step} first, unasked": partial(lives, step, NEW, extent.other_lives, True) for step in STEPS},
        **{
            f"samples: all eight, {number + 1}": partial(sampled_lives, number, SLICES, extent.samples)
            for number in range(SLICES)
        },
    }


def _paths(extent: Extent) -> Families:
    found: Families = {}
    for version in extent.versions:
        found[f"payments: {version}"] = partial(payments, version, extent.paths)
        found |= {f"refunds: {of}, {version}": partial(refunds, of, version, extent.paths) for of in PAID_FOR}
        found |= {f"disputes: {of}, {version}": partial(disputes, of, version, extent.paths) for of in DISPUTED}
    return found


WHOLE = families(Extent())  # in `make simulate`
FAST = families(  # in `make test`
    Extent(
        interruptions=2,
        later_interruptions=1,
        events=4,
        old_events=3,
        lives=2,
        other_lives=2,
        samples=80,
        paths=2,
        versions=(NEW,),
    )
)
