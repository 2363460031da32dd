"""The licenses table: orders with their licenses, references with the facts parked under them, customers, keys.

| pk                         | sk            | one for                                                      |
|----------------------------|---------------|--------------------------------------------------------------|
| {org}#{order}              | ORDER         | an order: its facts, settled lines, effects                  |
| {org}#{order}              | LICENSE#{id}  | a license                                                    |
| {org}#ref#{pi_ sub_ in_ …} | REF           | a Stripe id → its order, or the facts that wait for one      |
| {org}#ref#{cus_}           | REF           | a Stripe Customer → the keys its metadata should tell        |
| {org}#ref#key_{hash}       | REF           | an Idempotency-Key → the order that was issued with it       |
| {org}#customer#{hash}      | CUSTOMER      | a customer                                                   |
| #key#{SHA-256 of the key}  | KEY           | a key → its license; also what keeps two keys from colliding |

`version` grows with every change of an item, and is the condition of the next one.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from keystack.domain.customers import IssuedKey, KeyRing
from keystack.domain.facts import Facts
from keystack.domain.holds import open_holds
from keystack.domain.keys import key_hash
from keystack.domain.licenses import License
from keystack.domain.orders import Effect, Order, held_since, next_expiry
from keystack.domain.plans import Award, Line, Settled
from keystack.storage import dynamodb
from keystack.storage.dynamodb import Item, Key
from keystack.storage.fact_items import facts_from_map, facts_to_map

TABLE = os.environ.get("LICENSES_TABLE", "")


@dataclass(frozen=True)
class Lease:
    """Who works on an order's effects, and until when (Unix seconds) nobody else may."""

    holder: str = ""
    until: int = 0


@dataclass(frozen=True)
class StoredOrder:
    order: Order
    version: int
    lease: Lease = Lease()


@dataclass(frozen=True)
class Reference:
    """A Stripe id: the order it belongs to, or the facts parked until that order comes."""

    id: str
    order: str | None = None
    parked: Facts = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True)
class StoredLicense:
    license: License
    order: str
    version: int = 0


@dataclass(frozen=True)
class FoundLicense:
    """A license with its order."""

    order: Order
    license: License


@dataclass(frozen=True)
class StoredKeyRing:
    ring: KeyRing = field(default_factory=KeyRing)
    version: int = 0


# ------------------------------------------------------------------- keys


def order_key(org: str, order: str) -> Key:
    return TABLE, f"{org}#{order}", "ORDER"


def reference_key(org: str, reference: str) -> Key:
    return TABLE, f"{org}#ref#{reference}", "REF"


# ---------------------------------------------------------------- reading


def load_order(org: str, order: str) -> StoredOrder | None:
    key = order_key(org, order)
    item = dynamodb.get_items([key]).get(key)
    return order_from(item) if item else None


def load_licenses(org: str, order: str) -> list[License]:
    """Load the licenses of an order by line and unit."""
    items = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :license)",
        ExpressionAttributeValues=dynamodb.to_item({":pk": f"{org}#{order}", ":license": "LICENSE#"}),
        ConsistentRead=True,
    )
    return sorted(map(license_from, items), key=lambda license: (license.line, license.unit))


def find_license(org: str, license: str) -> StoredLicense | None:
    """Find one of the organization's licenses by its id, strongly consistent once the index knows it."""
    found = dynamodb.query(
        TableName=TABLE,
        IndexName="by_license",
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues=dynamodb.to_item({":id": license}),
    )
    keys = [(TABLE, item["pk"], item["sk"]) for item in found if item["pk"].startswith(f"{org}#")]
    for item in dynamodb.get_items(keys).values():
        return StoredLicense(license_from(item), item["pk"].removeprefix(f"{org}#"), item.get("version", 0))
    return None


def find_with_order(org: str, license: str) -> FoundLicense | None:
    """Find one of the organization's licenses by its id, and its order with it."""
    stored = find_license(org, license)
    held = load_order(org, stored.order) if stored else None
    return FoundLicense(held.order, stored.license) if stored and held else None


def load_references(org: str, references: Iterable[str]) -> dict[str, Reference]:
    """Load references by Stripe id; one that is not there yet comes back empty."""
    ids = list(dict.fromkeys(references))
    items = dynamodb.get_items(reference_key(org, identity) for identity in ids)
    return {identity: reference_from(identity, items.get(reference_key(org, identity))) for identity in ids}


def load_key_ring(org: str, stripe_customer: str) -> StoredKeyRing:
    key = reference_key(org, stripe_customer)
    return key_ring_from(dynamodb.get_items([key]).get(key))


