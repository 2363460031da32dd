"""Orders in the licenses table: read, written whole, changed by a fact."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from keystack.domain.effects import Effect, EffectState
from keystack.domain.leases import Lease
from keystack.domain.orders import Order
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Award, Current, Line, Settled
from keystack.domain.status import held_since, next_change
from keystack.storage import dynamodb
from keystack.storage.attributes import Item, to_item
from keystack.storage.licenses.fact_codec import facts_to_map, order_facts_from
from keystack.storage.licenses.table import TABLE, order_key, plain, versions
from keystack.storage.timestamps import to_iso


@dataclass(frozen=True)
class StoredOrder:
    order: Order
    version: int
    lease: Lease = field(default_factory=Lease)


def load_order(org: str, order: str) -> StoredOrder | None:
    key = order_key(org, order)
    item = dynamodb.get_items([key]).get(key)
    return order_from(item) if item else None


def load_orders(org: str, orders: Iterable[str]) -> list[Order]:
    """Load those of these orders that the organization has."""
    items = dynamodb.get_items(order_key(org, order) for order in orders)
    return [order_from(item).order for item in items.values()]


def due_orders(day: int, until: int) -> Iterator[tuple[str, str]]:
    """Name the orders (organization, order) with an unrecorded expiry on the day of `day`, up to `until`, both seconds.

    Days are those of UTC, seconds those of Unix.
    """
    items = dynamodb.query(
        TableName=TABLE,
        IndexName="by_expiry",
        KeyConditionExpression="expiry_day = :day AND expiry_at <= :until",
        ExpressionAttributeValues=to_item({":day": to_iso(day)[:10], ":until": to_iso(until) + "~"}),
    )
    for item in items:
        org, _, order = item["pk"].partition("#")
        yield org, order


def put_order(order: Order, version: int, lease: Lease) -> dynamodb.Action:
    """Write the whole order; `version` is the one that was read, 0 for none."""
    item = {**_order_item(order, lease), "version": version + 1}
    if version == 0:
        return dynamodb.put(TABLE, item, "attribute_not_exists(pk)")  # two handlers, one order
    return dynamodb.put(TABLE, item, "version = :version", {":version": version})  # nothing came between


def update_facts(order: Order, version: int) -> dynamodb.Action:
    """Write what a new fact changes, leaving the effects and their lease to whoever works on them."""
    item = _order_item(order, Lease())
    changing = ("facts", "expiries_recorded", "held_org", "held_at", "expiry_day", "expiry_at")
    values = {name: item[name] for name in changing if item.get(name) is not None}
    gone = [name for name in changing if name not in values]
    expression = "SET version = :next, " + ", ".join(f"{name} = :{name}" for name in values)
    if gone:
        expression += " REMOVE " + ", ".join(gone)
    return dynamodb.update(
        order_key(order.org, order.id),
        expression,
        "version = :version",  # nothing came between
        {":version": version, ":next": version + 1, **{f":{name}": value for name, value in values.items()}},
        {},
    )


def touch_order(org: str, order: str, version: int, waits: bool) -> dynamodb.Action:
    """Give an order a new version, because one of its licenses was decided about.

    So whoever records a fact sees either the decision or fails. `waits`: whether a license of it still waits for a
    person; if none does, the order is taken off the list of those that wait.
    """
    expression = "SET version = :next" if waits else "SET version = :next REMOVE held_org, held_at"
    condition = "version = :version"  # a hold that came meanwhile is not decided about
    return dynamodb.update(order_key(org, order), expression, condition, versions(version), {})


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
        customer_account=item.get("customer_account"),
        payment_intent=item.get("payment_intent"),
        subscription=item.get("subscription"),
        invoice=item.get("invoice"),
        facts=order_facts_from(item.get("facts")),
        settled=tuple(_settled(stored) for stored in item.get("settled", [])),
        waiting=tuple(Line(**{"price": None, "product": None, **stored}) for stored in item.get("waiting", [])),
        minted=item["minted"],
        effects={name: _effect(stored) for name, stored in item.get("effects", {}).items()},
        expiries_recorded=tuple(item.get("expiries_recorded", [])),
        request=item.get("request", ""),
        metadata=item.get("metadata", {}),
        amount_total=item.get("amount_total"),
        currency=item.get("currency"),
    )
    return StoredOrder(order, item["version"], Lease(item.get("lease_holder", ""), item.get("lease_until", 0)))


def _order_item(order: Order, lease: Lease) -> Item:
    held, expiry = held_since(order), next_change(order)
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
        "customer_account": order.customer_account,
        "payment_intent": order.payment_intent,
        "subscription": order.subscription,
        "invoice": order.invoice,
        "facts": facts_to_map(order.facts),
        "settled": [_settled_map(settled) for settled in order.settled],
        "waiting": [_line_map(line) for line in order.waiting] or None,
        "minted": order.minted,
        "effects": {name: plain(effect) for name, effect in order.effects.items()},
        "expiries_recorded": list(order.expiries_recorded),
        "request": order.request or None,
        "metadata": dict(order.metadata) or None,
        "amount_total": order.amount_total,
        "currency": order.currency,
        "lease_holder": lease.holder or None,
        "lease_until": lease.until or None,
        "held_org": order.org if held is not None else None,
        "held_at": f"{to_iso(held)}#{order.id}" if held is not None else None,
        "expiry_day": to_iso(expiry)[:10] if expiry is not None else None,
        "expiry_at": f"{to_iso(expiry)}#{order.org}#{order.id}" if expiry is not None else None,
    }


def _settled_map(settled: Settled) -> dict[str, Any]:
    now = settled.current
    stored = {
        "line": _line_map(settled.line),
        "awards": [plain(award) for award in settled.awards],
        "item": settled.item,
        "current": {**plain(now), "awards": [plain(award) for award in now.awards]} if now else None,
    }
    return {name: value for name, value in stored.items() if value is not None}


def _line_map(line: Line) -> dict[str, Any]:
    """Write a line as it was bought; whether its price sells again is asked afresh."""
    return {name: value for name, value in plain(line).items() if name != "is_ad_hoc"}


def _settled(stored: Mapping[str, Any]) -> Settled:
    now = stored.get("current")
    return Settled(
        Line(**{"price": None, "product": None, **stored["line"]}),
        _awards(stored["awards"]),
        stored.get("item"),
        Current(**{**now, "awards": _awards(now["awards"])}) if now else None,
    )


def _awards(stored: Iterable[Mapping[str, Any]]) -> tuple[Award, ...]:
    """Read awards; older ones do not say which grant they are, for they stand in its order."""
    return tuple(
        Award(**{"duration_days": None, "grant": place, **award, "kind": PlanKind(award["kind"])})
        for place, award in enumerate(stored)
    )


def _effect(stored: Mapping[str, Any]) -> Effect:
    return Effect(EffectState(stored["state"]), stored["reason"], stored.get("at"))
