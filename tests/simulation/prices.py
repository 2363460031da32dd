"""What the vendor sells: its prices at Stripe, and the licenses that it grants for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DAY = 86_400
MONTH, YEAR = 30 * DAY, 365 * DAY
QUANTITY = -1  # as many as were bought
UNIT_AMOUNT = 1_000  # of every price

# The plans of the sample organization: kind, days that a fixed one lasts, seats.
KINDS = {"pro": "subscription", "team": "subscription", "lifetime": "perpetual", "assets": "perpetual", "year": "fixed"}
DAYS = {"year": 365}
SEATS = {"pro": 1, "team": 5, "lifetime": 1, "assets": 1, "year": 1}


@dataclass(frozen=True)
class Grant:
    """`keys`: how many; `seats`: of each, None for the plan's."""

    plan: str
    keys: int = 1
    seats: int | None = None


@dataclass(frozen=True)
class Price:
    """`interval`: seconds of its period, None for what is bought once. `sample`: the sample organization maps it."""

    grants: tuple[Grant, ...]
    interval: int | None = None
    metered: bool = False
    sample: bool = False


PRICES: Mapping[str, Price] = {
    "price_pro_lifetime": Price((Grant("lifetime", QUANTITY),), sample=True),
    "price_year_pass": Price((Grant("year"),), sample=True),
    "price_bundle": Price((Grant("lifetime"), Grant("assets")), sample=True),
    "price_tshirt": Price((), sample=True),
    "price_pro_monthly": Price((Grant("pro"),), MONTH, sample=True),
    "price_team": Price((Grant("team", seats=QUANTITY),), MONTH, sample=True),
    "price_pro_yearly": Price((Grant("pro"),), YEAR),
    "price_units": Price((Grant("pro", QUANTITY),), MONTH),
    "price_team_units": Price((Grant("team", QUANTITY),), MONTH),
    "price_both": Price((Grant("pro"), Grant("team", seats=QUANTITY)), MONTH),
    "price_metered": Price((Grant("team"),), MONTH, metered=True),
    "price_installments": Price((Grant("lifetime"),), MONTH),  # recurs, and its plan is perpetual
    "price_new": Price((Grant("lifetime"),)),
    "price_new_monthly": Price((Grant("team"),), MONTH),
}
MAPPED_LATE = ("price_new", "price_new_monthly")  # the vendor forgot them at first
RECURRING = tuple(name for name, price in PRICES.items() if price.interval)


@dataclass(frozen=True)
class Unit:
    """What one license must grant."""

    plan: str
    seats: int

    @property
    def kind(self) -> str:
        return KINDS[self.plan]


def units(price: str, quantity: int) -> list[list[Unit]]:
    """Name what each license of a price must grant, by its grants, the first unit first. What is metered is one."""
    count = 1 if PRICES[price].metered else quantity
    return [
        [Unit(grant.plan, {None: SEATS[grant.plan], QUANTITY: count}.get(grant.seats, grant.seats or 0))]
        * (count if grant.keys == QUANTITY else grant.keys)
        for grant in PRICES[price].grants
    ]


def mapping(price: str) -> dict[str, Any]:
    """Write a price's grants as the vendor configures them."""
    return {
        "grants": [
            {
                "plan": grant.plan,
                "keys": "per_unit" if grant.keys == QUANTITY else grant.keys,
                "seats": {None: "plan", QUANTITY: "quantity"}.get(grant.seats, grant.seats),
            }
            for grant in PRICES[price].grants
        ]
    }


def mapped_at_first() -> dict[str, Any]:
    """Return the mappings that the vendor has from the start, beside the sample organization's."""
    return {name: mapping(name) for name, price in PRICES.items() if not price.sample and name not in MAPPED_LATE}
