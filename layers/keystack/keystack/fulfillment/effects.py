"""The effects of an order: Stripe metadata, then the e-mail. Each is recorded by itself; a retry does what is not done.

Only the holder of the order's lease works on them, so that two handlers at once send one e-mail. The metadata goes
first, and the outcome is recorded right after the e-mail: a crash between those two is the only way to a second one.
"""

import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from keystack.domain.customers import metadata
from keystack.domain.effects import EMAIL, METADATA, Effect, EffectState
from keystack.domain.grants import as_granted
from keystack.domain.leases import Lease
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.plans import Plan
from keystack.domain.skips import NO_ADDRESS, active_licenses, why_no_email, why_no_metadata
from keystack.domain.status import expires_at
from keystack.errors import ActionNeededError, KeystackError, RetryLaterError
from keystack.fulfillment.mint import Minted, taken
from keystack.mail.rendering import LicenseMail, MailedLicense, render_licenses
from keystack.mail.sending import MailTransport
from keystack.storage import dynamodb
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.licenses.key_rings import StoredKeyRing, key_ring_is
from keystack.storage.licenses.leases import release_lease, take_lease, update_effects
from keystack.storage.licenses.licenses import load_licenses
from keystack.stripe.client import StripeApi

ATTEMPTS = 5  # at recording what was done, while DynamoDB is busy


@dataclass(frozen=True)
class Outside:
    """What the effects reach: Stripe, the mail server, and the sender's address when the branding names none.

    Both are made when they are needed: a setting may be missing, which is that effect's failure alone.
    """

    stripe: Callable[[], StripeApi]
    mail: Callable[[], MailTransport]
    default_from: str


@dataclass(frozen=True)
class EffectsRun:
    """The order with its effects as they are now, and why those failed that need a person (by the effect's name)."""

    order: Order
    failures: Mapping[str, ActionNeededError] = field(default_factory=dict)


def run_effects(minted: Minted, lease: Lease, outside: Outside, steps: dict[str, str]) -> EffectsRun:
    """Do what is not done yet and record it; each outcome is noted in `steps`.

    Raises RetryLaterError when an effect should be tried again, or another handler is at it.
    """
    order = minted.order
    waiting = order.waiting_effects
    steps |= {name: effect.summary for name, effect in order.effects.items()}
    if not waiting and not minted.licenses:
        return EffectsRun(order)
    _hold(order, minted, lease)
    effects = dict(order.effects)
    failures: dict[str, ActionNeededError] = {}
    if METADATA in waiting:
        write_metadata = partial(_write_metadata, order, minted.key_ring, outside.stripe, lease)
        effects[METADATA] = _attempt(METADATA, write_metadata, failures)
    if EMAIL in waiting:
        effects[EMAIL] = _attempt(EMAIL, partial(_send_email, order, minted, outside), failures)
    order = _record(replace(order, effects=effects), minted.key_ring, lease, METADATA in waiting)
    steps |= {name: effect.summary for name, effect in order.effects.items()}
    retry = [effect.reason for effect in order.effects.values() if effect.state is EffectState.PENDING]
    if retry:
        raise RetryLaterError("; ".join(retry))
    return EffectsRun(order, failures)


def give_back(org: str, order: str, lease: Lease) -> None:
    """Give the lease back after a failure, if it is ours; else it runs out by itself."""
    with suppress(KeystackError):
        dynamodb.write([release_lease(org, order, lease)])


def _hold(order: Order, minted: Minted, lease: Lease) -> None:
    """Make sure that the lease is ours, taking it over when its holder's time is up."""
    found, now = minted.lease, int(time.time())
    if found.holder == lease.holder:
        return
    if found.until > now:
        raise taken(found, now)
    try:
        dynamodb.write([take_lease(order.org, order.id, minted.version, lease)])
    except ConditionFailedError:
        raise RetryLaterError("another delivery of this order is being worked on", after=2) from None


