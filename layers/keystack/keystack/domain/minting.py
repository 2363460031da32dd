"""Decide what a purchase mints: what is known × what was bought × fresh keys × now → what to write. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from keystack.domain.audit import AuditEntry, issued_entry
from keystack.domain.customers import KEPT, IssuedKey, KeyRing, customer_id, with_keys
from keystack.domain.effects import EMAIL, METADATA, Effect, EffectState, pending_effects
from keystack.domain.facts import AwaitingPayment, OrderFacts, Paid, PaymentFailed, is_paid
from keystack.domain.keys import format_key, is_test_key
from keystack.domain.licenses import License, Status, license_status
from keystack.domain.modes import Mode
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plans import ISSUED_LINE, MAX_LICENSES, Line, Plan, Settled, Unsettled, settle
from keystack.domain.plans import Mapping as PlanMapping
from keystack.domain.recording import record_birth, record_facts
from keystack.errors import ActionNeededError, ConflictError

KEY_REFERENCE = "key_"  # what the reference of an Idempotency-Key begins with
BORN_INACTIVE = "no license of the order is active: it was refunded, disputed or had ended before they were issued"


@dataclass(frozen=True)
class Purchase:
    """What is known of an order from outside: a Checkout Session's event, or a call of the API.

    An event brings `lines` to settle. A call brings `issued`, which is settled, the reference that its
    Idempotency-Key is, and whether the e-mail is ours to send.
    """

    order: Order
    fact: Paid | AwaitingPayment | PaymentFailed
    lines: Sequence[Line] = ()
    issued: Settled | None = None
    key: str | None = None
    send_email: bool = True

    @property
    def references(self) -> tuple[str, ...]:
        """The Stripe ids, and the Idempotency-Key, under which the order must be found."""
        return (*self.order.references, *([self.key] if self.key else []))


@dataclass(frozen=True)
class Known:
    """What is stored about a purchase: its order, if there is one, and all that the decision depends on.

    `licenses` are those of the order that are written; `owners` says to which order each reference leads.
    """

    order: Order | None = None
    licenses: Sequence[License] = ()
    owners: Mapping[str, str | None] = field(default_factory=dict)
    parked: OrderFacts = field(default_factory=dict)
    key_ring: KeyRing = field(default_factory=KeyRing)
    mappings: Mapping[str, PlanMapping] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)


@dataclass(frozen=True)
class Minting:
    """What to write: the order, the licenses that it does not have yet, the entries, and references to the order.

    `unsettled` lines wait for a person.
    """

    purchase: Purchase
    known: Known
    order: Order
    licenses: tuple[License, ...]
    entries: tuple[AuditEntry, ...]
    references: tuple[str, ...]
    unsettled: tuple[Unsettled, ...]

    @property
    def changes_order(self) -> bool:
        return bool(self.entries or self.references) or self.order != self.known.order

    def needs_lease(self, all_written: bool) -> bool:
        """Tell whether this caller goes on after the first write: with more licenses, or with the effects.

        The effects of what the API issues are the issuer's.
        """
        effects_wait = self.purchase.issued is None and bool(self.order.waiting_effects)
        return isinstance(self.purchase.fact, Paid) and (effects_wait or not all_written)

    def key_ring(self, written: Sequence[License]) -> KeyRing | None:
        """Return the Stripe Customer's keys once `written` licenses are; None if they do not change."""
        before, order = self.known.order, self.order
        added = order.license_count - (before.license_count if before else 0)
        if _gained_stripe_customer(before, order):  # the customer has to learn what was issued before
            added, written = order.license_count, [*self.known.licenses, *written]
        if not added or not order.stripe_customer:
            return None
        return with_keys(self.known.key_ring, _issued_keys(order, written), added)


def decide_minting(purchase: Purchase, known: Known, new_bits: Iterator[int], now: int) -> Minting:
    """Bring the order up to date with `purchase`, and give each settled line its licenses.

    `new_bits`: the random bits of new keys, `keys.BITS` each. Raises ConflictError when a call names what belongs to
    another order or mode, ActionNeededError when the order is too large.
    """
    if purchase.issued:
        _refuse_what_is_anothers(purchase.order, known)
    before = _joined(purchase.order, known.order)
    results = _settle(purchase, before, known)
    settled = [result for result in results if isinstance(result, Settled)]
    order, entries = settle_lines(before, settled)
    if purchase.issued and results:
        order = _as_issued(order, purchase)
    every = [*known.licenses, *(license for license, _ in _unwritten(order, known))]
    order, more = record_facts(order, [purchase.fact, *known.parked.values()], every, now)
    if order.license_count > before.license_count:
        order = decide_email(order, every, now)
        born = [license for license, _ in _unwritten(order, known)]
        order, at_birth = record_birth(order, before.facts, born, now)
        more += at_birth
    if _gained_stripe_customer(known.order, order) and order.license_count:
        order = replace(order, effects={**order.effects, METADATA: Effect()})
    return Minting(
        purchase=purchase,
        known=known,
        order=order,
        licenses=_with_keys(order, known, new_bits),  # made when it was paid, which the facts tell
        entries=(*entries, *more),
        references=tuple(reference for reference, owner in known.owners.items() if owner is None),
        unsettled=tuple(result for result in results if isinstance(result, Unsettled)),
    )


