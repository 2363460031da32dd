"""Mint the licenses of an order: load, decide, save, retry. May be called any number of times, by anybody.

Reads: one batch for everything that is known of the order and its prices, one for the plans they name.
Orders of more licenses than fit in a transaction are finished in further ones, from wherever a crash left off.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from keystack.domain.customers import KeyRing
from keystack.domain.facts import OrderFacts, with_facts
from keystack.domain.keys import BITS
from keystack.domain.leases import Lease
from keystack.domain.licenses import License
from keystack.domain.minting import Known, Minting, Purchase, decide_minting, is_complete
from keystack.domain.orders import Order, licenses_of
from keystack.domain.organizations import Organization
from keystack.domain.plans import Plan, Unsettled
from keystack.errors import RetryLaterError
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import Action, ConditionFailedError, Key
from keystack.storage.licenses.customers import update_customer
from keystack.storage.licenses.key_rings import StoredKeyRing, key_ring_from, load_key_ring, put_key_ring
from keystack.storage.licenses.licenses import ACTIONS_PER_LICENSE, load_licenses, put_license
from keystack.storage.licenses.orders import StoredOrder, order_from, put_order
from keystack.storage.licenses.references import Reference, point_reference, reference_from
from keystack.storage.licenses.table import order_key, reference_key
from keystack.storage.mappings.mappings import line_keys, mappings_from
from keystack.storage.mappings.organizations import organization_from, organization_keys
from keystack.storage.mappings.plans import load_plans

ATTEMPTS = 6  # against other writers of the same order or customer


@dataclass(frozen=True)
class Minted:
    """The order as it now stands. `lease` is ours if this call wrote it; `unsettled` lines wait for a person.

    `licenses` are those that this call wrote.
    """

    order: Order
    organization: Organization
    plans: Mapping[str, Plan]
    key_ring: StoredKeyRing
    lease: Lease
    version: int
    unsettled: Sequence[Unsettled] = ()
    licenses: Sequence[License] = ()


@dataclass(frozen=True)
class _Loaded:
    """What is known, and the versions and lease that the next write depends on."""

    known: Known
    organization: Organization
    references: Mapping[str, Reference]
    key_ring: StoredKeyRing
    version: int
    lease: Lease


def mint(purchase: Purchase, lease: Lease, source: str, now: int) -> Minted:
    """Bring the order up to date with `purchase`, and give every settled line its licenses.

    `lease`: who goes on with the effects, and until when. `source` goes into the audit log.
    Raises RetryLaterError when others keep writing the same order, ActionNeededError when the order is too large.
    """
    for _ in range(ATTEMPTS):
        loaded = _load(purchase)
        order = loaded.known.order
        if order and purchase.issued and is_complete(order):  # whoever works on its effects just now
            return _unchanged(loaded, order)
        if loaded.lease.is_taken(lease.holder, now):
            raise taken(loaded.lease, now)
        minting = decide_minting(purchase, loaded.known, _random_bits(), now)
        try:
            return _save(minting, loaded, lease, source, now)
        except ConditionFailedError:
            continue
    raise RetryLaterError(f"order {purchase.order.id} is being written by others")


@dataclass(frozen=True)
class Foreseen:
    """What `mint` would write now, the Stripe Customer's keys after it, and who works on the order just now."""

    minting: Minting
    key_ring: KeyRing
    lease: Lease


def foresee_minting(purchase: Purchase, now: int) -> Foreseen:
    """Load and decide as `mint` does, and write nothing. Raises ActionNeededError when the order is too large."""
    loaded = _load(purchase)
    minting = decide_minting(purchase, loaded.known, _random_bits(), now)
    return Foreseen(minting, minting.key_ring(minting.licenses) or loaded.key_ring.ring, loaded.lease)


def taken(lease: Lease, now: int) -> RetryLaterError:
    """Say that another handler has the order, and when it is worth while to look again."""
    return RetryLaterError("another delivery of this order is being worked on", lease.until - now + 1)


def _random_bits() -> Iterator[int]:
    while True:
        yield secrets.randbits(BITS)


def _load(purchase: Purchase) -> _Loaded:
    order, org = purchase.order, purchase.order.org
    reference_keys = {name: reference_key(org, name) for name in purchase.references}
    ring_key = [reference_key(org, order.stripe_customer)] if order.stripe_customer else []
    own_key = order_key(org, order.id)
    settings = [*organization_keys(org), *line_keys(org, purchase.lines)]
    items = dynamodb.get_items([own_key, *reference_keys.values(), *ring_key, *settings])
    stored = order_from(items[own_key]) if own_key in items else None
    references = {name: reference_from(name, items.get(key)) for name, key in reference_keys.items()}
    key_ring = _key_ring(order, stored, key_ring_from(items.get(ring_key[0]) if ring_key else None))
    parked = _parked(references.values())
    known = Known(
        order=stored.order if stored else None,
        licenses=_written_licenses(order, stored, parked),
        owners={name: reference.order for name, reference in references.items()},
        parked=parked,
        key_ring=key_ring.ring,
        mappings=mappings_from(items),
        plans=_load_plans(org, items, stored),
    )
    version, lease = (stored.version, stored.lease) if stored else (0, Lease())
    return _Loaded(known, organization_from(org, items), references, key_ring, version, lease)