def due_orders(day: str, until: str) -> Iterator[tuple[str, str]]:
    """Name the orders (organization, order) with an unrecorded expiry on `day` (yyyy-mm-dd) up to `until` (ISO)."""
    items = dynamodb.query(
        TableName=TABLE,
        IndexName="by_expiry",
        KeyConditionExpression="expiry_day = :day AND expiry_at <= :until",
        ExpressionAttributeValues=dynamodb.to_item({":day": day, ":until": until + "~"}),
    )
    for item in items:
        org, _, order = item["pk"].partition("#")
        yield org, order


# ---------------------------------------------------------------- writing


def put_order(order: Order, version: int, lease: Lease) -> dict[str, Any]:
    """Write the whole order; `version` is the one that was read, 0 for none."""
    item = {**_order_item(order, lease), "version": version + 1}
    if version == 0:
        return dynamodb.put(TABLE, item, "attribute_not_exists(pk)")  # two handlers, one order
    return dynamodb.put(TABLE, item, "version = :version", {":version": version})  # nothing came between


def update_facts(order: Order, version: int) -> dict[str, Any]:
    """Write what a new fact changes, leaving the effects and their lease to whoever works on them."""
    item = _order_item(order, Lease())
    changing = ("facts", "expiries_recorded", "held_org", "held_at", "expiry_day", "expiry_at")
    values = {name: item[name] for name in changing if item.get(name) is not None}
    gone = [name for name in changing if name not in values]
    expression = "SET version = :next, " + ", ".join(f"{name} = :{name}" for name in values)
    if gone:
        expression += " REMOVE " + ", ".join(gone)
    return dynamodb.update(
        TABLE,
        item["pk"],
        "ORDER",
        expression,
        "version = :version",  # nothing came between
        {":version": version, ":next": version + 1, **{f":{name}": value for name, value in values.items()}},
        {},
    )


def update_effects(order: Order, lease: Lease) -> dict[str, Any]:
    """Record the effects' outcome and give the lease back, if it is still ours."""
    return dynamodb.update(
        TABLE,
        f"{order.org}#{order.id}",
        "ORDER",
        "SET effects = :effects, minted = :minted, version = version + :one REMOVE lease_holder, lease_until",
        "lease_holder = :holder",  # an expired lease may have gone to another handler
        {
            ":effects": {name: _plain(effect) for name, effect in order.effects.items()},
            ":minted": order.minted,
            ":holder": lease.holder,
            ":one": 1,
        },
        {},
    )


def put_effects(order: Order, version: int) -> dict[str, Any]:
    """Write effects that nobody works on; `version` is the one that was read. Whoever's time was up has lost them."""
    return dynamodb.update(
        TABLE,
        f"{order.org}#{order.id}",
        "ORDER",
        "SET effects = :effects, version = :next REMOVE lease_holder, lease_until",
        "version = :version",  # nothing came between
        {":effects": {name: _plain(effect) for name, effect in order.effects.items()}, **_versions(version)},
        {},
    )


def finish_minting(order: Order, lease: Lease) -> dict[str, Any]:
    """Note that every license is written and give the lease back, if it is still ours; the effects stay as they are."""
    return dynamodb.update(
        TABLE,
        f"{order.org}#{order.id}",
        "ORDER",
        "SET minted = :true, version = version + :one REMOVE lease_holder, lease_until",
        "lease_holder = :holder",  # it may have run out and gone to another
        {":true": True, ":holder": lease.holder, ":one": 1},
        {},
    )


def take_lease(org: str, order: str, version: int, lease: Lease) -> dict[str, Any]:
    """Take the effects of an order, whose lease was free or had run out when `version` was read."""
    return dynamodb.update(
        TABLE,
        f"{org}#{order}",
        "ORDER",
        "SET lease_holder = :holder, lease_until = :until, version = :next",
        "version = :version",  # of all that saw it free one takes it; what was read since then is stale
        {":holder": lease.holder, ":until": lease.until, ":version": version, ":next": version + 1},
        {},
    )


def release_lease(org: str, order: str, lease: Lease) -> dict[str, Any]:
    """Give a lease back that was not used to its end."""
    return dynamodb.update(
        TABLE,
        f"{org}#{order}",
        "ORDER",
        "SET version = version + :one REMOVE lease_holder, lease_until",
        "lease_holder = :holder",  # it may have run out and gone to another
        {":holder": lease.holder, ":one": 1},
        {},
    )


