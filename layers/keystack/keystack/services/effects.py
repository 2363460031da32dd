"""The effects of an order: Stripe metadata, then the e-mail. Each is recorded by itself; a retry does what is not done.

Only the holder of the order's lease works on them, so that two handlers at once send one e-mail. The metadata goes
first, and the outcome is recorded right after the e-mail: a crash between those two is the only way to a second one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from keystack.domain.customers import metadata
from keystack.domain.licenses import License, Status, expires_at, license_status
from keystack.domain.orders import DONE, EMAIL, FAILED, METADATA, PENDING, SKIPPED, Effect, Order
from keystack.domain.plans import Plan
from keystack.errors import ActionNeededError, RetryLaterError
from keystack.mail.rendering import MailedLicense, render_licenses
from keystack.mail.sending import MailTransport
from keystack.services.minting import Minted
from keystack.storage import dynamodb, licenses
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.licenses import Lease, StoredKeyRing
from keystack.stripe.client import StripeApi

ATTEMPTS = 5  # at metadata that other orders of the same customer keep changing


@dataclass(frozen=True)
class Outside:
    """What the effects reach: Stripe, the mail server, and the sender's address when the branding names none.

    `mail` makes the transport when it is needed: its setting may be missing, which is the e-mail's failure alone.
    """

    stripe: StripeApi
    mail: Callable[[], MailTransport]
    default_from: str


def run_effects(minted: Minted, lease: Lease, outside: Outside) -> Order:
    """Do what is not done yet, record it, and return the order with its effects.

    Raises RetryLaterError when an effect should be tried again, or another handler is at it.
    """
    order = minted.order
    waiting = order.waiting_effects
    if not waiting and not minted.issued:
        return order
    _hold(order, minted.lease, lease)
    retry: list[str] = []
    ring = minted.key_ring
    effects = dict(order.effects)
    if METADATA in waiting:
        effects[METADATA] = _attempt(partial(_write_metadata, order, ring, outside.stripe, lease), retry)
    if EMAIL in waiting:
        effects[EMAIL] = _attempt(partial(_send_email, order, minted, outside), retry)
    order = replace(order, effects=effects)
    order = _record(order, ring, lease, outside.stripe, retry, METADATA in waiting)
    if retry:
        raise RetryLaterError("; ".join(retry))
    return order


def _hold(order: Order, found: Lease, lease: Lease) -> None:
    """Make sure that the lease is ours, taking it over when its holder's time is up."""
    if found.holder == lease.holder:
        return
    if found.until > time.time():
        raise RetryLaterError("another delivery of this order is being worked on; trying again", after=2)
    try:
        dynamodb.write([licenses.take_lease(order.org, order.id, found, lease)])
    except ConditionFailedError:
        raise RetryLaterError("another delivery of this order is being worked on; trying again", after=2) from None


def _attempt(effect: Callable[[], Effect], retry: list[str]) -> Effect:
    """Run one effect. Its failure does not hold back the other."""
    try:
        return effect()
    except ActionNeededError as error:
        return Effect(FAILED, str(error), int(time.time()))
    except RetryLaterError as error:
        retry.append(str(error))
        return Effect(PENDING, str(error), int(time.time()))


def _record(
    order: Order, ring: StoredKeyRing, lease: Lease, stripe: StripeApi, retry: list[str], wrote_metadata: bool
) -> Order:
    """Record the outcome, on condition that the metadata tells the customer's newest keys; else write it again."""
    for _ in range(ATTEMPTS):
        actions = [licenses.update_effects(order, lease)]
        if wrote_metadata and order.stripe_customer and order.effects[METADATA].state == DONE:
            actions.append(licenses.key_ring_is(order.org, order.stripe_customer, ring.version))
        try:
            dynamodb.write(actions)
        except ConditionFailedError:
            if len(actions) == 1 or not order.stripe_customer:
                break
            written, ring = ring, licenses.load_key_ring(order.org, order.stripe_customer)
            if written.version == ring.version:
                break
            again = _attempt(partial(_write_metadata, order, ring, stripe, lease), retry)
            order = replace(order, effects={**order.effects, METADATA: again})
        else:
            return order
    raise RetryLaterError("the outcome could not be recorded, another handler was at it; trying again", after=5)


def _write_metadata(order: Order, ring: StoredKeyRing, stripe: StripeApi, lease: Lease) -> Effect:
    now = int(time.time())
    if not order.stripe_customer:
        return Effect(SKIPPED, "guest checkout: the order has no Stripe Customer", now)
    key = f"keystack-{order.id}-{ring.version}-{lease.holder}"[:255]
    if not stripe.set_metadata(order.stripe_customer, metadata(ring.ring), key):
        return Effect(SKIPPED, f"Stripe Customer {order.stripe_customer} does not exist or was deleted", now)
    return Effect(DONE, "", now)


def _send_email(order: Order, minted: Minted, outside: Outside) -> Effect:
    now = int(time.time())
    complete = len(minted.issued) == order.license_count  # else a part was written before: by a crash or a mapping
    of_order = minted.issued if complete else licenses.load_licenses(order.org, order.id)
    active = [license for license in of_order if license_status(order.facts, license, now) is Status.ACTIVE]
    if not active:
        return Effect(SKIPPED, "no license of the order is active: frozen, revoked or expired before it was sent", now)
    if not order.email:
        return Effect(SKIPPED, "the order has no e-mail address: hand the key over another way", now)
    message = render_licenses(
        minted.organization.branding,
        minted.organization.name,
        order.email,
        order.name,
        [_mailed(order, license, minted.plans) for license in active],
        order.livemode,
        outside.default_from,
        order.id,
    )
    outside.mail().send(message, order.email)
    return Effect(DONE, "", int(time.time()))


def _mailed(order: Order, license: License, plans: dict[str, Plan]) -> MailedLicense:
    end = expires_at(order.facts, license)
    return MailedLicense(
        license.key,
        plans[license.plan].name if license.plan in plans else license.plan,
        license.seats,
        datetime.fromtimestamp(end, UTC) if end is not None else None,
    )
