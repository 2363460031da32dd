"""JSON in colours: a span with a class for each key, text, number and word. What it shows is valid JSON to copy."""

import json
import re
from typing import Any

from markupsafe import Markup, escape

_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)')
# What cannot be seen, or changes how its neighbours look, is written as JSON writes it; every language stays.
_HIDDEN = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029\ufeff\ud800-\udfff]")


def colour(value: Any) -> Markup:
    """Write a value, indented."""
    text = _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, indent=2, ensure_ascii=False))
    pieces, place = [], 0
    for token in _TOKEN.finditer(text):
        pieces += [escape(text[place : token.start()]), _span(token)]
        place = token.end()
    return Markup("").join([*pieces, escape(text[place:])])


def _span(token: re.Match[str]) -> Markup:
    quoted, colon, number, word = token.groups()
    if quoted and colon:
        return Markup('<span class="json-key">{}</span>{}').format(quoted, colon)
    kind = "text" if quoted else "number" if number else "word"
    return Markup('<span class="json-{}">{}</span>').format(kind, quoted or number or word)
