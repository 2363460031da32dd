"""Which effects of an order there is nothing to do for, and why: told before and said afterwards by the same words."""

from collections.abc import Sequence

from keystack.domain.customers import KeyRing
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.status import Status, license_status


def active_licenses(order: Order, licenses: Sequence[License], now: int) -> list[License]:
    """Name the licenses that an e-mail sent now would have."""
    return [license for license in licenses if license_status(order, license, now) is Status.ACTIVE]


NO_ADDRESS = "the order has no e-mail address, and its customer has not got the key"


def why_no_email(active: Sequence[License]) -> str:
    """Say why no e-mail is sent; empty if one is."""
    return "" if active else "no license of the order is active: frozen, revoked or expired before it was sent"


def why_no_metadata(order: Order, ring: KeyRing) -> str:
    """Say why Stripe is not told the keys; empty if it is."""
    if not order.stripe_customer and order.customer_account:
        return f"the order's customer is account {order.customer_account}, and no Stripe Customer"
    if not order.stripe_customer:
        return "guest checkout: the order has no Stripe Customer"
    if not ring.newest:
        return "no key is on record for the order's Stripe Customer"
    return ""
