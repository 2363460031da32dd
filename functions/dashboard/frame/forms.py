"""Forms: read as the API reads a body, and done once however often they are sent."""

from collections.abc import Mapping
from typing import Any, TypeVar

from keystack.inputs.base import RequestModel
from keystack.inputs.reading import read_input
from keystack.management.sign_in import begin_form

from frame.request import Request

M = TypeVar("M", bound=RequestModel)
FORM_ID = "form_id"


def read_form(model: type[M], values: Mapping[str, Any]) -> M:
    """Check what a form says. Raises InvalidFieldsError, which says what belongs into each field."""
    return read_input(model, dict(values))


def is_repeated(request: Request) -> bool:
    """Tell whether this very form was sent before: for what would be done twice. Asked just before it is done."""
    return not begin_form(request.visitor.session, request.form.get(FORM_ID, ""), request.now)


def whole_number(text: str) -> int | str | None:
    """Read a number that somebody typed; None for an empty field. What is none stays text, which the model refuses."""
    text = text.strip().replace(",", "")
    return int(text) if text.isdecimal() and len(text) < 10 else text or None
