"""Read what a person typed or pasted into the search box: which kind of thing it names. Pure; nothing is looked up."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MAX_TEXT = 300  # characters
MAX_EMAIL = 254
KEY_CHARACTERS = (26, 41)  # letters and digits of a key: 25, a prefix of 1 to 12, TEST in front


class Sought(StrEnum):
    EMAIL = "email"
    KEY = "key"
    LICENSE = "license"
    ORDER = "order"
    REFERENCE = "reference"
    DELIVERY = "delivery"
    STRIPE_CUSTOMER = "stripe_customer"
    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"
    NOTHING = "nothing"


_OF_PREFIX = {
    "lic": Sought.LICENSE,
    "cs": Sought.ORDER,
    "ord": Sought.ORDER,
    "pi": Sought.REFERENCE,
    "sub": Sought.REFERENCE,
    "in": Sought.REFERENCE,
    "evt": Sought.DELIVERY,
    "issue": Sought.DELIVERY,
    "cus": Sought.STRIPE_CUSTOMER,
    "ch": Sought.CHARGE,
    "py": Sought.CHARGE,
    "re": Sought.REFUND,
    "pyr": Sought.REFUND,
    "dp": Sought.DISPUTE,
    "du": Sought.DISPUTE,
}
_ID = re.compile(r"([A-Za-z]{2,5})_[A-Za-z0-9_:-]{1,250}")
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_NAMED_EMAIL = re.compile(r"[^<>]*<([^<>]+@[^<>]+)>")
_AROUND = "\"'`´‘’‚“”„«»‹›<>()[],;"


@dataclass(frozen=True)
class Reading:
    """What is sought, and its id, address or key as it is stored or compared."""

    sought: Sought
    text: str = ""


NOTHING = Reading(Sought.NOTHING)


def read_text(typed: str) -> Reading:
    """Tell what a text names. Spaces and quotes around it do not matter, nor the case of what has none of its own."""
    if len(typed) > MAX_TEXT:
        return NOTHING
    text = _stripped(typed)
    if any(unicodedata.category(character).startswith("C") for character in text):
        return NOTHING  # control characters, overrides of the direction, halves of characters
    named = _NAMED_EMAIL.fullmatch(typed.strip())
    address = named[1].strip() if named else text.removeprefix("mailto:")
    if _EMAIL.fullmatch(address):
        return Reading(Sought.EMAIL, address.lower()) if len(address) <= MAX_EMAIL else NOTHING
    if (found := _ID.fullmatch(text)) and (sought := _OF_PREFIX.get(found[1].lower())):
        return Reading(sought, _with_lower_prefix(sought, text))
    least, most = KEY_CHARACTERS
    if least <= sum(character.isascii() and character.isalnum() for character in text) <= most:
        return Reading(Sought.KEY, text)
    return NOTHING


def _stripped(typed: str) -> str:
    """Take off what is pasted along: spaces, quotes, and characters that cannot be seen, at both ends."""
    start, end = 0, len(typed)
    while start < end and _is_around(typed[start]):
        start += 1
    while end > start and _is_around(typed[end - 1]):
        end -= 1
    return typed[start:end]


def _is_around(character: str) -> bool:
    return character.isspace() or character in _AROUND or character in "\ufeff\u200b"


def _with_lower_prefix(sought: Sought, text: str) -> str:
    """Our ids have small letters only; Stripe's do in front, and keep theirs behind."""
    if sought is Sought.LICENSE:
        return text.lower()
    parts = text.split("_")
    fixed = 2 if parts[0].lower() == "cs" else 1
    return "_".join([*(part.lower() for part in parts[:fixed]), *parts[fixed:]])
