"""Facts as maps inside an item: `{"fact": "Refunded", …}`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar, get_args

from keystack.domain.facts import Fact, Facts, LicenseFact, LicenseFacts, OrderFact, OrderFacts

F = TypeVar("F", bound=Fact)
Stored = Mapping[str, Mapping[str, Any]]

_OF_ORDERS: dict[str, type[OrderFact]] = {kind.__name__: kind for kind in get_args(OrderFact)}
_OF_LICENSES: dict[str, type[LicenseFact]] = {kind.__name__: kind for kind in get_args(LicenseFact)}


def facts_to_map(facts: Facts) -> dict[str, Any]:
    return {identity: {"fact": type(fact).__name__, **asdict(fact)} for identity, fact in facts.items()}


def order_facts_from(stored: Stored | None) -> OrderFacts:
    return {identity: _read(_OF_ORDERS, values) for identity, values in (stored or {}).items()}


def license_facts_from(stored: Stored | None) -> LicenseFacts:
    return {identity: _read(_OF_LICENSES, values) for identity, values in (stored or {}).items()}


def _read(kinds: Mapping[str, type[F]], values: Mapping[str, Any]) -> F:
    return kinds[values["fact"]](**{name: value for name, value in values.items() if name != "fact"})
