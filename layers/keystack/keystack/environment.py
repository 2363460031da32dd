"""The only module that reads environment variables, which template.yaml passes.

A function declares its variables as a frozen dataclass and reads them once, at import:

    @dataclass(frozen=True)
    class Environment:
        mail_transport: str  # MAIL_TRANSPORT
        mail_from: str = ""  # may be left out, or empty

    ENVIRONMENT = environment.read(Environment)
"""

import os
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, TypeVar

from keystack.errors import InvalidInputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

E = TypeVar("E", bound="DataclassInstance")


def read(declared: type[E]) -> E:
    """Read a function's variables. Raises InvalidInputError naming the first one that is missing."""
    optional = {field.name: field.default for field in fields(declared) if field.default is not MISSING}
    names = [field.name for field in fields(declared)]
    return declared(**{name: variable(name.upper(), optional.get(name)) for name in names})


def variable(name: str, default: str | None = None) -> str:
    """Read a variable for the shared package. Raises InvalidInputError when it is missing and has no default."""
    value = os.environ.get(name) or default
    if value is None:
        raise InvalidInputError(f"the environment variable {name} is not set: pass it in template.yaml")
    return value
