"""What a replay will do and what it will not, as values that sentences are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from keystack.domain.causes import Cause
from keystack.domain.facts import OrderFact
from keystack.domain.plans import Unsettled


class Course(StrEnum):
    """What becomes of an effect: it is tried, or is not, for it is done or has nothing to do."""

    RUNS = "runs"
    DONE = "done"  # before, and is not done again
    SKIPPED = "skipped"  # before, or will be


@dataclass(frozen=True)
class EffectForeseen:
    """`reason`: why it is skipped or, of one that runs, why it failed or waited before. `at`: when it was done."""

    course: Course
    reason: str = ""
    at: int | None = None


@dataclass(frozen=True)
class Mints:
    """Exact. `minted`: how many keys by plan; `licenses`: how many the order has already.

    `waits`: line items that get nothing, and why. `effects` by their names (`email`, `metadata`); none, if the order
    is not paid or has no license. `busy`: another handler works on the order this very moment.
    """

    order: str
    is_new: bool
    is_paid: bool
    licenses: int
    minted: Mapping[str, int] = field(default_factory=dict)
    waits: Sequence[Unsettled] = ()
    effects: Mapping[str, EffectForeseen] = field(default_factory=dict)
    busy: bool = False

    @property
    def changes_nothing(self) -> bool:
        runs = any(each.course is Course.RUNS for each in self.effects.values())
        return not (self.is_new or self.minted or self.waits or runs)


@dataclass(frozen=True)
class AddsFact:
    """Does only what is missing: the fact goes to its order. `known`: the order has it, so nothing changes.

    `order`: the one that the ids of the event lead to, without asking Stripe; None if they lead to none.
    """

    fact: OrderFact
    order: str | None
    known: bool


@dataclass(frozen=True)
class AsksStripe:
    """Asks Stripe again what the event rang for, and brings the order up to date with the answer.

    `question` reads after "ask Stripe".
    """

    question: str
    order: str


@dataclass(frozen=True)
class WillFail:
    """It fails again, unless somebody does what the reason says first."""

    reason: str
    cause: Cause


@dataclass(frozen=True)
class StripeSilent:
    """Stripe, which knows what was bought, does not answer: what a replay does cannot be told now."""

    reason: str


@dataclass(frozen=True)
class NothingToReplay:
    reason: str


Foresight = Mints | AddsFact | AsksStripe | WillFail | StripeSilent | NothingToReplay
