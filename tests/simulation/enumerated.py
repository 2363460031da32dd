"""Histories that are tried one and all, by family."""

from collections.abc import Callable, Iterator
from functools import partial

from simulation.account import NEW, OLD
from simulation.arrivals import MODES, MOST, orders
from simulation.attempts import attempts
from simulation.crashes import crashes
from simulation.happenings import Named
from simulation.people import decisions
from simulation.scenarios import SCENARIOS
from simulation.schedules import PAIRS, schedules

Families = dict[str, Callable[[], Iterator[Named]]]


def families(interruptions: int | None = None, events: int = MOST, old_events: int = MOST) -> Families:
    """Name every family. The arguments keep the largest ones small: see schedules() and orders()."""
    most = {NEW: events, OLD: old_events}
    return {
        **{f"crashes: {name}": partial(crashes, name) for name in SCENARIOS},
        **{
            f"orders: {mode}, {version}": partial(orders, mode, version, most[version])
            for mode in MODES
            for version in most
        },
        **{f"schedules: {name}": partial(schedules, name, interruptions) for name in PAIRS},
        "decisions": decisions,
        "attempts": attempts,
    }


FAST = families(interruptions=2, events=4, old_events=3)  # in `make test`
WHOLE = families()  # in `make simulate`