def put_license(order: Order, license: License, issued_at: int) -> list[dict[str, Any]]:
    """Write a license and the look-up of its key: two actions, neither of which may replace anything."""
    pk, sk = f"{order.org}#{order.id}", f"LICENSE#{license.id}"
    item = {
        **_plain(license),
        "facts": facts_to_map(license.facts),
        "pk": pk,
        "sk": sk,
        "org": order.org,
        "customer": f"{order.org}#{order.customer}",
        "listed_at": f"{_iso(issued_at)}#{license.id}",
        "issued_at": issued_at,
        "livemode": order.livemode,
    }
    look_up = {"pk": f"#key#{key_hash(license.key)}", "sk": "KEY", "license_pk": pk, "license_sk": sk}
    return [
        dynamodb.put(TABLE, item, "attribute_not_exists(pk)"),  # a key is written once
        dynamodb.put(TABLE, look_up, "attribute_not_exists(pk)"),  # no key is anybody else's
    ]


def update_license(org: str, stored: StoredLicense, changed: License) -> dict[str, Any]:
    """Write what a person decided about a license: its facts, and since when it is held by a person."""
    held = () if "revoked" in changed.facts else open_holds(changed.facts)
    listed = {":held_org": org, ":held_at": f"{_iso(held[0].since)}#{changed.id}"} if held else {}
    expression = "SET facts = :facts, version = :next"
    expression += ", held_org = :held_org, held_at = :held_at" if held else " REMOVE held_org, held_at"
    return dynamodb.update(
        TABLE,
        f"{org}#{stored.order}",
        f"LICENSE#{changed.id}",
        expression,
        _unchanged(stored.version),  # two decisions at once: the second sees the first
        {":facts": facts_to_map(changed.facts), **listed, **_versions(stored.version)},
        {},
    )


def unlist_held(org: str, order: str, version: int) -> dict[str, Any]:
    """Take an order off the list of those that wait for a person: each of its licenses was decided about."""
    return dynamodb.update(
        TABLE,
        f"{org}#{order}",
        "ORDER",
        "SET version = :next REMOVE held_org, held_at",
        "version = :version",  # a hold that came meanwhile is not decided about
        _versions(version),
        {},
    )


def point_reference(org: str, found: Reference, order: str) -> dict[str, Any]:
    """Let a Stripe id lead to its order. Fails if a fact was parked since `found` was read: it would be forgotten."""
    return dynamodb.update(
        TABLE,
        reference_key(org, found.id)[1],
        "REF",
        "SET #order = :order, version = :next REMOVE parked",
        _unchanged(found.version),
        {":order": order, **_versions(found.version)},
        {"#order": "order"},
    )


def park_fact(org: str, found: Reference, parked: Facts) -> dict[str, Any]:
    """Keep facts under a Stripe id. Fails if the order came, or another fact, since `found` was read."""
    return dynamodb.update(
        TABLE,
        reference_key(org, found.id)[1],
        "REF",
        "SET parked = :parked, version = :next",
        _unchanged(found.version),
        {":parked": facts_to_map(parked), **_versions(found.version)},
        {},
    )


def put_key_ring(org: str, stripe_customer: str, stored: StoredKeyRing) -> dict[str, Any]:
    """Write what a Stripe Customer's metadata should say; `stored.version` is the one that was read."""
    return dynamodb.update(
        TABLE,
        reference_key(org, stripe_customer)[1],
        "REF",
        "SET newest = :newest, license_count = :count, version = :next",
        _unchanged(stored.version),  # two orders at once: none is lost
        {
            ":newest": [_plain(issued) for issued in stored.ring.newest],
            ":count": stored.ring.license_count,
            **_versions(stored.version),
        },
        {},
    )


def key_ring_is(org: str, stripe_customer: str, version: int) -> dict[str, Any]:
    """Require that the keys of a Stripe Customer are still those that its metadata was written from."""
    _, pk, sk = reference_key(org, stripe_customer)
    return dynamodb.check(TABLE, pk, sk, "version = :version", {":version": version})


