"""Which effects of an order there is nothing to do for, and why: told before and said afterwards by the same words."""

from collections.abc import Sequence

from keystack.domain.customers import KeyRing
from keystack.domain.licenses import License, Status, license_status
from keystack.domain.orders import Order


def active_licenses(order: Order, licenses: Sequence[License], now: int) -> list[License]:
    """Name the licenses that an e-mail sent now would have."""
    return [license for license in licenses if license_status(order.facts, license, now) is Status.ACTIVE]


def why_no_email(order: Order, active: Sequence[License]) -> str:
    """Say why no e-mail is sent; empty if one is."""
    if not active:
        return "no license of the order is active: frozen, revoked or expired before it was sent"
    if not order.email:
        return "the order has no e-mail address: hand the key over another way"
    return ""


def why_no_metadata(order: Order, ring: KeyRing) -> str:
    """Say why Stripe is not told the keys; empty if it is."""
    if not order.stripe_customer:
        return "guest checkout: the order has no Stripe Customer"
    if not ring.newest:
        return "no key is on record for the order's Stripe Customer"
    return ""
