"""JSON from outside: nothing that the standard does not know, and nothing that could not be written again."""

import json
import math
from typing import Any, NoReturn

MAX_LEVELS = 50  # of nesting; Stripe's events have about ten


def read_json(body: bytes) -> Any:
    """Parse JSON. Raises ValueError for anything else: NaN, bad UTF-8, infinite numbers, nesting without end."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not _at_most(MAX_LEVELS, value):
        raise ValueError("nested too deeply")
    return value


def _at_most(levels: int, value: Any) -> bool:
    """Tell whether `value` is nested no deeper than `levels`: what handles it later has less stack left."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is None or (levels > 0 and all(_at_most(levels - 1, each) for each in inner))


def _finite(number: str) -> float:
    """Refuse what is JSON and becomes infinite, for that could not be written again."""
    value = float(number)
    return value if math.isfinite(value) else _refuse(number)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
