"""What the replay of a delivery will do and what it will not, without doing it: by the code that does it.

Exact, as things stand, for Checkout Sessions and for what the API issued. Every other event only adds what is missing,
or asks Stripe for it.
"""

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from keystack.domain.causes import read_cause
from keystack.domain.effects import EMAIL, METADATA, Effect, EffectState
from keystack.domain.facts import OrderFacts, Paid, is_paid, is_pending
from keystack.domain.licenses import License
from keystack.domain.minting import Purchase
from keystack.domain.orders import Order
from keystack.domain.skips import NO_ADDRESS, active_licenses, why_no_email, why_no_metadata
from keystack.errors import ActionNeededError, NotFoundError, RetryLaterError
from keystack.fulfillment.doorbells import if_paid
from keystack.fulfillment.mint import Foreseen, foresee_minting
from keystack.fulfillment.purchases import complete_purchase
from keystack.fulfillment.subscription_observer import SubscriptionObserver
from keystack.management.foresee_doorbells import foresee_dispute, foresee_doorbell
from keystack.management.foresight import (
    AddsFact,
    AsksStripe,
    Course,
    EffectForeseen,
    Foresight,
    Mints,
    NothingToReplay,
    StripeSilent,
    WillFail,
)
from keystack.queues.messages import ORDER_ISSUED
from keystack.storage import secrets
from keystack.storage.deliveries import deliveries
from keystack.storage.deliveries.found import found_from
from keystack.storage.licenses.licenses import load_licenses
from keystack.storage.licenses.orders import load_order
from keystack.storage.licenses.references import load_references
from keystack.stripe.events import (
    ChargeEvent,
    Checkout,
    Ignored,
    InvoiceEvent,
    PaymentEvent,
    SubscriptionEvent,
    read_event,
)

if TYPE_CHECKING:
    from keystack.stripe.client import StripeApi


def foresee(org: str, event_id: str, now: int) -> Foresight:
    """Tell what a replay of this delivery does. Raises NotFoundError, and RetryLaterError when a table is busy."""
    item = deliveries.load(org, event_id)
    if item is None:
        raise NotFoundError(f"there is no delivery {event_id[:100]}: deliveries are kept for 90 days")
    found = found_from(item)
    payload = found.payload
    if payload is None:
        return NothingToReplay("it was not signed by Stripe, so its content was not kept")
    try:
        if found.type == ORDER_ISSUED:
            return _of_issued(org, str(payload["data"]["object"]["id"]), now)
        event = read_event(payload)
        match event:
            case Ignored():
                return NothingToReplay(event.reason)
            case Checkout():
                return _of_checkout(org, event, now)
            case ChargeEvent():
                return _of_charge(org, event, found.order)
            case SubscriptionEvent() | InvoiceEvent() | PaymentEvent():
                return foresee_doorbell(org, event)
    except ActionNeededError as error:
        return WillFail(str(error), read_cause(error.cause, str(error)))


def _of_checkout(org: str, checkout: Checkout, now: int) -> Foresight:
    order = replace(checkout.order, org=org)
    if not isinstance(checkout.fact, Paid):
        recorded = foresee_minting(complete_purchase(order, checkout.fact, None), now)
        return _of_waiting(order, checkout.fact.at, recorded, now)
    stripe = _stripe(order)
    try:
        purchase = complete_purchase(order, checkout.fact, stripe)
        foreseen = foresee_minting(purchase, now, SubscriptionObserver(org, lambda: stripe, now))
    except RetryLaterError as error:
        return StripeSilent(str(error))
    return _mints(foreseen, now)


def _of_waiting(order: Order, at: int, recorded: Foreseen, now: int) -> Foresight:
    """Ask, as the replay does, whether an order that awaits its payment is paid by now."""
    if not _awaits_payment(recorded.minting.order.facts):
        return _mints(recorded, now, runs_effects=False)
    try:
        rung = if_paid(order, at, lambda: _stripe(order), now)
        if rung.purchase is None:
            return _mints(recorded, now, runs_effects=False)
        return _mints(foresee_minting(rung.purchase, now, rung.observer), now)
    except RetryLaterError as error:
        return StripeSilent(str(error))


def _awaits_payment(facts: OrderFacts) -> bool:
    return is_pending(facts) and "payment_failed" not in facts


def _stripe(order: Order) -> "StripeApi":
    """Make a client of the key as it is now: who connects another key wants to see at once what that changes."""
    from keystack.stripe.client import quick_stripe_api  # its library takes long to import: for this call only

    return quick_stripe_api(secrets.stripe_key(order.org, order.livemode, max_age=0))


def _of_issued(org: str, order: str, now: int) -> Foresight:
    stored = load_order(org, order)
    paid = stored.order.facts.get("paid") if stored else None
    if stored is None or not isinstance(paid, Paid):
        reason = f"there is no paid order {order[:100]}"
        return WillFail(reason, read_cause("", reason))
    return _mints(foresee_minting(Purchase(stored.order, (paid,)), now), now)


def _of_charge(org: str, event: ChargeEvent, order: str | None) -> AddsFact | AsksStripe:
    """`order`: the one that an earlier attempt found, if there was one."""
    if order is None:
        found = load_references(org, [each for each in (event.payment_intent, event.invoice) if each])
        order = next((each.order for each in found.values() if each.order), None)
    if order and (asks := foresee_dispute(event, order)):
        return asks
    stored = load_order(org, order) if order else None
    return AddsFact(event.fact, order, known=stored is not None and event.fact.id in stored.order.facts)


def _mints(foreseen: Foreseen, now: int, runs_effects: bool = True) -> Mints:
    minting = foreseen.minting
    order, before = minting.order, minting.known.order
    return Mints(
        order=order.id,
        is_new=before is None,
        is_paid=is_paid(order.facts),
        licenses=order.license_count - len(minting.licenses),
        minted=Counter(license.plan for license in minting.licenses),
        waits=minting.unsettled,
        effects=_effects(foreseen, order, now) if runs_effects else {},
        busy=foreseen.lease.is_taken("", now),
    )


def _effects(foreseen: Foreseen, order: Order, now: int) -> dict[str, EffectForeseen]:
    ring = foreseen.key_ring
    why_not = {METADATA: lambda: why_no_metadata(order, ring), EMAIL: lambda: _why_no_email(foreseen, order, now)}
    return {
        name: _effect(effect, why_not[name]() if name in order.waiting_effects else "")
        for name, effect in order.effects.items()
    }


def _effect(effect: Effect, why_not: str) -> EffectForeseen:
    match effect.state:
        case EffectState.DONE:
            return EffectForeseen(Course.DONE, at=effect.at)
        case EffectState.SKIPPED:
            return EffectForeseen(Course.SKIPPED, effect.reason, effect.at)
        case EffectState.PENDING | EffectState.FAILED:
            return EffectForeseen(Course.SKIPPED, why_not) if why_not else EffectForeseen(Course.RUNS, effect.reason)


def _why_no_email(foreseen: Foreseen, order: Order, now: int) -> str:
    return why_no_email(active_licenses(order, _licenses(foreseen, order), now)) or ("" if order.email else NO_ADDRESS)


def _licenses(foreseen: Foreseen, order: Order) -> list[License]:
    """List the licenses that the order then has, with what persons decided about those that are written."""
    new = list(foreseen.minting.licenses)
    complete = len(new) == order.license_count
    return new if complete else [*load_licenses(order.org, order.id), *new]
