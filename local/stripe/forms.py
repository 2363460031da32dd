"""Form fields in Stripe's bracket style, as its clients send them."""

import re
from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]


def decode_form(text: str) -> Json:
    """Decode Stripe's bracket style: `metadata[k]=v`, `payment[type]=x`, `expand[]=a`."""
    found: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *inner = re.findall(r"[^\[\]]+", name) or [name]
        place = found
        for step in inner:
            nested = place.get(head)
            if not isinstance(nested, dict):
                nested = place[head] = {}
            place, head = nested, step
        if name.endswith("[]") or (inner and inner[-1].isdecimal()):
            continue  # lists (expand[]) are of no use here
        place[head] = value
    return found
