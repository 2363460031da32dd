"""The lease on an order: who works on its effects; and the effects' outcomes, which only its holder records."""

from keystack.domain.leases import Lease
from keystack.domain.orders import Order
from keystack.storage import dynamodb
from keystack.storage.licenses.table import order_key, plain, versions


def update_effects(order: Order, lease: Lease) -> dynamodb.Action:
    """Record the effects' outcome and give the lease back, if it is still ours."""
    return dynamodb.update(
        order_key(order.org, order.id),
        "SET effects = :effects, minted = :minted, version = version + :one REMOVE lease_holder, lease_until",
        "lease_holder = :holder",  # an expired lease may have gone to another handler
        {
            ":effects": {name: plain(effect) for name, effect in order.effects.items()},
            ":minted": order.minted,
            ":holder": lease.holder,
            ":one": 1,
        },
        {},
    )


def put_effects(order: Order, version: int) -> dynamodb.Action:
    """Write effects that nobody works on; `version` is the one that was read. Whoever's time was up has lost them."""
    return dynamodb.update(
        order_key(order.org, order.id),
        "SET effects = :effects, version = :next REMOVE lease_holder, lease_until",
        "version = :version",  # nothing came between
        {":effects": {name: plain(effect) for name, effect in order.effects.items()}, **versions(version)},
        {},
    )


def finish_minting(order: Order, lease: Lease) -> dynamodb.Action:
    """Note that every license is written and give the lease back, if it is still ours; the effects stay as they are."""
    return dynamodb.update(
        order_key(order.org, order.id),
        "SET minted = :true, version = version + :one REMOVE lease_holder, lease_until",
        "lease_holder = :holder",  # it may have run out and gone to another
        {":true": True, ":holder": lease.holder, ":one": 1},
        {},
    )


def take_lease(org: str, order: str, version: int, lease: Lease) -> dynamodb.Action:
    """Take the effects of an order, whose lease was free or had run out when `version` was read."""
    return dynamodb.update(
        order_key(org, order),
        "SET lease_holder = :holder, lease_until = :until, version = :next",
        "version = :version",  # of all that saw it free one takes it; what was read since then is stale
        {":holder": lease.holder, ":until": lease.until, ":version": version, ":next": version + 1},
        {},
    )


def release_lease(org: str, order: str, lease: Lease) -> dynamodb.Action:
    """Give a lease back that was not used to its end."""
    return dynamodb.update(
        order_key(org, order),
        "SET version = version + :one REMOVE lease_holder, lease_until",
        "lease_holder = :holder",  # it may have run out and gone to another
        {":holder": lease.holder, ":one": 1},
        {},
    )
