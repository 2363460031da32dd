"""Lets time pass for objects that are minutes old: all that is behind them moves into the past. Pure."""

from typing import Any

from local.stripe.purchases import Json

TIMES = {
    "billing_cycle_anchor",
    "cancel_at",
    "canceled_at",
    "created",
    "current_period_end",
    "current_period_start",
    "end",
    "finalized_at",
    "paid_at",
    "period_end",
    "period_start",
    "start",
    "start_date",
    "transitioned_at",
}


def moved_back(item: Json, seconds: int) -> Json:
    """Return an object with every time in it earlier, those of what it contains too."""
    return {name: _moved(name, value, seconds) for name, value in item.items()}


def _moved(name: str, value: Any, seconds: int) -> Any:
    if isinstance(value, dict):
        return moved_back(value, seconds)
    if isinstance(value, list):
        return [_moved("", each, seconds) for each in value]
    return value - seconds if name in TIMES and isinstance(value, int) else value