def _load_plans(org: str, items: Mapping[Key, Item], stored: StoredOrder | None) -> dict[str, Plan]:
    """Load the plans that the prices grant, and those that the order's licenses have: the e-mail names them."""
    codes = {grant.plan for mapping in mappings_from(items).values() for grant in mapping.grants}
    codes |= {award.plan for settled in (stored.order.settled if stored else ()) for award in settled.awards}
    return load_plans(org, sorted(codes)) if codes else {}


def _key_ring(bought: Order, stored: StoredOrder | None, ring: StoredKeyRing) -> StoredKeyRing:
    """The order's Stripe Customer is the stored one, whatever a later event leaves out or says."""
    known = stored.order.stripe_customer if stored else None
    return load_key_ring(bought.org, known) if known and known != bought.stripe_customer else ring


def _parked(references: Iterable[Reference]) -> OrderFacts:
    facts: OrderFacts = {}
    for reference in references:
        facts = with_facts(facts, reference.parked.values())
    return facts


def _written_licenses(bought: Order, stored: StoredOrder | None, parked: OrderFacts) -> list[License]:
    """List the order's licenses that are written. They are read only where the decision needs more than their ids."""
    if stored is None or not stored.order.license_count:
        return []
    order = stored.order
    gains_customer = bool(bought.stripe_customer) and not order.stripe_customer
    if not order.minted or gains_customer or parked:
        return load_licenses(order.org, order.id)
    return [license for license, _ in licenses_of(order)]


def _save(minting: Minting, loaded: _Loaded, lease: Lease, source: str, now: int) -> Minted:
    """Write the order with all that must be true together with it, then the licenses that did not fit."""
    order, key_ring, version = minting.order, loaded.key_ring, loaded.version
    if minting.changes_order:
        first = minting.licenses[: _room_for_licenses(minting, loaded, source, now)]
        rest = minting.licenses[len(first) :]
        order = replace(order, minted=not rest)
        lease = lease if minting.needs_lease(all_written=not rest) else Lease()
        decided = replace(minting, order=order)
        dynamodb.write(_actions(decided, loaded, first, lease, source, now))
        ring = minting.key_ring(first)
        key_ring = StoredKeyRing(ring, key_ring.version + 1) if ring else key_ring
        version += 1
    else:  # nothing new, but a crash may have left licenses to write
        rest, lease = minting.licenses, loaded.lease
    for start in range(0, len(rest), dynamodb.MAX_IN_BATCH // ACTIONS_PER_LICENSE):
        chunk = rest[start : start + dynamodb.MAX_IN_BATCH // ACTIONS_PER_LICENSE]
        dynamodb.write(_license_actions(order, chunk, now))
    order = replace(order, minted=True)
    plans = loaded.known.plans
    return Minted(order, loaded.organization, plans, key_ring, lease, version, minting.unsettled, minting.licenses)


def _room_for_licenses(minting: Minting, loaded: _Loaded, source: str, now: int) -> int:
    """Count the licenses that fit into the first transaction, beside all that is written with the order."""
    own = _actions(minting, loaded, (), Lease(), source, now)
    return max(0, dynamodb.MAX_IN_BATCH - len(own)) // ACTIONS_PER_LICENSE


def _actions(
    minting: Minting, loaded: _Loaded, licenses: Sequence[License], lease: Lease, source: str, now: int
) -> list[Action]:
    order, ring = minting.order, minting.key_ring(licenses)
    actions = [put_order(order, loaded.version, lease)]
    actions += [point_reference(order.org, loaded.references[name], order.id) for name in minting.references]
    if minting.known.order is None:
        actions.append(update_customer(order, now))
    if ring is not None and order.stripe_customer:
        actions.append(put_key_ring(order.org, order.stripe_customer, replace(loaded.key_ring, ring=ring)))
    actions += put_entries(order.org, minting.entries, source)
    return actions + _license_actions(order, licenses, now)


def _license_actions(order: Order, licenses: Sequence[License], now: int) -> list[Action]:
    return [action for license in licenses for action in put_license(order, license, now)]


def _unchanged(loaded: _Loaded, order: Order) -> Minted:
    return Minted(order, loaded.organization, loaded.known.plans, loaded.key_ring, loaded.lease, loaded.version)
