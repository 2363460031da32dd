"""Mint the licenses of an order: load, decide, one transaction. May be called any number of times, by anybody.

Reads: one batch for everything that is known of the order and its prices, one for the plans they name.
Orders of more licenses than fit in a transaction are finished in further ones, from wherever a crash left off.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from keystack.domain.customers import KEPT, IssuedKey, customer_id, with_keys
from keystack.domain.facts import Fact, Facts, Paid, with_facts
from keystack.domain.keys import BITS, format_key, is_test_key
from keystack.domain.licenses import License
from keystack.domain.orders import (
    METADATA,
    AuditEntry,
    Effect,
    Order,
    decide_email,
    effects_of_issued,
    licenses_of,
    record_facts,
    settle_lines,
)
from keystack.domain.organizations import Organization
from keystack.domain.plans import ISSUED_LINE, Line, Mapping, Plan, Settled, Unsettled, settle
from keystack.errors import ConflictError, RetryLaterError
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.licenses.customers import update_customer
from keystack.storage.licenses.key_rings import StoredKeyRing, key_ring_from, load_key_ring, put_key_ring
from keystack.storage.licenses.leases import Lease
from keystack.storage.licenses.licenses import load_licenses, put_license
from keystack.storage.licenses.orders import StoredOrder, order_from, put_order
from keystack.storage.licenses.references import Reference, point_reference, reference_from
from keystack.storage.licenses.table import order_key, reference_key
from keystack.storage.mappings.mappings import line_keys, mappings_from
from keystack.storage.mappings.organizations import organization_from, organization_keys
from keystack.storage.mappings.plans import load_plans

OWN = 7  # actions for the order itself at most: order, three references and a key's, customer, key ring
PER_LICENSE = 2  # the license and the look-up of its key
NEXT = dynamodb.MAX_IN_BATCH // PER_LICENSE  # licenses in each transaction after the first
ATTEMPTS = 6  # against other writers of the same order or customer
KEY = "key_"  # what the reference of an Idempotency-Key begins with


@dataclass(frozen=True)
class Purchase:
    """What is known of an order from outside: a Checkout Session's event, or a call of the API.

    An event brings `lines` to settle. A call brings `issued`, which is settled, the reference that its
    Idempotency-Key is, and whether the e-mail is ours to send.
    """

    order: Order
    fact: Fact
    lines: Sequence[Line] = ()
    issued: Settled | None = None
    key: str | None = None
    send_email: bool = True

    @property
    def references(self) -> tuple[str, ...]:
        return (*self.order.references, *([self.key] if self.key else []))


@dataclass(frozen=True)
class Minted:
    """The order as it now stands. `lease` is ours if this call wrote it; `unsettled` lines wait for a person."""

    order: Order
    organization: Organization
    plans: dict[str, Plan]
    key_ring: StoredKeyRing
    lease: Lease
    version: int
    unsettled: list[Unsettled]
    issued: list[License]


@dataclass(frozen=True)
class _Loaded:
    stored: StoredOrder | None
    references: dict[str, Reference]
    key_ring: StoredKeyRing
    organization: Organization
    mappings: dict[str, Mapping]
    plans: dict[str, Plan]


def mint(purchase: Purchase, lease: Lease, source: str, now: int) -> Minted:
    """Bring the order up to date with `purchase`, and give every settled line its licenses.

    `lease`: who goes on with the effects, and until when. `source` goes into the audit log.
    Raises RetryLaterError when others keep writing the same order, ActionNeededError when the order is too large.
    """
    for _ in range(ATTEMPTS):
        loaded = _load(purchase)
        try:
            return _mint(purchase, loaded, lease, source, now)
        except ConditionFailedError:
            continue
    raise RetryLaterError(f"order {purchase.order.id} is being written by others")


def _load(purchase: Purchase) -> _Loaded:
    order, org = purchase.order, purchase.order.org
    reference_keys = {ref: reference_key(org, ref) for ref in purchase.references}
    ring_key = reference_key(org, order.stripe_customer) if order.stripe_customer else None
    own_key = order_key(org, order.id)
    items = dynamodb.get_items(
        [
            own_key,
            *reference_keys.values(),
            *([ring_key] if ring_key else []),
            *organization_keys(org),
            *line_keys(org, purchase.lines),
        ]
    )
    stored = order_from(items[own_key]) if own_key in items else None
    found = mappings_from(items)
    codes = {grant.plan for mapping in found.values() for grant in mapping.grants}
    codes |= {award.plan for settled in (stored.order.settled if stored else ()) for award in settled.awards}
    return _Loaded(
        stored=stored,
        references={ref: reference_from(ref, items.get(key)) for ref, key in reference_keys.items()},
        key_ring=_key_ring(order, stored, key_ring_from(items.get(ring_key) if ring_key else None)),
        organization=organization_from(org, items),
        mappings=found,
        plans=load_plans(org, sorted(codes)) if codes else {},
    )


def _key_ring(told: Order, stored: StoredOrder | None, ring: StoredKeyRing) -> StoredKeyRing:
    """The order's Stripe Customer is the stored one, whatever a later event leaves out or says."""
    known = stored.order.stripe_customer if stored else None
    return load_key_ring(told.org, known) if known and known != told.stripe_customer else ring


