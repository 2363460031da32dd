"""In which orders events may arrive: all of a few, a sample of many. A sample is the same each time."""

import random
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import TypeVar

Event = TypeVar("Event")
FEW = 5  # events whose orders are all played
SAMPLE = 120  # orders of more events than that
TWICE = 24  # orders of events that all come twice


def every_order(events: Sequence[Event], seed: str) -> Iterator[list[Event]]:
    """All orders of up to FEW events; of more, the reverse and a sample."""
    if len(events) <= FEW:
        yield from map(list, permutations(events))
        return
    yield list(reversed(events))
    yield from _shuffled(events, seed, SAMPLE - 1)


def with_each_twice(events: Sequence[Event], seed: str) -> Iterator[list[Event]]:
    """Each event twice in a row, all of them twice in a row, and a sample."""
    yield [each for each in events for _ in range(2)]
    yield [*events, *events]
    yield from _shuffled([*events, *events], seed, TWICE - 2)


def _shuffled(events: Sequence[Event], seed: str, count: int) -> Iterator[list[Event]]:
    chance = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(count):
        yield chance.sample(events, len(events))
