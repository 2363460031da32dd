"""A crash before and after every single call of every handler."""

from collections.abc import Callable, Iterator
from functools import partial

from simulation.happenings import Named
from simulation.oracle import check
from simulation.scenarios import SCENARIOS, Step
from simulation.world import SimulatedWorld


def crashes(name: str) -> Iterator[Named]:
    """Die before and after every single call of a handler: N calls in a clean run, which comes first, 2N histories."""
    scenario = SCENARIOS[name]
    yield name, partial(_crashed, scenario, -1, "")
    for place in range(_calls_of(scenario)):
        for when in ("crash before", "crash after"):
            yield f"{when} call {place + 1} of {name}", partial(_crashed, scenario, place, when)


def _calls_of(scenario: Callable[[SimulatedWorld], Step]) -> int:
    world = SimulatedWorld()
    step = scenario(world)
    before = len(world.calls.made)
    step()
    return len(world.calls.made) - before


def _crashed(scenario: Callable[[SimulatedWorld], Step], place: int, when: str) -> None:
    world = SimulatedWorld()
    step = scenario(world)
    died_at = len(world.calls.made) + place + 1
    world.calls.choose = lambda call: when if len(world.calls.made) == died_at else None
    step()
    world.settle()
    check(world)
