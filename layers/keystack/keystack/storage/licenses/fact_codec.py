"""Facts as maps inside an item: `{"fact": "Refunded", …}`. What earlier versions wrote is read as what it is now."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar, get_args

from keystack.domain.disputes import DisputeState, DisputeStatus
from keystack.domain.facts import (
    Concern,
    Disputed,
    Fact,
    Facts,
    FirstInvoice,
    LicenseFact,
    LicenseFacts,
    OrderFact,
    OrderFacts,
    Paid,
    SubscriptionSeen,
    with_facts,
)
from keystack.domain.subscriptions import Item, SubscriptionState, SubscriptionStatus

F = TypeVar("F", bound=Fact)
Values = Mapping[str, Any]
Stored = Mapping[str, Values]

_OF_ORDERS: dict[str, type[OrderFact]] = {kind.__name__: kind for kind in get_args(OrderFact)}
_OF_LICENSES: dict[str, type[LicenseFact]] = {kind.__name__: kind for kind in get_args(LicenseFact)}


def facts_to_map(facts: Facts) -> dict[str, Any]:
    return {identity: {"fact": type(fact).__name__, **_without_none(asdict(fact))} for identity, fact in facts.items()}


def order_facts_from(stored: Stored | None) -> OrderFacts:
    facts: OrderFacts = {}
    every = (stored or {}).values()
    charges = {values["dispute"]: values["charge"] for values in every if values["fact"] == "Disputed"}
    return with_facts(facts, (_order_fact(_with_charge(values, charges)) for values in every))


def license_facts_from(stored: Stored | None) -> LicenseFacts:
    return {identity: _read(_OF_LICENSES, values) for identity, values in (stored or {}).items()}


def _order_fact(values: Values) -> OrderFact:
    name, rest = values["fact"], {key: value for key, value in values.items() if key != "fact"}
    reader = _READERS.get(name)
    return reader(rest) if reader else _read(_OF_ORDERS, values)


def _read(kinds: Mapping[str, type[F]], values: Values) -> F:
    return kinds[values["fact"]](**{name: value for name, value in values.items() if name != "fact"})


def _paid(values: Values) -> OrderFact:
    begins = values.get("begins")
    return Paid(values["at"], SubscriptionStatus(begins) if begins else None)


def _refunded(values: Values) -> OrderFact:
    return _OF_ORDERS["Refunded"](**{**values, "concern": Concern(values.get("concern", Concern.ORDER))})


def _disputed(values: Values) -> OrderFact:
    """Read a dispute; an earlier version wrote only that it was opened."""
    states = [
        DisputeState(**{**state, "status": DisputeStatus(state["status"])}) for state in values.get("states", [])
    ] or [DisputeState(DisputeStatus.NEEDS_RESPONSE, since=values["at"])]
    concern = Concern(values.get("concern", Concern.ORDER))
    return Disputed(**{**values, "states": tuple(states), "concern": concern})


def _dispute_won(values: Values) -> OrderFact:
    """Read what an earlier version wrote of a dispute that was won: also if that was in the second of its opening."""
    won = DisputeState(DisputeStatus.WON, since=values["at"])
    return Disputed(values["dispute"], values["charge"], values["at"], 1, (won,))


def _with_charge(values: Values, charges: Mapping[str, str]) -> Values:
    """Add to a dispute that was won what only its opening said."""
    return {**values, "charge": charges.get(values["dispute"], "")} if values["fact"] == "DisputeWon" else values


def _subscription_seen(values: Values) -> OrderFact:
    return SubscriptionSeen(**{**values, "states": tuple(map(_subscription_state, values["states"]))})


def _subscription_state(values: Values) -> SubscriptionState:
    items = tuple(Item(**{"product": None, **item}) for item in values.get("items", []))
    return SubscriptionState(**{**values, "items": items, "status": SubscriptionStatus(values["status"])})


def _subscription_deleted(values: Values) -> OrderFact:
    """Read what an earlier version wrote of a subscription that has ended, and until when it was paid."""
    state = SubscriptionState(
        SubscriptionStatus.CANCELED, ends=values["expires_at"], latest_is_paid=True, since=values["at"]
    )
    return SubscriptionSeen(values["subscription"], values["at"], 0, (state,))


def _first_invoice(values: Values) -> OrderFact:
    return FirstInvoice(**{**values, "items": tuple((item, price) for item, price in values["items"])})


def _without_none(value: Any) -> Any:
    match value:
        case dict():
            return {name: _without_none(each) for name, each in value.items() if each is not None}
        case list() | tuple():
            return [_without_none(each) for each in value]
    return value


_READERS: dict[str, Callable[[Values], OrderFact]] = {
    "Paid": _paid,
    "Refunded": _refunded,
    "Disputed": _disputed,
    "DisputeWon": _dispute_won,
    "SubscriptionSeen": _subscription_seen,
    "SubscriptionDeleted": _subscription_deleted,
    "FirstInvoice": _first_invoice,
}