def update_customer(order: Order, now: int) -> dict[str, Any]:
    """Note an order's customer: made at its first order, then collecting Stripe Customers."""
    sets = "SET livemode = :livemode, created_at = if_not_exists(created_at, :now)"
    values: dict[str, Any] = {":livemode": order.livemode, ":now": now, ":one": 1}
    if order.email:
        sets, values = sets + ", email = :email", {**values, ":email": order.email.lower()}
    if order.name:
        sets, values = sets + ", #name = :name", {**values, ":name": order.name}
    adds = " ADD orders :one"
    if order.stripe_customer:
        adds, values = adds + ", stripe_customers :stripe", {**values, ":stripe": {order.stripe_customer}}
    return dynamodb.update(
        TABLE,
        f"{order.org}#customer#{order.customer}",
        "CUSTOMER",
        sets + adds,
        "attribute_not_exists(livemode) OR livemode = :livemode",  # live and test do not mix
        values,
        {"#name": "name"} if order.name else {},
    )


# ------------------------------------------------------------------ items


def order_from(item: Item) -> StoredOrder:
    order = Order(
        org=item["org"],
        id=item["order"],
        livemode=item["livemode"],
        created_at=item["created_at"],
        email=item.get("email"),
        name=item.get("name"),
        customer=item.get("customer_id", ""),
        stripe_customer=item.get("stripe_customer"),
        payment_intent=item.get("payment_intent"),
        subscription=item.get("subscription"),
        invoice=item.get("invoice"),
        facts=facts_from_map(item.get("facts")),
        settled=tuple(_settled(stored) for stored in item.get("settled", [])),
        minted=item["minted"],
        effects={name: Effect(**effect) for name, effect in item.get("effects", {}).items()},
        expiries_recorded=tuple(item.get("expiries_recorded", [])),
        request=item.get("request", ""),
        metadata=item.get("metadata", {}),
    )
    return StoredOrder(order, item["version"], Lease(item.get("lease_holder", ""), item.get("lease_until", 0)))


def license_from(item: Item) -> License:
    return License(
        id=item["id"],
        key=item["key"],
        plan=item["plan"],
        kind=item["kind"],
        seats=item["seats"],
        line=item["line"],
        unit=item["unit"],
        created_at=item["created_at"],
        duration_days=item.get("duration_days"),
        facts=facts_from_map(item.get("facts")),
    )


def reference_from(identity: str, item: Item | None) -> Reference:
    if item is None:
        return Reference(identity)
    return Reference(identity, item.get("order"), facts_from_map(item.get("parked")), item.get("version", 0))


def key_ring_from(item: Item | None) -> StoredKeyRing:
    if item is None:
        return StoredKeyRing()
    newest = tuple(IssuedKey(**issued) for issued in item.get("newest", []))
    return StoredKeyRing(KeyRing(newest, item.get("license_count", 0)), item.get("version", 0))


def _order_item(order: Order, lease: Lease) -> Item:
    held, expiry = held_since(order), next_expiry(order)
    return {
        "pk": f"{order.org}#{order.id}",
        "sk": "ORDER",
        "org": order.org,
        "order": order.id,
        "livemode": order.livemode,
        "created_at": order.created_at,
        "email": order.email,
        "name": order.name,
        "customer_id": order.customer,
        "stripe_customer": order.stripe_customer,
        "payment_intent": order.payment_intent,
        "subscription": order.subscription,
        "invoice": order.invoice,
        "facts": facts_to_map(order.facts),
        "settled": [{"line": _plain(s.line), "awards": [_plain(a) for a in s.awards]} for s in order.settled],
        "minted": order.minted,
        "effects": {name: _plain(effect) for name, effect in order.effects.items()},
        "expiries_recorded": list(order.expiries_recorded),
        "request": order.request or None,
        "metadata": dict(order.metadata) or None,
        "license_count": order.license_count,
        "lease_holder": lease.holder or None,
        "lease_until": lease.until or None,
        "held_org": order.org if held is not None else None,
        "held_at": f"{_iso(held)}#{order.id}" if held is not None else None,
        "expiry_day": _iso(expiry)[:10] if expiry is not None else None,
        "expiry_at": f"{_iso(expiry)}#{order.org}#{order.id}" if expiry is not None else None,
    }


def _settled(stored: Mapping[str, Any]) -> Settled:
    line, awards = stored["line"], stored["awards"]
    return Settled(
        Line(line["id"], line.get("price"), line.get("product"), line["quantity"]),
        tuple(Award(**{"duration_days": None, **award}) for award in awards),
    )


def _plain(value: Any) -> dict[str, Any]:
    """A flat dataclass as a map, without what it leaves open."""
    return {name: held for name, held in vars(value).items() if held is not None}


def _unchanged(version: int) -> str:
    return "version = :version" if version else "attribute_not_exists(version)"


def _versions(version: int) -> dict[str, int]:
    return {":next": version + 1, **({":version": version} if version else {})}


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
