"""What an object was before its event, as far as the event tells ("previous_attributes")."""

from collections.abc import Callable
from typing import Any

from keystack.errors import ActionNeededError
from keystack.stripe.models import Event


def mark_before(event: Event, mark: str, mark_of: Callable[[dict[str, Any]], str]) -> str:
    """Return the mark of the state that the object had before the event.

    Empty when the event does not tell, when what it tells cannot be read, or when the state is the same (`mark`).
    """
    previous = event.data.previous_attributes
    if not isinstance(previous, dict) or not previous:
        return ""
    try:
        before = mark_of(_laid_over(event.data.object, previous))
    except ActionNeededError:
        return ""
    return "" if before == mark else before


def _laid_over(subject: dict[str, Any], previous: dict[str, Any]) -> dict[str, Any]:
    """Put the previous values in place of the present ones: Stripe tells of a hash what changed, of a list all."""
    return {**subject, **{name: _value(subject.get(name), value) for name, value in previous.items()}}


def _value(present: Any, previous: Any) -> Any:
    if isinstance(present, dict) and isinstance(previous, dict):
        return _laid_over(present, previous)
    return previous