def _mint(purchase: Purchase, loaded: _Loaded, lease: Lease, source: str, now: int) -> Minted:
    stored = loaded.stored
    if stored and purchase.issued and is_complete(stored.order):  # whoever works on its effects just now
        return _as_it_is(stored, loaded)
    held = stored.lease if stored else Lease()
    if held.holder not in ("", lease.holder) and held.until > now:
        raise worked_on(held, now)
    if purchase.issued:
        _refuse_anothers(purchase.order, loaded)
    before = _known(purchase.order, stored)
    results = _settle_new(purchase, before, loaded)
    unsettled = [result for result in results if isinstance(result, Unsettled)]
    order, entries = settle_lines(before, [result for result in results if isinstance(result, Settled)], now)
    if purchase.issued and results:
        told_by = purchase.order
        effects = effects_of_issued(order, purchase.send_email)
        order = replace(order, effects=effects, request=told_by.request, metadata=told_by.metadata)
    parked = _parked(loaded.references)
    order, told = record_facts(order, [purchase.fact, *parked.values()], now)
    entries += told
    if order.license_count > before.license_count:
        order = decide_email(order, now)

    issued: list[License] = []
    if not order.minted:
        resumed = stored is not None and not stored.order.minted
        issued = _with_new_keys(order, load_licenses(order.org, order.id) if resumed else _settled_before(before))
    fitting = max(0, dynamodb.MAX_IN_BATCH - OWN - len(entries)) // PER_LICENSE
    first, rest = issued[:fitting], issued[fitting:]
    added, told_of = order.license_count - before.license_count, first
    if _gained_stripe_customer(order, stored):  # its ring has to learn what was issued before
        old = load_licenses(order.org, order.id)
        added, told_of = order.license_count, [*old, *first]
        order = replace(order, effects={**order.effects, METADATA: Effect()}) if added else order
    ring, version = loaded.key_ring, stored.version if stored else 0
    unpointed = [ref for ref in loaded.references.values() if ref.order is None]
    if entries or unpointed or order != (stored.order if stored else None):
        order = replace(order, minted=not rest)
        if added and order.stripe_customer:
            ring = StoredKeyRing(with_keys(ring.ring, _told_keys(order, told_of), added), ring.version)
        granted = lease if _goes_on(purchase, order) else Lease()
        _save(order, loaded, unpointed, first, ring if added else None, entries, granted, source, now)
        if added and order.stripe_customer:
            ring = replace(ring, version=ring.version + 1)
        version, lease = version + 1, granted
    else:  # nothing new, but a crash may have left licenses to write
        rest, lease = issued, held
    for start in range(0, len(rest), NEXT):
        chunk = rest[start : start + NEXT]
        dynamodb.write([action for each in chunk for action in put_license(order, each, now)])
    order = replace(order, minted=True)
    return Minted(order, loaded.organization, loaded.plans, ring, lease, version, unsettled, issued)


def is_complete(order: Order) -> bool:
    """Tell whether licenses were minted for the order, and all of them are written."""
    return order.minted and order.license_count > 0


def _as_it_is(stored: StoredOrder, loaded: _Loaded) -> Minted:
    return Minted(
        stored.order, loaded.organization, loaded.plans, loaded.key_ring, stored.lease, stored.version, [], []
    )


def _settle_new(purchase: Purchase, before: Order, loaded: _Loaded) -> Sequence[Settled | Unsettled]:
    """Settle what is not settled yet: an order is minted by the webhook or by the API, never by both."""
    if purchase.issued:
        return [] if before.license_count else [purchase.issued]
    known = {settled.line.id for settled in before.settled}
    if ISSUED_LINE in known:
        return []
    return [settle(line, loaded.mappings, loaded.plans) for line in purchase.lines if line.id not in known]


