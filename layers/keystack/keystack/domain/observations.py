"""What Stripe's objects were seen to be. Of each object only the latest observation counts: an event is a doorbell.

An answer of Stripe's has the time at which its request started, an event's own snapshot that of the event. Two
snapshots of one second are both kept: which came later is told by what their events say of the state before.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar


class State(Protocol):
    """What an object was. `event`: whose snapshot it is, empty for an answer of Stripe's; `before`: the `mark` of the
    state before that event, empty if it is not told. `mark`: a few characters that tell this state from others.
    """

    @property
    def event(self) -> str: ...

    @property
    def before(self) -> str: ...

    @property
    def mark(self) -> str: ...


class Observation(Protocol):
    """An object as it was seen: `at` in Unix seconds; `answer` counts Stripe's answers of one second, 0 for none."""

    @property
    def at(self) -> int: ...

    @property
    def answer(self) -> int: ...

    @property
    def states(self) -> Sequence[Any]: ...


S = TypeVar("S", bound=State)
Seen = TypeVar("Seen", bound=Any)


def later(one: Seen, other: Seen) -> Seen:
    """Choose the later of two observations of one object; two of the same second are joined."""
    if (one.at, one.answer) != (other.at, other.answer):
        return max(one, other, key=lambda seen: (seen.at, seen.answer))
    states = sorted({*one.states, *other.states}, key=lambda state: (state.event, repr(state)))
    rest: Seen = min(one, other, key=lambda seen: repr(replace(seen, states=())))
    return replace(rest, states=tuple(states))


def latest(states: Sequence[S]) -> S:
    """Choose the latest of the states of one second: one that no other follows, else by the event's id."""
    followed = {state.before for state in states if state.before}
    last = [state for state in states if state.mark not in followed] or states
    return max(last, key=lambda state: state.event)


def answered(known: Observation | None, at: int) -> tuple[int, int]:
    """Return `at` and `answer` of what Stripe was asked for after `known` had been read: it is the later one."""
    if known is None or at > known.at:
        return at, 1
    return known.at, known.answer + 1


def mark_of(*values: object) -> str:
    return hashlib.sha256(repr(values).encode("utf-8", "replace")).hexdigest()[:12]
