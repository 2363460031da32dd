"""A secret that was replaced just now is no reason to fail: what needs it is tried once more with the new one."""

from collections.abc import Callable
from typing import TypeVar

from keystack.errors import ActionNeededError

Result = TypeVar("Result")


def with_current_secret(call: Callable[[], Result], has_changed: Callable[[], bool]) -> Result:
    """Call; if that needs a person, and the secret was replaced since it was read, call once more with the new one."""
    try:
        return call()
    except ActionNeededError:
        if not has_changed():
            raise
        return call()
