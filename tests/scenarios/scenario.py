"""A scenario: what happens at Stripe, step by step, and what should come of it. Knows nothing of how it is played."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from scenarios.catalogue import REPORTS, Catalogue

Json = dict[str, Any]
BEGINNING = 1_790_000_000  # where the clock stands for an event without a time
PLAIN = ("licenses", "seats", "expires_at")  # what is told without any further permission, too
LASTING = ("licenses", "seats", "billing", "expires_at", "paid_through", "cancels_at", "collection_paused", "ends")


class Kind(StrEnum):
    """What a step is; ANSWERS: what Stripe's API answers from then on, beside what it did."""

    EVENT = "event"
    ANSWERS = "stripe_now_answers"
    CALL = "api"
    EXPECT = "expect"


@dataclass(frozen=True)
class Step:
    kind: Kind
    what: Any


@dataclass(frozen=True)
class Scenario:
    """`answers`: what Stripe's API answers to GET at first, by path; `refused`: the paths of what the key may not read.

    `settings`: what the organization sets. `has_surplus`: how many keys there are beside
    the valid ones depends on the order of arrival.
    `is_ordered`: a person's decision counts from its place on, so no other order is played. `needs_asking`: its events
    alone do not tell how it ends.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    answers: Json = field(default_factory=dict)
    catalogue: Catalogue = REPORTS
    settings: Json = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    has_surplus: bool = False
    is_ordered: bool = False
    needs_asking: bool = False

    @property
    def events(self) -> list[Json]:
        return [step.what for step in self.steps if step.kind is Kind.EVENT]

    @property
    def calls(self) -> list[str]:
        return [step.what for step in self.steps if step.kind is Kind.CALL]

    @property
    def last_answers(self) -> Json:
        """What Stripe's API answers after everything has happened."""
        answers = dict(self.answers)
        for step in self.steps:
            if step.kind is Kind.ANSWERS:
                answers |= step.what
        return answers

    @property
    def end(self) -> Json:
        """What is expected in every order of arrival: what the last expectation says of lasting things."""
        *_, last = [step.what for step in self.steps if step.kind is Kind.EXPECT]
        return {name: value for name, value in last.items() if name in LASTING}


def from_report(path: Path) -> Scenario:
    """Read a file; whatever is not of the form that is known here is an error."""
    found = json.loads(path.read_text())
    unknown = set(found) - {"title", "why", "stripe_answers", "steps"}
    assert not unknown, f"{path.name} says more than is understood: {unknown}"
    return Scenario(path.stem, found["title"], tuple(_steps(found["steps"])), found["stripe_answers"])


def time_of(event: Json) -> int:
    """Read an event's time: Unix seconds, of a thin event ISO 8601; the beginning's where there is none."""
    created = event.get("created")
    if isinstance(created, str) and created[:1].isdecimal():
        return int(datetime.fromisoformat(created).timestamp())
    return created if isinstance(created, int) else BEGINNING


def _steps(steps: list[Json]) -> Iterator[Step]:
    for step in steps:
        [(kind, what)] = step.items()
        yield Step(Kind(kind), what)