def _attempt(name: str, effect: Callable[[], Effect], failures: dict[str, ActionNeededError]) -> Effect:
    """Run one effect; note in `failures` what a person must do. Whatever it raises does not hold back the other one."""
    now = int(time.time())
    try:
        return effect()
    except ActionNeededError as error:
        failures[name] = error
        return Effect(EffectState.FAILED, str(error), now)
    except RetryLaterError as error:
        return Effect(EffectState.PENDING, str(error), now)
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]  # without the message: it may quote a key
        place = f"{type(error).__name__} in {frame.name}, line {frame.lineno}"
        return Effect(EffectState.PENDING, f"KeyStack failed ({place})", now)


def _record(order: Order, ring: StoredKeyRing, lease: Lease, wrote_metadata: bool) -> Order:
    """Record the outcome, on condition that the metadata tells the customer's newest keys.

    If it does not, because another order of the customer came in between, or if that cannot be told now, the outcome
    is recorded without the metadata, which is then written again: the e-mail must not be sent again for its sake.
    """
    if wrote_metadata and order.stripe_customer and order.effects[METADATA].state is EffectState.DONE:
        current = key_ring_is(order.org, order.stripe_customer, ring.version)
        try:
            dynamodb.write([update_effects(order, lease), current])
        except ConditionFailedError:
            again = "the customer got more keys meanwhile; writing the metadata again"
        except RetryLaterError as error:
            again = str(error)
        else:
            return order
        order = replace(order, effects={**order.effects, METADATA: Effect(EffectState.PENDING, again)})
    return _record_alone(order, lease)


def _record_alone(order: Order, lease: Lease) -> Order:
    why = "another delivery of this order is being worked on"
    for attempt in range(ATTEMPTS):
        try:
            dynamodb.write([update_effects(order, lease)])
        except ConditionFailedError:
            break  # our time was up and another handler has the order
        except RetryLaterError as error:
            why = str(error)
            time.sleep(0.2 * 2**attempt)
        else:
            return order
    raise RetryLaterError(f"the outcome could not be recorded: {why}", after=5)


def _write_metadata(order: Order, ring: StoredKeyRing, stripe: Callable[[], StripeApi], lease: Lease) -> Effect:
    now = int(time.time())
    if (reason := why_no_metadata(order, ring.ring)) or not order.stripe_customer:
        return Effect(EffectState.SKIPPED, reason, now)
    key = f"keystack-{order.id}-{ring.version}-{lease.holder}"[:255]
    if not stripe().set_metadata(order.stripe_customer, metadata(ring.ring), key):
        return Effect(
            EffectState.SKIPPED, f"Stripe Customer {order.stripe_customer} does not exist or was deleted", now
        )
    return Effect(EffectState.DONE, "", now)


def _send_email(order: Order, minted: Minted, outside: Outside) -> Effect:
    now = int(time.time())
    complete = len(minted.licenses) == order.license_count  # else a part was written before: by a crash or a mapping
    of_order = minted.licenses if complete else load_licenses(order.org, order.id)
    active = active_licenses(order, of_order, now)
    if reason := why_no_email(active):
        return Effect(EffectState.SKIPPED, reason, now)
    if not order.email:
        raise ActionNeededError(NO_ADDRESS, "hand the key over another way, or give the Stripe Customer an address")
    mail = LicenseMail(
        organization_name=minted.organization.name,
        branding=minted.organization.branding,
        order_id=order.id,
        livemode=order.livemode,
        recipient=order.email,
        recipient_name=order.name,
        licenses=[_mailed(order, license, minted.plans) for license in active],
        default_from=outside.default_from,
    )
    message = render_licenses(mail)
    outside.mail().send(message, order.email)
    return Effect(EffectState.DONE, "", int(time.time()))


def _mailed(order: Order, license: License, plans: Mapping[str, Plan]) -> MailedLicense:
    end, granted = expires_at(order, license), as_granted(order, license)
    return MailedLicense(
        license.key,
        plans[granted.plan].name if granted.plan in plans else granted.plan,
        granted.seats,
        datetime.fromtimestamp(end, UTC) if end is not None else None,
    )
