"""Issue licenses because the vendor's backend says so: once for each Idempotency-Key or Checkout Session.

The order is minted as the webhook mints one, by the same transaction on the same item: whoever is second sees the
other. Effects are handed over to the issuer.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from keystack.domain.effects import Effect, EffectState
from keystack.domain.facts import Paid
from keystack.domain.leases import Lease
from keystack.domain.licenses import License
from keystack.domain.minting import KEY_REFERENCE, Purchase, is_complete, other_owner
from keystack.domain.modes import mode_of_session
from keystack.domain.orders import Order
from keystack.domain.plans import Plan, settle_issued
from keystack.errors import ConflictError, InvalidInputError, KeystackError, RetryLaterError
from keystack.fulfillment.mint import Minted, mint
from keystack.inputs.issue import IssueRequest
from keystack.queues.order_issued import send_order_issued
from keystack.storage import dynamodb
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.licenses.leases import finish_minting, put_effects
from keystack.storage.licenses.licenses import load_licenses
from keystack.storage.licenses.orders import StoredOrder, load_order, order_from
from keystack.storage.licenses.references import reference_from
from keystack.storage.licenses.table import order_key, reference_key
from keystack.storage.mappings.plans import plan_key, read_plan

LEASED = 35  # seconds: a little more than API Gateway waits for an answer


@dataclass(frozen=True)
class Issued:
    """The order and all its licenses. `new`: this call issued it, or what a crash had left of it."""

    order: Order
    licenses: Sequence[License]
    new: bool


def issue(org: str, request: IssueRequest, key: str | None, by: str, now: int) -> Issued:
    """Mint what is asked for, or return what is there: the same request again, or a session that the webhook minted.

    `key` is the Idempotency-Key. Raises ConflictError for a key or session that was used for another request, and
    RetryLaterError: the caller then repeats its request, with the same key.
    """
    order = _order(org, request, key, now)
    reference = KEY_REFERENCE + _digest(key) if key else None
    stored, plan = _load(order, request.plan, reference)
    if stored and is_complete(stored.order):
        found = Issued(stored.order, load_licenses(org, order.id), new=False)
    else:
        purchase = _purchase(order, request, reference, plan)
        lease = Lease(f"issue:{order.id}", now + LEASED)  # the same in a repeated request: it goes on at once
        found = _issued(mint(purchase, lease, by, now), lease, order.request)
    if found.order.request and found.order.request != order.request:
        raise _used_otherwise(found.order, key)
    if found.order.request and _waits(found.order):
        return _handed_over(found, retried=bool(key or request.stripe.checkout_session), now=now)
    return found


def _order(org: str, request: IssueRequest, key: str | None, now: int) -> Order:
    return Order(
        org=org,
        id=request.stripe.checkout_session or "ord_" + (_digest(f"{org}/{key}") if key else _unique()),
        livemode=_livemode(request),
        created_at=now,
        email=request.email,
        name=request.name,
        stripe_customer=request.stripe.customer,
        payment_intent=request.stripe.payment_intent,
        subscription=request.stripe.subscription,
        invoice=request.stripe.invoice,
        request=_fingerprint(request),
        metadata=request.metadata,
    )


def _fingerprint(request: IssueRequest) -> str:
    """Hash a request. What is left at its default counts for nothing, so that later fields change no hash."""
    return hashlib.sha256(json.dumps(request.without_defaults(), sort_keys=True).encode("utf-8")).hexdigest()


def _livemode(request: IssueRequest) -> bool:
    """A Checkout Session's id tells its mode."""
    if not request.stripe.checkout_session:
        return request.livemode is not False
    mode = mode_of_session(request.stripe.checkout_session)
    if request.livemode not in (None, mode.livemode):
        raise InvalidInputError(f"{request.stripe.checkout_session} is of {mode} mode: leave livemode out")
    return mode.livemode


def _load(order: Order, plan: str, reference: str | None) -> tuple[StoredOrder | None, Plan | None]:
    """Read in one batch what was issued before, and the plan."""
    stored_order, stored_plan = order_key(order.org, order.id), plan_key(order.org, plan)
    stored_reference = reference_key(order.org, reference) if reference else None
    items = dynamodb.get_items([stored_order, stored_plan, *([stored_reference] if stored_reference else [])])
    if reference and stored_reference:
        known = reference_from(reference, items.get(stored_reference))
        if known.order not in (None, order.id):
            raise other_owner(reference, str(known.order))
    stored = order_from(items[stored_order]) if stored_order in items else None
    if stored and is_complete(stored.order):
        return stored, None  # whatever became of the plan
    return stored, read_plan(items[stored_plan]) if stored_plan in items else None


def _purchase(order: Order, request: IssueRequest, reference: str | None, plan: Plan | None) -> Purchase:
    if plan is None:
        raise ConflictError(f"there is no plan {request.plan}: GET /v1/plans lists them, PUT creates one")
    settled = settle_issued(plan, request.quantity, request.seats)
    return Purchase(order, (Paid(order.created_at),), issued=settled, key=reference, send_email=request.send_email)


def _issued(minted: Minted, lease: Lease, fingerprint: str) -> Issued:
    order = minted.order
    if minted.lease.holder == lease.holder:  # there were more licenses than a transaction takes
        with suppress(ConditionFailedError):  # the same request, at the same moment, was first
            dynamodb.write([finish_minting(order, lease)])
    complete = len(minted.licenses) == order.license_count
    every = minted.licenses if complete else load_licenses(order.org, order.id)
    return Issued(order, every, new=bool(minted.licenses) and order.request == fingerprint)


def _waits(order: Order) -> bool:
    return any(effect.state is EffectState.PENDING for effect in order.effects.values())


def _handed_over(found: Issued, retried: bool, now: int) -> Issued:
    """Hand the effects over. A call that cannot be repeated, as that would mint again, is told that they failed."""
    try:
        send_order_issued(found.order, f"issue_{found.order.id}", now)
    except RetryLaterError as error:
        if retried:
            raise
        return replace(found, order=_with_failed_effects(found.order, str(error), now))
    return found


def _with_failed_effects(order: Order, why: str, now: int) -> Order:
    failed = Effect(EffectState.FAILED, f"{why}; POST /v1/licenses/{{id}}/resend does what is missing", now)
    effects = {
        name: failed if effect.state is EffectState.PENDING else effect for name, effect in order.effects.items()
    }
    order = replace(order, effects=effects)
    stored = load_order(order.org, order.id)
    with suppress(KeystackError):  # it stays on record as pending
        dynamodb.write([put_effects(order, stored.version if stored else 0)])
    return order


def _used_otherwise(order: Order, key: str | None) -> ConflictError:
    what = f"this Idempotency-Key was used for order {order.id}" if key else f"order {order.id} was issued"
    return ConflictError(f"{what} with another body: repeat that request as it was, or use a new key and session")


def _digest(text: str) -> str:
    return _id(hashlib.sha256(text.encode("utf-8", "replace")).digest())


def _unique() -> str:
    return _id(secrets.token_bytes(16))


def _id(raw: bytes) -> str:
    return base64.b32encode(raw[:15]).decode("ascii").lower()
