"""A crash before and after every single call of every handler."""

from collections.abc import Iterator
from functools import partial

from simulation.calls import Call
from simulation.happenings import Named
from simulation.oracle import check
from simulation.scenarios import begun


def crashes(name: str) -> Iterator[Named]:
    """Die before and after every single call of a handler: N calls in a clean run, which comes first, 2N histories."""
    yield name, partial(struck, name, -1, "")
    for place, _ in enumerate(calls_of(name)):
        for when in ("crash before", "crash after"):
            yield f"{when} call {place + 1} of {name}", partial(struck, name, place, when)


def calls_of(name: str) -> list[Call]:
    """List the calls of a run of a scenario in which nothing goes wrong."""
    world, step = begun(name)
    before = len(world.calls.made)
    step()
    return world.calls.made[before:]


def struck(name: str, place: int, fault: str) -> None:
    """Let one fault strike the call at `place`, and check."""
    world, step = begun(name)
    struck_at = len(world.calls.made) + place + 1
    world.calls.choose = lambda call: fault if len(world.calls.made) == struck_at else None
    step()
    world.settle()
    check(world)
