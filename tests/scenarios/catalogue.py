"""What an organization sells: its plans, and the mappings of Stripe's prices to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Catalogue:
    name: str
    plans: Mapping[str, Json]
    mappings: Mapping[str, list[Json]]

    def as_configuration(self) -> Json:
        """Write it as the operator's document has it."""
        plans = [{"code": code, "name": code.title(), **plan} for code, plan in self.plans.items()]
        return {"plans": plans, "mappings": {price: {"grants": each} for price, each in self.mappings.items()}}


# What the scenarios of a folder of reports are about.
REPORTS = Catalogue(
    "reports",
    plans={
        "month": {"kind": "subscription", "seats": 1},
        "year": {"kind": "subscription", "seats": 1},
        "life": {"kind": "perpetual", "seats": 2},
        "term": {"kind": "fixed", "duration_days": 30, "seats": 1},
    },
    mappings={
        "price_month": [{"plan": "month"}],
        "price_year": [{"plan": "year"}],
        "price_life": [{"plan": "life"}],
        "price_term": [{"plan": "term"}],
        "price_seats": [{"plan": "month", "seats": "quantity"}],
        "price_seats_year": [{"plan": "year", "seats": "quantity"}],
        "price_unit": [{"plan": "month", "keys": "per_unit"}],
    },
)

# What our own scenarios are about: a maker of music software.
SHOP = Catalogue(
    "shop",
    plans={
        "solo": {"kind": "subscription", "seats": 1},
        "band": {"kind": "subscription", "seats": 4},
        "forever": {"kind": "perpetual", "seats": 3},
        "pass": {"kind": "fixed", "duration_days": 30, "seats": 1},
    },
    mappings={
        "price_solo": [{"plan": "solo"}],
        "price_solo_yearly": [{"plan": "solo"}],
        "price_band": [{"plan": "band"}],
        "price_band_seats": [{"plan": "band", "seats": "quantity"}],
        "price_solo_seats": [{"plan": "solo", "seats": "quantity"}],
        "price_solo_keys": [{"plan": "solo", "keys": "per_unit"}],
        "price_forever": [{"plan": "forever"}],
        "price_forever_rent": [{"plan": "forever"}],  # recurring, and yet of a perpetual plan
        "price_pass": [{"plan": "pass"}],
        "price_mug": [],
        "prod_orchestra": [{"plan": "band", "seats": 90}],
    },
)
