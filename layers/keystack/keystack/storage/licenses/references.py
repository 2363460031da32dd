"""References: a Stripe id or an Idempotency-Key → its order, or the facts that wait for one."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from keystack.domain.facts import OrderFacts
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.licenses.fact_codec import facts_to_map, order_facts_from
from keystack.storage.licenses.table import reference_key, unchanged, versions


@dataclass(frozen=True)
class Reference:
    """A Stripe id: the order it belongs to, or the facts parked until that order comes."""

    id: str
    order: str | None = None
    parked: OrderFacts = field(default_factory=dict)
    version: int = 0


def load_references(org: str, references: Iterable[str]) -> dict[str, Reference]:
    """Load references by Stripe id; one that is not there yet comes back empty."""
    ids = list(dict.fromkeys(references))
    items = dynamodb.get_items(reference_key(org, identity) for identity in ids)
    return {identity: reference_from(identity, items.get(reference_key(org, identity))) for identity in ids}


def point_reference(org: str, found: Reference, order: str) -> dynamodb.Action:
    """Let a Stripe id lead to its order. Fails if a fact was parked since `found` was read: it would be forgotten."""
    return dynamodb.update(
        reference_key(org, found.id),
        "SET #order = :order, version = :next REMOVE parked",
        unchanged(found.version),
        {":order": order, **versions(found.version)},
        {"#order": "order"},
    )


def park_fact(org: str, found: Reference, parked: OrderFacts) -> dynamodb.Action:
    """Keep facts under a Stripe id. Fails if the order came, or another fact, since `found` was read."""
    return dynamodb.update(
        reference_key(org, found.id),
        "SET parked = :parked, version = :next",
        unchanged(found.version),
        {":parked": facts_to_map(parked), **versions(found.version)},
        {},
    )


def reference_from(identity: str, item: Item | None) -> Reference:
    if item is None:
        return Reference(identity)
    return Reference(identity, item.get("order"), order_facts_from(item.get("parked")), item.get("version", 0))
