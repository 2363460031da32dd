"""Customers: one per organization, mode and e-mail address; and what Stripe's Customer is told of its keys."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from keystack.domain.modes import Mode

METADATA_LIMIT = 500  # characters of one metadata value (Stripe API: "Metadata")


@dataclass(frozen=True, order=True)
class IssuedKey:
    """A key as the Stripe Customer is told it. Ordered: the newest last, ties settled by order and place."""

    created_at: int
    order: str
    place: int  # counted down within the order, so that its first key is its newest
    key: str
    plan: str


@dataclass(frozen=True)
class KeyRing:
    """What one Stripe Customer's metadata should say: its newest keys and the count of all."""

    newest: tuple[IssuedKey, ...] = ()
    license_count: int = 0


@dataclass(frozen=True)
class Customer:
    """A buyer in one mode. `order_count` counts those without a license too; `created_at` in Unix seconds."""

    id: str
    livemode: bool
    created_at: int
    order_count: int
    email: str | None = None
    name: str | None = None
    stripe_customers: tuple[str, ...] = ()


KEPT = 24  # more keys than METADATA_LIMIT holds


def customer_id(livemode: bool, email: str | None, stripe_customer: str | None, order: str) -> str:
    """Identify the customer of an order: by address, failing that by Stripe Customer, failing that by the order."""
    address = (email or "").strip().lower()
    who = f"email:{address}" if address else f"stripe:{stripe_customer}" if stripe_customer else f"order:{order}"
    return hashlib.sha256(f"{Mode.of(livemode)}\n{who}".encode("utf-8", "replace")).hexdigest()[:32]


def with_keys(ring: KeyRing, keys: Iterable[IssuedKey], count: int) -> KeyRing:
    """Add an order's keys: the newest of all stay, whichever order came first."""
    newest = sorted({*ring.newest, *keys}, reverse=True)[:KEPT]
    return KeyRing(tuple(newest), ring.license_count + count)


def metadata(ring: KeyRing) -> dict[str, str]:
    """Write the three metadata values: whole keys only, the newest first, at most 500 characters."""
    shown: list[str] = []
    for issued in ring.newest:
        if len(",".join([*shown, issued.key])) > METADATA_LIMIT:
            break
        shown.append(issued.key)
    return {
        "keystack_license_key": ",".join(shown),
        "keystack_plan": ring.newest[0].plan if ring.newest else "",
        "keystack_license_count": str(ring.license_count),
    }