def _refuse_anothers(order: Order, loaded: _Loaded) -> None:
    """Refuse a call that names what belongs to another order, or to the other mode: its refund would go astray."""
    for reference in loaded.references.values():
        if reference.order not in (None, order.id):
            raise belongs_to_another(reference)
    keys = [issued.key for issued in loaded.key_ring.ring.newest]
    other_orders = loaded.stored is not None and loaded.stored.order.livemode != order.livemode
    if other_orders or any(is_test_key(key) == order.livemode for key in keys):
        what = f"order {order.id}" if other_orders else f"Stripe Customer {order.stripe_customer}"
        raise ConflictError(f"{what} is one of {'test' if order.livemode else 'live'} mode: mend livemode, then repeat")


def belongs_to_another(reference: Reference) -> ConflictError:
    """Say that a reference cannot be one of this order's too."""
    if reference.id.startswith(KEY):
        return ConflictError(
            f"this Idempotency-Key was used for order {reference.order}: repeat that request, or use a new key"
        )
    return ConflictError(
        f"{reference.id} belongs to order {reference.order} already: issue all of a payment's licenses in one call"
    )


def worked_on(lease: Lease, now: int) -> RetryLaterError:
    """Say that another handler has the order, and when it is worth while to look again."""
    return RetryLaterError("another delivery of this order is being worked on", lease.until - now + 1)


def _gained_stripe_customer(order: Order, stored: StoredOrder | None) -> bool:
    return stored is not None and not stored.order.stripe_customer and bool(order.stripe_customer)


def _goes_on(purchase: Purchase, order: Order) -> bool:
    """Tell whether this caller goes on with the order's licenses or effects, and so needs the lease."""
    if purchase.issued:
        return not order.minted  # the effects are the issuer's
    return isinstance(purchase.fact, Paid) and bool(order.waiting_effects or not order.minted)


def _save(
    order: Order,
    loaded: _Loaded,
    unpointed: Sequence[Reference],
    issued: Sequence[License],
    ring: StoredKeyRing | None,
    entries: Sequence[AuditEntry],
    lease: Lease,
    source: str,
    now: int,
) -> None:
    """Write the order and all that must be true together with it."""
    stored = loaded.stored
    actions = [put_order(order, stored.version if stored else 0, lease)]
    actions += [point_reference(order.org, reference, order.id) for reference in unpointed]
    if stored is None:
        actions.append(update_customer(order, now))
    if ring is not None and order.stripe_customer:
        actions.append(put_key_ring(order.org, order.stripe_customer, ring))
    actions += put_entries(order.org, entries, source)
    for license in issued:
        actions += put_license(order, license, now)
    dynamodb.write(actions)


def _known(told: Order, stored: StoredOrder | None) -> Order:
    """Join what this event tells of the order with what is stored: an id that was unknown may be known now."""
    if stored is None:
        identity = customer_id(told.livemode, told.email, told.stripe_customer, told.id)
        return replace(told, customer=identity)
    order = stored.order
    return replace(
        order,
        email=order.email or told.email,
        name=order.name or told.name,
        stripe_customer=order.stripe_customer or told.stripe_customer,
        payment_intent=order.payment_intent or told.payment_intent,
        subscription=order.subscription or told.subscription,
        invoice=order.invoice or told.invoice,
    )


def _parked(references: dict[str, Reference]) -> Facts:
    facts: Facts = {}
    for reference in references.values():
        facts = with_facts(facts, reference.parked.values())
    return facts


def _settled_before(before: Order) -> list[License]:
    """The licenses that an order had before its newly settled lines: all written already."""
    return [license for license, _ in licenses_of(before)]


def _with_new_keys(order: Order, existing: Sequence[License]) -> list[License]:
    """Give a random key to each license that is not written yet."""
    written = {license.id for license in existing}
    return [
        replace(license, key=format_key(prefix, secrets.randbits(BITS), order.livemode))
        for license, prefix in licenses_of(order)
        if license.id not in written
    ]


def _told_keys(order: Order, issued: Sequence[License]) -> list[IssuedKey]:
    return [
        IssuedKey(license.created_at, order.id, -place, license.key, license.plan)
        for place, license in enumerate(issued[:KEPT])
    ]
