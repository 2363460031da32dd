"""The sample organization's prices, as Stripe has them."""

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("catalogue.json")


def catalogue() -> list[dict[str, Any]]:
    """Return the sample organization's Stripe prices."""
    prices: list[dict[str, Any]] = json.loads(FILE.read_text())
    return prices
