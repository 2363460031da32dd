"""Histories that are tried one and all, by family."""

from collections.abc import Callable, Iterator
from functools import partial

from simulation.account import NEW, OLD
from simulation.arrivals import MODES, orders
from simulation.crashes import crashes
from simulation.happenings import Named
from simulation.people import decisions
from simulation.scenarios import SCENARIOS
from simulation.schedules import PAIRS, schedules

FAMILIES: dict[str, Callable[[], Iterator[Named]]] = {
    **{f"crashes: {name}": partial(crashes, name) for name in SCENARIOS},
    **{f"orders: {mode}, {version}": partial(orders, mode, version) for mode in MODES for version in (NEW, OLD)},
    **{f"schedules: {name}": partial(schedules, name) for name in PAIRS},
    "decisions": decisions,
}
