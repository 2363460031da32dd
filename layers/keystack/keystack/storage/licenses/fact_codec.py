"""Facts as maps inside an item: `{"fact": "Refunded", …}`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from keystack.domain import facts as known
from keystack.domain.facts import Fact, Facts

_CLASSES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        known.AwaitingPayment,
        known.Paid,
        known.PaymentFailed,
        known.Refunded,
        known.RefundFailed,
        known.Disputed,
        known.DisputeWon,
        known.SubscriptionDeleted,
        known.Held,
        known.HoldLifted,
        known.Revoked,
    )
}


def fact_to_map(fact: Fact) -> dict[str, Any]:
    return {"fact": type(fact).__name__, **asdict(fact)}


def facts_to_map(facts: Facts) -> dict[str, Any]:
    return {identity: fact_to_map(fact) for identity, fact in facts.items()}


def facts_from_map(stored: Mapping[str, Mapping[str, Any]] | None) -> Facts:
    return {identity: _fact(values) for identity, values in (stored or {}).items()}


def _fact(values: Mapping[str, Any]) -> Fact:
    fields = {name: value for name, value in values.items() if name != "fact"}
    fact: Fact = _CLASSES[values["fact"]](**fields)
    return fact
