"""Text that a customer or Stripe can put on a page. It stays text, and shows what it hides.

Jinja escapes it. Here, characters that change how their neighbours look are written out, and words that mix alphabets
as look-alikes do get a mark. What is written in any one language stays as it is. (Unicode: UAX #9, UTS #39.)
"""

import re
import unicodedata

from markupsafe import Markup, escape

# Controls; overrides, embeddings and isolates of direction; lines and paragraphs; what has no width; half characters.
# Not the joiners and the marks of direction, which names are written with.
_HIDDEN = re.compile(
    "([\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u202a-\u202e\u2066-\u2069\u2028\u2029\u200b\u2060-\u2064\ufeff\ud800-\udfff])"
)
_WORD = re.compile(r"\w+")
_ALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN")  # the alphabets that have each other's letters


def mark(text: object) -> Markup:
    """Write a text for a page, isolated from its surroundings."""
    text = str(text)
    pieces = [_written_out(each) if place % 2 else escape(each) for place, each in enumerate(_HIDDEN.split(text))]
    inside = Markup("").join(pieces)
    alike = look_alikes(text)
    note = Markup('<small class="alike">look-alike letters: {}</small>').format(", ".join(alike)) if alike else ""
    return Markup("<bdi>{}</bdi>{}").format(inside, note)


def look_alikes(text: str) -> list[str]:
    """Name the letters in words that mix alphabets, all but the Latin ones: `U+0430 CYRILLIC SMALL LETTER A`."""
    found: dict[str, None] = {}
    for word in _WORD.findall(text):
        letters = {letter: alphabet for letter in word if (alphabet := _alphabet(letter))}
        if len(set(letters.values())) > 1:
            found |= {_name(letter): None for letter, alphabet in letters.items() if alphabet != "LATIN"}
    return list(found)


def _written_out(letter: str) -> Markup:
    return Markup('<span class="hidden-character" title="a character that cannot be seen">U+{}</span>').format(
        f"{ord(letter):04X}"
    )


def _alphabet(letter: str) -> str:
    name = unicodedata.name(letter, "") if not letter.isascii() or letter.isalpha() else ""
    return next((each for each in _ALIKE if name.startswith(each)), "")


def _name(letter: str) -> str:
    return f"U+{ord(letter):04X} {unicodedata.name(letter)}"
