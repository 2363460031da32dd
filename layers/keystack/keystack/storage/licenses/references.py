"""References: a Stripe id or an Idempotency-Key → its order, or the facts that wait for one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from keystack.domain.facts import OrderFacts, is_observation
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.licenses.fact_codec import facts_to_map, order_facts_from
from keystack.storage.licenses.table import reference_key, unchanged, versions

PARKED = 90 * 86_400  # seconds that a subscription's state is kept without an order


@dataclass(frozen=True)
class Reference:
    """A Stripe id: the order it belongs to, or the facts parked until that order comes.

    `pending`: whether that order awaits its payment; `paid_by`: the event that told that it waits no longer.
    """

    id: str
    order: str | None = None
    pending: bool = False
    paid_by: str = ""
    parked: OrderFacts = field(default_factory=dict)
    version: int = 0


def load_references(org: str, references: Iterable[str]) -> dict[str, Reference]:
    """Load references by Stripe id; one that is not there yet comes back empty."""
    ids = list(dict.fromkeys(references))
    items = dynamodb.get_items(reference_key(org, identity) for identity in ids)
    return {identity: reference_from(identity, items.get(reference_key(org, identity))) for identity in ids}


def point_reference(org: str, found: Reference, order: str, pending: bool, source: str) -> dynamodb.Action:
    """Let a Stripe id lead to its order. Fails if a fact was parked since `found` was read: it would be forgotten.

    `pending`: whether the order awaits its payment, so that events about other payments need not read it. Once it does
    not, the event that told it (`source`) still finds it: it may have crashed before the customer was told.
    """
    values: dict[str, Any] = {":order": order, **versions(found.version)}
    expression = "SET #order = :order, version = :next"
    gone = ["parked", "expires"]
    if pending:
        expression, values = expression + ", pending = :pending", {**values, ":pending": True}
    elif found.pending:
        expression, values = expression + ", paid_by = :source", {**values, ":source": source}
        gone.append("pending")
    return dynamodb.update(
        reference_key(org, found.id),
        f"{expression} REMOVE {', '.join(gone)}",
        unchanged(found.version),
        values,
        {"#order": "order"},
    )


def park_fact(org: str, found: Reference, parked: OrderFacts) -> dynamodb.Action:
    """Keep facts under a Stripe id. Fails if the order came, or another fact, since `found` was read.

    Those of a subscription that no checkout began would wait for ever: they are forgotten after a while.
    """
    forgotten = max(fact.at for fact in parked.values()) + PARKED if all(map(is_observation, parked.values())) else None
    return dynamodb.update(
        reference_key(org, found.id),
        f"SET parked = :parked, version = :next{', expires = :expires' if forgotten else ' REMOVE expires'}",
        unchanged(found.version),
        {
            ":parked": facts_to_map(parked),
            **({":expires": forgotten} if forgotten else {}),
            **versions(found.version),
        },
        {},
    )


def reference_from(identity: str, item: Item | None) -> Reference:
    if item is None:
        return Reference(identity)
    parked = order_facts_from(item.get("parked"))
    return Reference(
        identity,
        item.get("order"),
        item.get("pending", False),
        item.get("paid_by", ""),
        parked,
        item.get("version", 0),
    )
