"""Read what did not come through the API, and say in one sentence what is wrong with it, without quoting a value."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from keystack.errors import InvalidFieldsError
from keystack.inputs.base import RequestModel

M = TypeVar("M", bound=RequestModel)

MAX_NAMED = 5  # fields in one sentence
MAX_NAME = 100  # characters of a field's name
SENTENCES = {  # Pydantic's kind of error → what belongs there
    "missing": "must be given",
    "extra_forbidden": "is not a known field",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "string_too_long": "must be text of at most {max_length} characters",
    "string_too_short": "must be text of at least {min_length} characters",
    "too_long": "must have {max_length} items at most",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "string_pattern_mismatch": "must match {pattern}",
}


def read_input(model: type[M], value: Any) -> M:
    """Check `value` against a model. Raises InvalidFieldsError that names each field and says what belongs there."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise InvalidFieldsError(_by_field(error.errors(include_url=False, include_input=False))) from None


def _by_field(errors: Sequence[ErrorDetails]) -> dict[str, str]:
    """Say what is wrong, field by field; a field that may be one of several things has several errors."""
    wanted: dict[str, list[str]] = {}
    for each in errors:
        wanted.setdefault(_name(each["loc"]), []).append(_wanted(each))
    return {name: _or(wants) for name, wants in list(wanted.items())[:MAX_NAMED]}


def _or(wants: Sequence[str]) -> str:
    return " or ".join([wants[0], *(each.removeprefix("must be ") for each in wants[1:])])


def _wanted(error: ErrorDetails) -> str:
    sentence = SENTENCES.get(error["type"])
    return sentence.format(**error.get("ctx", {})) if sentence else error["msg"]


def _name(place: Sequence[str | int]) -> str:
    """Write a place as `mappings.price_1.grants.0.keys`, without Pydantic's own names in it."""
    own = ("literal[", "constrained-", "[key]")
    parts = [str(part)[:MAX_NAME] for part in place if not str(part).startswith(own)]
    return ".".join(parts) or "the document"
