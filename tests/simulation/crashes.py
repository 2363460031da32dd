"""A crash before and after every single call of every handler."""

from collections.abc import Callable, Iterator
from functools import partial

from simulation.calls import Call
from simulation.happenings import Named
from simulation.oracle import check
from simulation.scenarios import SCENARIOS, Step
from simulation.world import SimulatedWorld

Scenario = Callable[[SimulatedWorld], Step]


def crashes(name: str) -> Iterator[Named]:
    """Die before and after every single call of a handler: N calls in a clean run, which comes first, 2N histories."""
    scenario = SCENARIOS[name]
    yield name, partial(struck, scenario, -1, "")
    for place, _ in enumerate(calls_of(scenario)):
        for when in ("crash before", "crash after"):
            yield f"{when} call {place + 1} of {name}", partial(struck, scenario, place, when)


def calls_of(scenario: Scenario) -> list[Call]:
    """List the calls of a run in which nothing goes wrong."""
    world = SimulatedWorld()
    step = scenario(world)
    before = len(world.calls.made)
    step()
    return world.calls.made[before:]


def struck(scenario: Scenario, place: int, fault: str) -> None:
    """Let one fault strike the call at `place`, and check."""
    world = SimulatedWorld()
    step = scenario(world)
    struck_at = len(world.calls.made) + place + 1
    world.calls.choose = lambda call: fault if len(world.calls.made) == struck_at else None
    step()
    world.settle()
    check(world)
