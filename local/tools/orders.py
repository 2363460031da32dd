"""Remembers what `make buy` has bought and what became of it, for the other commands: orders.json beside state.json."""

import json
from collections.abc import Mapping
from pathlib import Path

from local.settings import Settings
from local.state import write_json
from local.stripe.purchases import Json
from local.stripe.sales import Sale, sale_from
from local.tools.target import UsageError


def remember(env: Mapping[str, str], sale: Sale) -> None:
    write_json(_file(env), {**_load(env), sale.bought.order: sale.as_json()})


def recall(env: Mapping[str, str]) -> Sale:
    """Return the sale that ORDER names; UsageError if there is none."""
    orders, name = _load(env), env.get("ORDER", "")
    if not name:
        raise UsageError("Name the order: ORDER=cs_test_... (make buy has printed it).")
    if name not in orders:
        raise UsageError(f"{name} was not bought with `make buy` here: {_file(env)} does not know it.")
    return sale_from(orders[name])


def _file(env: Mapping[str, str]) -> Path:
    return Settings.read(env).state_dir / "orders.json"


def _load(env: Mapping[str, str]) -> dict[str, Json]:
    try:
        orders: dict[str, Json] = json.loads(_file(env).read_text())
    except (OSError, ValueError):
        return {}
    return orders
