"""Parts of a page that load by themselves: when one's source does not answer, the page says so and shows the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from keystack.errors import ActionNeededError, RetryLaterError
from keystack.logs import logger

T = TypeVar("T")


@dataclass(frozen=True)
class Missing:
    """A part that could not be loaded: what it is, and why."""

    what: str
    reason: str


def part(what: str, load: Callable[[], T]) -> T | Missing:
    """Load a part; `what` names it in the sentence "{what} cannot be shown just now"."""
    try:
        return load()
    except (RetryLaterError, ActionNeededError) as error:
        logger.warning("a part of a page is missing", part=what, reason=str(error))
        return Missing(what, str(error))
