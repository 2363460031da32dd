"""Mint the licenses of an order: load, decide, save, retry. May be called any number of times, by anybody.

Reads: one batch for everything that is known of the order and its prices, one for the plans they name.
Orders of more licenses than fit in a transaction are finished in further ones, from wherever a crash left off.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from keystack.domain.customers import KeyRing
from keystack.domain.facts import OrderFact, is_pending, with_facts
from keystack.domain.following import must_be_asked
from keystack.domain.keys import BITS
from keystack.domain.leases import Lease
from keystack.domain.licenses import License
from keystack.domain.minting import Minting, Purchase, decide_minting, is_complete, joined, waiting_lines
from keystack.domain.orders import Order
from keystack.domain.organizations import Organization
from keystack.domain.plans import Plan, Unsettled
from keystack.errors import RetryLaterError
from keystack.fulfillment.known import Loaded, load, with_licenses, with_mappings
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import Action, ConditionFailedError
from keystack.storage.licenses.customers import update_customer
from keystack.storage.licenses.key_rings import StoredKeyRing, put_key_ring
from keystack.storage.licenses.licenses import ACTIONS_PER_LICENSE, put_license
from keystack.storage.licenses.orders import put_order
from keystack.storage.licenses.references import point_reference

ATTEMPTS = 6  # against other writers of the same order or customer
ANSWERS = 3  # of Stripe's to one delivery, while others write what they were answered


class Observer(Protocol):
    """Asks Stripe what has become of an order's subscription, once all that is known of it was read."""

    def observe(self, order: Order, freezes_paused: bool) -> Sequence[OrderFact]: ...


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


def mint(purchase: Purchase, lease: Lease, source: str, now: int, observer: Observer | None = None) -> Minted:
    """Bring the order up to date with `purchase`, and give every settled line its licenses.

    `lease`: who goes on with the effects, and until when. `source` goes into the audit log. `observer`: what is asked
    after the load counts as later than what the load found; if somebody else was faster, it is asked again.
    Raises RetryLaterError when others keep writing the same order, ActionNeededError when the order is too large.
    """
    for _ in range(ANSWERS if observer else ATTEMPTS):
        loaded = load(purchase)
        order = loaded.known.order
        if order and purchase.issued and is_complete(order):  # whoever works on its effects just now
            return _unchanged(loaded, order)
        if loaded.lease.is_taken(lease.holder, now):
            raise taken(loaded.lease, now)
        seen, loaded = _observed(purchase, loaded, observer) if observer else (purchase, loaded)
        minting, loaded = _decide(seen, loaded, now)
        try:
            return _save(minting, loaded, lease, source, now)
        except ConditionFailedError:
            continue
    raise RetryLaterError(f"order {purchase.order.id} is being written by others")


def _observed(purchase: Purchase, loaded: Loaded, observer: Observer) -> tuple[Purchase, Loaded]:
    """Add what Stripe says now, and read what that needs to be decided."""
    known = loaded.known
    order = joined(purchase.order, known.order)
    facts = with_facts(order.facts, [*known.parked.values(), *purchase.facts])
    order = replace(order, facts=facts, waiting=waiting_lines(order, purchase))
    if purchase.lines and not must_be_asked(order, purchase.lines, known.order is not None):
        return purchase, loaded
    seen = observer.observe(order, loaded.organization.freeze_on_paused_collection)
    after = replace(order, facts=with_facts(order.facts, seen))
    return replace(purchase, facts=(*purchase.facts, *seen)), with_mappings(loaded, after, purchase.lines)


def _decide(purchase: Purchase, loaded: Loaded, now: int) -> tuple[Minting, Loaded]:
    """Decide; if there is something to tell, once more with the licenses: what persons decided changes the words."""
    minting = decide_minting(purchase, loaded.known, _random_bits(), now)
    if not minting.entries or loaded.has_licenses:
        return minting, loaded
    loaded = with_licenses(loaded)
    return decide_minting(purchase, loaded.known, _random_bits(), now), loaded


@dataclass(frozen=True)
class Foreseen:
    """What `mint` would write now, the Stripe Customer's keys after it, and who works on the order just now."""

    minting: Minting
    key_ring: KeyRing
    lease: Lease


def foresee_minting(purchase: Purchase, now: int, observer: Observer | None = None) -> Foreseen:
    """Load and decide as `mint` does, and write nothing. Raises ActionNeededError when the order is too large."""
    loaded = load(purchase)
    seen, loaded = _observed(purchase, loaded, observer) if observer else (purchase, loaded)
    minting, loaded = _decide(seen, loaded, now)
    return Foreseen(minting, minting.key_ring(minting.licenses) or loaded.key_ring.ring, loaded.lease)


def taken(lease: Lease, now: int) -> RetryLaterError:
    """Say that another handler has the order, and when it is worth while to look again."""
    return RetryLaterError("another delivery of this order is being worked on", lease.until - now + 1)


def _random_bits() -> Iterator[int]:
    while True:
        yield secrets.randbits(BITS)


def _save(minting: Minting, loaded: Loaded, lease: Lease, source: str, now: int) -> Minted:
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


def _room_for_licenses(minting: Minting, loaded: Loaded, source: str, now: int) -> int:
    """Count the licenses that fit into the first transaction, beside all that is written with the order."""
    own = _actions(minting, loaded, (), Lease(), source, now)
    return max(0, dynamodb.MAX_IN_BATCH - len(own)) // ACTIONS_PER_LICENSE


def _actions(
    minting: Minting, loaded: Loaded, licenses: Sequence[License], lease: Lease, source: str, now: int
) -> list[Action]:
    order, ring = minting.order, minting.key_ring(licenses)
    actions = [put_order(order, loaded.version, lease)]
    pending = is_pending(order.facts)
    for name in minting.references:
        actions.append(point_reference(order.org, loaded.references[name], order.id, pending, source))
    if minting.known.order is None:
        actions.append(update_customer(order, now))
    if ring is not None and order.stripe_customer:
        actions.append(put_key_ring(order.org, order.stripe_customer, replace(loaded.key_ring, ring=ring)))
    actions += put_entries(order.org, minting.entries, source)
    return actions + _license_actions(order, licenses, now)


def _license_actions(order: Order, licenses: Sequence[License], now: int) -> list[Action]:
    return [action for license in licenses for action in put_license(order, license, now)]


def _unchanged(loaded: Loaded, order: Order) -> Minted:
    return Minted(order, loaded.organization, loaded.known.plans, loaded.key_ring, loaded.lease, loaded.version)
