"""What Stripe's objects and events have in common, in every API version since 2018: only the fields that are read.

Types are strict: `true` is no number, `"1"` is none either, and 1 is no flag. What each object looks like is in
`objects`, one module an object.
"""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints

_ID = r"^[A-Za-z0-9_-]{1,255}$"


def _id_of(value: Any) -> Any:
    """An expandable field holds an id or the object itself."""
    return value.get("id") if isinstance(value, dict) else value


def _if_id(value: Any) -> Any:
    """None for what is no id."""
    value = _id_of(value)
    return value if isinstance(value, str) and re.fullmatch(_ID, value) else None


def _clean(value: Any) -> Any:
    """Free text loses what no database takes: half surrogates and control characters."""
    if not isinstance(value, str):
        return value
    encodable = value.encode("utf-8", "replace").decode("utf-8")
    return "".join(" " if ord(character) < 32 or ord(character) == 127 else character for character in encodable)[:500]


def _if_amount(value: Any) -> Any:
    """None for what is no amount."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15 else None


def _if_currency(value: Any) -> Any:
    """None for what is no three-letter code."""
    return value.lower() if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha() else None


Id = Annotated[str, StringConstraints(pattern=_ID), BeforeValidator(_id_of)]
# Up to the year 2106: what lies beyond is no date of Stripe's, and no database writes it.
Time = Annotated[int, Strict(), Field(ge=0, lt=2**32)]
Amount = Annotated[int, Strict(), Field(ge=0, lt=10**15)]  # in the currency's smallest unit
SignedAmount = Annotated[int, Strict(), Field(gt=-(10**15), lt=10**15)]
Quantity = Annotated[int, Strict(), Field(ge=0, lt=10**12)]
Flag = Annotated[bool, Strict()]
Text = Annotated[str, BeforeValidator(_clean)]

# What only travels onward or is only shown fails nothing: None for what is not of its type.
IdIfAny = Annotated[str | None, BeforeValidator(_if_id)]
AmountIfAny = Annotated[int | None, BeforeValidator(_if_amount)]
CurrencyIfAny = Annotated[str | None, BeforeValidator(_if_currency)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class EventData(Shape):
    object: dict[str, Any]
    previous_attributes: Any = None


class Event(Shape):
    id: Id
    type: str
    api_version: str | None = None
    created: Time
    livemode: Flag
    data: EventData
