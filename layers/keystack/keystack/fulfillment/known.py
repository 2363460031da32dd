"""What is stored about a purchase: its order and all that deciding about it depends on, read in few calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from keystack.domain.facts import OrderFacts, with_facts
from keystack.domain.following import changed_items
from keystack.domain.leases import Lease
from keystack.domain.licenses import License
from keystack.domain.minting import Known, Purchase
from keystack.domain.orders import Order, licenses_of
from keystack.domain.organizations import Organization
from keystack.domain.plans import Line
from keystack.domain.plans import Mapping as PlanMapping
from keystack.storage import dynamodb
from keystack.storage.licenses.key_rings import StoredKeyRing, key_ring_from, load_key_ring
from keystack.storage.licenses.licenses import load_licenses
from keystack.storage.licenses.orders import StoredOrder, order_from
from keystack.storage.licenses.references import Reference, reference_from
from keystack.storage.licenses.table import order_key, reference_key
from keystack.storage.mappings.mappings import line_keys, mappings_from
from keystack.storage.mappings.organizations import organization_from, organization_keys
from keystack.storage.mappings.plans import load_plans


@dataclass(frozen=True)
class Loaded:
    """What is known, and the versions and lease that the next write depends on.

    `has_licenses`: whether the licenses of `known` were read; else only their ids are known.
    """

    known: Known
    organization: Organization
    references: Mapping[str, Reference]
    key_ring: StoredKeyRing
    version: int
    lease: Lease
    has_licenses: bool = True


def load(purchase: Purchase) -> Loaded:
    order, org = purchase.order, purchase.order.org
    reference_keys = {name: reference_key(org, name) for name in purchase.references}
    ring_of = order.stripe_customer or purchase.key_ring_of
    ring_key = [reference_key(org, ring_of)] if ring_of else []
    own_key = order_key(org, order.id)
    settings = [*organization_keys(org), *line_keys(org, purchase.lines)]
    items = dynamodb.get_items([own_key, *reference_keys.values(), *ring_key, *settings])
    stored = order_from(items[own_key]) if own_key in items else None
    references = {name: reference_from(name, items.get(key)) for name, key in reference_keys.items()}
    key_ring = _key_ring(org, ring_of, stored, key_ring_from(items.get(ring_key[0]) if ring_key else None))
    mappings = mappings_from(items)
    known = Known(
        order=stored.order if stored else None,
        licenses=_licenses_without_keys(stored),
        owners={name: reference.order for name, reference in references.items()},
        pending=frozenset(name for name, reference in references.items() if reference.pending),
        parked=_parked(references.values()),
        key_ring=key_ring.ring,
        mappings=mappings,
        plans=load_plans(org, _plan_codes(mappings, stored)),
    )
    version, lease = (stored.version, stored.lease) if stored else (0, Lease())
    loaded = Loaded(
        known,
        organization_from(org, items),
        references,
        key_ring,
        version,
        lease,
        has_licenses=not (stored and stored.order.license_count),
    )
    return with_licenses(loaded) if _needs_keys(order, stored) else loaded


def with_licenses(loaded: Loaded) -> Loaded:
    """Read the order's licenses that are written, with their keys and what persons decided about them."""
    order = loaded.known.order
    if loaded.has_licenses or order is None:
        return loaded
    return replace(loaded, known=replace(loaded.known, licenses=load_licenses(order.org, order.id)), has_licenses=True)


def with_mappings(loaded: Loaded, order: Order, lines: Iterable[Line]) -> Loaded:
    """Read what the items of the order's subscription earn, where they are not what was bought (as `lines`)."""
    asked = {line.price for line in lines}
    changed = [Line(each.id, each.price, each.product, each.quantity) for each in changed_items(order)]
    new = [line for line in changed if line.price not in asked]
    if not new:
        return loaded
    known = loaded.known
    mappings = mappings_from(dynamodb.get_items(line_keys(order.org, new)))
    codes = {grant.plan for mapping in mappings.values() for grant in mapping.grants} - known.plans.keys()
    plans = {**known.plans, **load_plans(order.org, sorted(codes))}
    return replace(loaded, known=replace(known, mappings={**known.mappings, **mappings}, plans=plans))


def _plan_codes(mappings: Mapping[str, PlanMapping], stored: StoredOrder | None) -> list[str]:
    """Name the plans that the prices grant and, if an e-mail waits, those of the order's licenses: it names them."""
    codes = {grant.plan for mapping in mappings.values() for grant in mapping.grants}
    if stored and (codes or stored.order.waiting_effects or not stored.order.minted):
        codes |= {award.plan for settled in stored.order.settled for award in settled.awards}
    return sorted(codes)


def _key_ring(org: str, ring_of: str | None, stored: StoredOrder | None, ring: StoredKeyRing) -> StoredKeyRing:
    """The order's Stripe Customer is the stored one, whatever a later event leaves out or says."""
    known = stored.order.stripe_customer if stored else None
    return load_key_ring(org, known) if known and known != ring_of else ring


def _parked(references: Iterable[Reference]) -> OrderFacts:
    facts: OrderFacts = {}
    for reference in references:
        facts = with_facts(facts, reference.parked.values())
    return facts


def _licenses_without_keys(stored: StoredOrder | None) -> list[License]:
    """Name the licenses that are written, if all are."""
    if stored is None or not stored.order.minted:
        return []
    return [license for license, _ in licenses_of(stored.order)]


def _needs_keys(bought: Order, stored: StoredOrder | None) -> bool:
    """Tell whether the decision needs more than the ids of the licenses, whatever it is."""
    if stored is None or not stored.order.license_count:
        return False
    return not stored.order.minted or (bool(bought.stripe_customer) and not stored.order.stripe_customer)
