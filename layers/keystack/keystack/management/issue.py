"""Issue licenses because the vendor's backend says so: once for each Idempotency-Key or Checkout Session.

The order is minted as the webhook mints one, by the same transaction on the same item: whoever is second sees the
other. Effects are handed over to the issuer.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace

from keystack.domain.facts import Paid
from keystack.domain.licenses import License
from keystack.domain.orders import FAILED, PENDING, Effect, Order
from keystack.domain.plans import Plan, settle_issued
from keystack.errors import ConflictError, InvalidInputError, KeystackError, RetryLaterError
from keystack.fulfillment.mint import KEY, Minted, Purchase, belongs_to_another, is_complete, mint
from keystack.queues.order_issued import send_order_issued
from keystack.storage import dynamodb
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.licenses.leases import Lease, finish_minting, put_effects
from keystack.storage.licenses.licenses import load_licenses
from keystack.storage.licenses.orders import StoredOrder, load_order, order_from
from keystack.storage.licenses.references import reference_from
from keystack.storage.licenses.table import order_key, reference_key
from keystack.storage.mappings.plans import plan_key, read_plan

LEASED = 35  # seconds: a little more than API Gateway waits for an answer


@dataclass(frozen=True)
class IssueRequest:
    """What the caller asks for. `seats` None: the plan's; `livemode` None: the session's, or live."""

    plan: str
    email: str
    name: str | None = None
    quantity: int = 1
    seats: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    send_email: bool = False
    livemode: bool | None = None
    checkout_session: str | None = None
    payment_intent: str | None = None
    subscription: str | None = None
    invoice: str | None = None
    customer: str | None = None


@dataclass(frozen=True)
class Issued:
    """The order and all its licenses. `new`: this call issued it, or what a crash had left of it."""

    order: Order
    licenses: list[License]
    new: bool


def issue(org: str, asked: IssueRequest, key: str | None, by: str, now: int) -> Issued:
    """Mint what is asked for, or return what is there: the same request again, or a session that the webhook minted.

    `key` is the Idempotency-Key. Raises ConflictError for a key or session that was used for another request, and
    RetryLaterError: the caller then repeats its request, with the same key.
    """
    told = _order(org, asked, key, now)
    reference = KEY + _digest(key) if key else None
    stored, plan = _load(told, asked.plan, reference)
    if stored and is_complete(stored.order):
        found = Issued(stored.order, load_licenses(org, told.id), new=False)
    else:
        purchase = _purchase(told, asked, reference, plan)
        lease = Lease(f"issue:{told.id}", now + LEASED)  # the same in a repeated request: it goes on at once
        found = _issued(mint(purchase, lease, by, now), lease, told.request)
    if found.order.request and found.order.request != told.request:
        raise _used_otherwise(found.order, key)
    if found.order.request and _waits(found.order):
        return _handed_over(found, retried=bool(key or asked.checkout_session), now=now)
    return found


def _order(org: str, asked: IssueRequest, key: str | None, now: int) -> Order:
    return Order(
        org=org,
        id=asked.checkout_session or "ord_" + (_digest(f"{org}/{key}") if key else _unique()),
        livemode=_livemode(asked),
        created_at=now,
        email=asked.email,
        name=asked.name,
        stripe_customer=asked.customer,
        payment_intent=asked.payment_intent,
        subscription=asked.subscription,
        invoice=asked.invoice,
        request=_fingerprint(asked),
        metadata=asked.metadata,
    )


def _fingerprint(asked: IssueRequest) -> str:
    """Hash what is asked for; what is left at its default counts for nothing, so that later fields change no hash."""
    plain, nothing = asdict(asked), asdict(IssueRequest("", ""))
    said = {name: value for name, value in plain.items() if value != nothing[name]}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode("utf-8")).hexdigest()


def _livemode(asked: IssueRequest) -> bool:
    """A Checkout Session's id tells its mode."""
    if not asked.checkout_session:
        return asked.livemode is not False
    livemode = asked.checkout_session.startswith("cs_live_")
    if asked.livemode not in (None, livemode):
        raise InvalidInputError(
            f"{asked.checkout_session} is of {'live' if livemode else 'test'} mode: leave livemode out"
        )
    return livemode


def _load(told: Order, plan: str, reference: str | None) -> tuple[StoredOrder | None, Plan | None]:
    """Read in one batch what was issued before, and the plan."""
    stored_order, stored_plan = order_key(told.org, told.id), plan_key(told.org, plan)
    stored_reference = reference_key(told.org, reference) if reference else None
    items = dynamodb.get_items([stored_order, stored_plan, *([stored_reference] if stored_reference else [])])
    if reference and stored_reference:
        known = reference_from(reference, items.get(stored_reference))
        if known.order not in (None, told.id):
            raise belongs_to_another(known)
    stored = order_from(items[stored_order]) if stored_order in items else None
    if stored and is_complete(stored.order):
        return stored, None  # whatever became of the plan
    return stored, read_plan(items[stored_plan]) if stored_plan in items else None


def _purchase(told: Order, asked: IssueRequest, reference: str | None, plan: Plan | None) -> Purchase:
    if plan is None:
        raise ConflictError(f"there is no plan {asked.plan}: GET /v1/plans lists them, PUT creates one")
    settled = settle_issued(plan, asked.quantity, asked.seats)
    return Purchase(told, Paid(told.created_at), issued=settled, key=reference, send_email=asked.send_email)


def _issued(minted: Minted, lease: Lease, request: str) -> Issued:
    order = minted.order
    if minted.lease.holder == lease.holder:  # there were more licenses than a transaction takes
        with suppress(ConditionFailedError):  # the same request, at the same moment, was first
            dynamodb.write([finish_minting(order, lease)])
    complete = len(minted.issued) == order.license_count
    every = minted.issued if complete else load_licenses(order.org, order.id)
    return Issued(order, every, new=bool(minted.issued) and order.request == request)


def _waits(order: Order) -> bool:
    return any(effect.state == PENDING for effect in order.effects.values())


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
    failed = Effect(FAILED, f"{why}; POST /v1/licenses/{{id}}/resend does what is missing", now)
    effects = {name: failed if effect.state == PENDING else effect for name, effect in order.effects.items()}
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
