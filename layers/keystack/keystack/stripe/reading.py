"""Reads one of Stripe's objects, or says which of its fields is not as Stripe documents it."""

import re
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from keystack.errors import ActionNeededError
from keystack.stripe.models import Shape

ANSWER = "Stripe answered what is not shaped as it documents"
MAX_NAMED = 5  # fields
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,60}")

S = TypeVar("S", bound=Shape)


class UnreadableError(ActionNeededError):
    """An object is not as Stripe documents it in any API version.

    `problems` are its fields by their paths (`items.data.0.id`), with the word if it is one that nobody knows.
    """

    def __init__(self, problems: Iterable[str], what: str = ANSWER) -> None:
        self.problems = tuple(sorted(set(problems)))
        named = ", ".join(self.problems[:MAX_NAMED]) + (", …" if len(self.problems) > MAX_NAMED else "")
        super().__init__(f"{what} ({named}): report it to KeyStack with its id")


def read(shape: type[S], value: Any) -> S:
    """Read an object. Raises UnreadableError, which quotes nothing of it but words of a closed list."""
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        raise UnreadableError(map(_problem, error.errors(include_url=False, include_context=False))) from None


def _problem(error: ErrorDetails) -> str:
    path = ".".join(str(part) for part in error["loc"]) or "the object"
    word = error["input"]
    if error["type"] == "enum" and isinstance(word, str) and _WORD.fullmatch(word):
        return f'{path} is "{word}"'
    return path
