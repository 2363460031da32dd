"""The environment of a function, read once at import; a missing variable fails at start with its name."""

import os

from keystack.errors import InvalidInputError


def required(*names: str) -> None:
    """Fail with a sentence when the template did not pass what the function needs."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise InvalidInputError(f"the environment variable {missing[0]} is not set: pass it in template.yaml")