def settle_lines(order: Order, lines: Sequence[Settled]) -> tuple[Order, list[AuditEntry]]:
    """Add newly settled lines. A line that is settled already keeps what it earned."""
    known = {settled.line.id for settled in order.settled}
    new = tuple(settled for settled in lines if settled.line.id not in known)
    if not new:
        return order, []
    changed = replace(order, settled=order.settled + new)
    if changed.license_count > MAX_LICENSES:
        raise ActionNeededError(
            f"order {order.id} would get {changed.license_count} licenses and the limit is {MAX_LICENSES}",
            "change the mapping to fewer keys (one key with many seats, for example)",
        )
    added = changed.license_count - order.license_count
    if not added:
        return changed, []
    changed = replace(changed, minted=False, effects=pending_effects())
    if not is_paid(order.facts):  # order.created will tell it
        return changed, []
    return changed, [issued_entry(changed, [settled.line.id for settled in new], added)]


def effects_of_issued(order: Order, send_email: bool) -> dict[str, Effect]:
    """Say what is left to do for an order that the API issued: its caller has the keys already."""
    effects = pending_effects()
    if not send_email:
        effects[EMAIL] = Effect(EffectState.SKIPPED, "the caller sends it")
    if not order.stripe_customer:
        effects[METADATA] = Effect(EffectState.SKIPPED, "the order has no Stripe Customer")
    return effects


def decide_email(order: Order, licenses: Sequence[License], now: int) -> Order:
    """Skip the e-mail of licenses that are born frozen or expired. Decided at birth, whenever the mail's turn comes."""
    if any(license_status(order.facts, license, now) is Status.ACTIVE for license in licenses):
        return order
    return replace(order, effects={**order.effects, EMAIL: Effect(EffectState.SKIPPED, BORN_INACTIVE, now)})


def is_complete(order: Order) -> bool:
    """Tell whether licenses were minted for the order, and all of them are written."""
    return order.minted and order.license_count > 0


def other_owner(reference: str, owner: str) -> ConflictError:
    """Say that a reference leads to the order `owner` already."""
    if reference.startswith(KEY_REFERENCE):
        return ConflictError(f"this Idempotency-Key was used for order {owner}: repeat that request, or use a new key")
    return ConflictError(f"{reference} belongs to order {owner} already: issue all of a payment's licenses in one call")


def _refuse_what_is_anothers(order: Order, known: Known) -> None:
    """Refuse a call that names what belongs to another order, or to the other mode: its refund would go astray."""
    for reference, owner in known.owners.items():
        if owner not in (None, order.id):
            raise other_owner(reference, str(owner))
    other = Mode.of(not order.livemode)
    if known.order is not None and known.order.livemode is not order.livemode:
        raise ConflictError(f"order {order.id} is one of {other} mode: fix livemode, then repeat")
    if any(is_test_key(issued.key) is order.livemode for issued in known.key_ring.newest):
        raise ConflictError(
            f"Stripe Customer {order.stripe_customer} is one of {other} mode: fix livemode, then repeat"
        )


def _joined(bought: Order, stored: Order | None) -> Order:
    """Join what is known from outside with what is stored: an id that was unknown may be known now."""
    if stored is None:
        return replace(bought, customer=customer_id(bought.livemode, bought.email, bought.stripe_customer, bought.id))
    return replace(
        stored,
        email=stored.email or bought.email,
        name=stored.name or bought.name,
        stripe_customer=stored.stripe_customer or bought.stripe_customer,
        payment_intent=stored.payment_intent or bought.payment_intent,
        subscription=stored.subscription or bought.subscription,
        invoice=stored.invoice or bought.invoice,
    )


def _settle(purchase: Purchase, before: Order, known: Known) -> Sequence[Settled | Unsettled]:
    """Settle what is not settled yet: an order is minted by the webhook or by the API, never by both."""
    if purchase.issued:
        return [] if before.license_count else [purchase.issued]
    done = {settled.line.id for settled in before.settled}
    if ISSUED_LINE in done:
        return []
    return [settle(line, known.mappings, known.plans) for line in purchase.lines if line.id not in done]


def _as_issued(order: Order, purchase: Purchase) -> Order:
    """Note what the API's call says of the order that it issues."""
    call = purchase.order
    effects = effects_of_issued(order, purchase.send_email)
    return replace(order, effects=effects, request=call.request, metadata=call.metadata)


def _unwritten(order: Order, known: Known) -> Iterator[tuple[License, str]]:
    """Name the licenses that are not written yet, without keys, and their keys' prefixes."""
    written = {license.id for license in known.licenses}
    return ((license, prefix) for license, prefix in licenses_of(order) if license.id not in written)


def _with_keys(order: Order, known: Known, new_bits: Iterator[int]) -> tuple[License, ...]:
    """Give a random key to each license that is not written yet."""
    return tuple(
        replace(license, key=format_key(prefix, next(new_bits), order.livemode))
        for license, prefix in _unwritten(order, known)
    )


def _gained_stripe_customer(before: Order | None, order: Order) -> bool:
    return before is not None and not before.stripe_customer and bool(order.stripe_customer)


def _issued_keys(order: Order, licenses: Sequence[License]) -> list[IssuedKey]:
    return [
        IssuedKey(license.created_at, order.id, -place, license.key, license.plan)
        for place, license in enumerate(licenses[:KEPT])
    ]
