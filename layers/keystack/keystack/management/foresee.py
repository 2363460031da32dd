"""What the replay of a delivery will do and what it will not, without doing it: by the code that does it.

Exact, as things stand, for Checkout Sessions and for what the API issued. Every other event only adds what is missing.
"""

from collections import Counter
from collections.abc import Sequence

from keystack.domain.causes import read_cause
from keystack.domain.effects import EMAIL, METADATA, Effect, EffectState
from keystack.domain.facts import OrderFact, Paid, is_paid
from keystack.domain.licenses import License
from keystack.domain.minting import Purchase
from keystack.domain.orders import Order
from keystack.domain.skips import active_licenses, why_no_email, why_no_metadata
from keystack.errors import ActionNeededError, NotFoundError, RetryLaterError
from keystack.fulfillment.mint import Foreseen, foresee_minting
from keystack.fulfillment.purchases import complete_purchase
from keystack.management.foresight import (
    AddsFact,
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
from keystack.stripe.events import ChargeEvent, Checkout, Ignored, SubscriptionEvent, read_event


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
                known = [each for each in (event.payment_intent, event.invoice) if each]
                return _of_fact(org, event.fact, known, found.order)
            case SubscriptionEvent():
                return _of_fact(org, event.fact, [event.subscription], found.order)
    except ActionNeededError as error:
        return WillFail(str(error), read_cause(error.cause, str(error)))


def _of_checkout(org: str, checkout: Checkout, now: int) -> Foresight:
    if not isinstance(checkout.fact, Paid):
        return _mints(foresee_minting(complete_purchase(org, checkout, None), now), now, runs_effects=False)
    from keystack.stripe.client import quick_stripe_api  # its library takes long to import: for this call only

    # Read afresh: who connects another key wants to see at once what that changes.
    stripe = quick_stripe_api(secrets.stripe_key(org, checkout.order.livemode, max_age=0))
    try:
        purchase = complete_purchase(org, checkout, stripe)
    except RetryLaterError as error:
        return StripeSilent(str(error))
    return _mints(foresee_minting(purchase, now), now)


def _of_issued(org: str, order: str, now: int) -> Foresight:
    stored = load_order(org, order)
    paid = stored.order.facts.get("paid") if stored else None
    if stored is None or not isinstance(paid, Paid):
        reason = f"there is no paid order {order[:100]}"
        return WillFail(reason, read_cause("", reason))
    return _mints(foresee_minting(Purchase(stored.order, paid), now), now)


def _of_fact(org: str, fact: OrderFact, references: Sequence[str], order: str | None) -> AddsFact:
    """`order`: the one that an earlier attempt found, if there was one."""
    if order is None:
        found = load_references(org, references)
        order = next((each.order for each in found.values() if each.order), None)
    stored = load_order(org, order) if order else None
    return AddsFact(fact, order, known=stored is not None and fact.id in stored.order.facts)


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
    return why_no_email(order, active_licenses(order, _licenses(foreseen, order), now))


def _licenses(foreseen: Foreseen, order: Order) -> list[License]:
    """List the licenses that the order then has, with what persons decided about those that are written."""
    new = list(foreseen.minting.licenses)
    complete = len(new) == order.license_count
    return new if complete else [*load_licenses(order.org, order.id), *new]
