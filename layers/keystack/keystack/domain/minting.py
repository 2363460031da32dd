"""Decide what a purchase mints: what is known × what was bought × fresh keys × now → what to write. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from keystack.domain.audit import AuditEntry, followed_entries, issued_entry
from keystack.domain.customers import KEPT, IssuedKey, KeyRing, customer_id, with_keys
from keystack.domain.effects import EMAIL, METADATA, Effect, EffectState, pending_effects
from keystack.domain.facts import OrderFact, OrderFacts, is_paid, is_pending, with_facts
from keystack.domain.following import Followed, follow
from keystack.domain.grants import as_granted
from keystack.domain.joining import paid_by_checkout
from keystack.domain.keys import format_key, is_test_key
from keystack.domain.licenses import License
from keystack.domain.modes import Mode
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plans import ISSUED_LINE, MAX_LICENSES, Line, Plan, Settled, Unsettled, settle
from keystack.domain.plans import Mapping as PlanMapping
from keystack.domain.recording import record_birth, record_facts, with_times_told
from keystack.domain.status import Status, license_status
from keystack.errors import ActionNeededError, ConflictError, RetryLaterError

KEY_REFERENCE = "key_"  # what the reference of an Idempotency-Key begins with
BORN_INACTIVE = "no license of the order is active: it was refunded, disputed or had ended before they were issued"


@dataclass(frozen=True)
class Purchase:
    """What is known of an order from outside: an event of Stripe's, or a call of the API.

    An event brings `facts`, and that of a Checkout Session `lines` to settle. A call brings `issued`, which is settled,
    the reference that its Idempotency-Key is, and whether the e-mail is ours to send. `is_on_record`: only the order's
    id is known here, and there is one; `key_ring_of`: the Stripe Customer that it probably has.
    """

    order: Order
    facts: tuple[OrderFact, ...]
    lines: Sequence[Line] = ()
    issued: Settled | None = None
    key: str | None = None
    send_email: bool = True
    is_on_record: bool = False
    key_ring_of: str | None = None

    @property
    def references(self) -> tuple[str, ...]:
        """The Stripe ids, and the Idempotency-Key, under which the order must be found."""
        return (*self.order.references, *([self.key] if self.key else []))


@dataclass(frozen=True)
class Known:
    """What is stored about a purchase: its order, if there is one, and all that the decision depends on.

    `licenses` are those of the order that are written; `owners` says to which order each reference leads; `pending`
    names those that say that it awaits its payment.
    """

    order: Order | None = None
    licenses: Sequence[License] = ()
    owners: Mapping[str, str | None] = field(default_factory=dict)
    pending: frozenset[str] = frozenset()
    parked: OrderFacts = field(default_factory=dict)
    key_ring: KeyRing = field(default_factory=KeyRing)
    mappings: Mapping[str, PlanMapping] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)


@dataclass(frozen=True)
class Minting:
    """What to write: the order, the licenses that it does not have yet, the entries, and references to the order.

    `unsettled` lines and items wait for a person.
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
        return is_paid(self.order.facts) and (effects_wait or not all_written)

    def key_ring(self, written: Sequence[License]) -> KeyRing | None:
        """Return the Stripe Customer's keys once `written` licenses are; None if they do not change."""
        before, order = self.known.order, self.order
        renamed = _with_plans(self.known.key_ring, order, self.known.licenses)
        added = order.license_count - (before.license_count if before else 0)
        if _gained_stripe_customer(before, order):  # the customer has to learn what was issued before
            added, written = order.license_count, [*self.known.licenses, *written]
        if not order.stripe_customer or not (added or renamed != self.known.key_ring):
            return None
        return with_keys(renamed, _issued_keys(order, written), added)


def decide_minting(purchase: Purchase, known: Known, new_bits: Iterator[int], now: int) -> Minting:
    """Bring the order up to date with `purchase`, and give each settled line its licenses.

    `new_bits`: the random bits of new keys, `keys.BITS` each. Raises ConflictError when a call names what belongs to
    another order or mode, ActionNeededError when the order is too large.
    """
    if purchase.issued:
        _refuse_what_is_anothers(purchase.order, known)
    if purchase.is_on_record:
        _require(purchase.order, known.order)
    before = joined(purchase.order, known.order)
    results = _settle(purchase, before, known)
    order, entries = settle_lines(before, [result for result in results if isinstance(result, Settled)])
    order = replace(order, waiting=waiting_lines(order, purchase))
    if purchase.issued and results:
        order = _as_issued(order, purchase)
    every = [*known.licenses, *(license for license, _ in _unwritten(order, known))]
    order, more = record_facts(order, _facts(order, purchase, known), every, now)
    order, at_birth = _with_births(order, before, every, now)
    followed, at_following = _follow(order, every, known, now)
    order = followed.order
    if order.license_count > before.license_count:
        order = decide_email(order, [license for license, _ in _unwritten(order, known)], now)
    if _gained_stripe_customer(known.order, order) and order.license_count:
        order = replace(order, effects={**order.effects, METADATA: Effect()})
    return Minting(
        purchase=purchase,
        known=known,
        order=order,
        licenses=_with_keys(order, known, new_bits),  # made when it was paid, which the facts tell
        entries=(*entries, *more, *at_birth, *at_following),
        references=_references(order, known),
        unsettled=(*(result for result in results if isinstance(result, Unsettled)), *followed.waiting),
    )


def _facts(order: Order, purchase: Purchase, known: Known) -> list[OrderFact]:
    """Name what becomes known together, and what follows from it for the first period."""
    facts: list[OrderFact] = [*purchase.facts, *known.parked.values()]
    return facts + paid_by_checkout(replace(order, facts=with_facts(order.facts, facts)))


def _with_births(order: Order, before: Order, licenses: Sequence[License], now: int) -> tuple[Order, list[AuditEntry]]:
    """Tell what was known before the licenses of newly settled lines, and makes of them what they are."""
    new = {settled.line.id for settled in order.settled} - {settled.line.id for settled in before.settled}
    born = [license for license in licenses if license.line in new]
    older = [license for license in licenses if license.line not in new]
    return record_birth(order, before.facts, born, older, now) if born else (order, [])


def _follow(order: Order, licenses: Sequence[License], known: Known, now: int) -> tuple[Followed, list[AuditEntry]]:
    """Let the licenses follow the subscription's items, and mint what an item earns beyond those that there are."""
    followed = follow(order, known.mappings, known.plans)
    changed = followed.order
    if changed.settled == order.settled:
        return followed, []
    entries = followed_entries(order, changed, licenses, now)
    changed = with_times_told(order, changed, now)
    added = changed.license_count - order.license_count
    if added:
        _refuse_too_many(changed)
        more = {settled.line.id: settled.license_count for settled in changed.settled}
        less = {settled.line.id: settled.license_count for settled in order.settled}
        lines = [line for line, count in more.items() if count > less.get(line, 0)]
        entries.append(issued_entry(changed, lines, added, changed.license_count))
        there = {license.id for license in licenses}
        born = [license for license, _ in licenses_of(changed) if license.id not in there]
        changed, at_birth = record_birth(changed, changed.facts, born, licenses, now)
        entries += at_birth
        changed = replace(changed, minted=False, effects=pending_effects())
    elif any(as_granted(order, each).plan != as_granted(changed, each).plan for each in licenses):
        changed = replace(changed, effects={**changed.effects, METADATA: Effect()})  # which tells the plan
    return replace(followed, order=changed), entries


def waiting_lines(order: Order, purchase: Purchase) -> tuple[Line, ...]:
    """Name the lines that are not settled yet, those of earlier events included."""
    done = {settled.line.id for settled in order.settled}
    lines = {line.id: line for line in (*order.waiting, *purchase.lines)}
    return tuple(line for line in lines.values() if line.id not in done and ISSUED_LINE not in done)


def settle_lines(order: Order, lines: Sequence[Settled]) -> tuple[Order, list[AuditEntry]]:
    """Add newly settled lines. A line that is settled already keeps what it earned."""
    known = {settled.line.id for settled in order.settled}
    new = tuple(settled for settled in lines if settled.line.id not in known)
    if not new:
        return order, []
    changed = replace(order, settled=order.settled + new)
    _refuse_too_many(changed)
    added = changed.license_count - order.license_count
    if not added:
        return changed, []
    changed = replace(changed, minted=False, effects=pending_effects())
    if not is_paid(order.facts):  # order.created will tell it
        return changed, []
    return changed, [issued_entry(changed, [settled.line.id for settled in new], added)]


def _refuse_too_many(order: Order) -> None:
    if order.license_count > MAX_LICENSES:
        raise ActionNeededError(
            f"order {order.id} would get {order.license_count} licenses and the limit is {MAX_LICENSES}",
            "change the mapping to fewer keys (one key with many seats, for example)",
        )


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
    if any(license_status(order, license, now) is Status.ACTIVE for license in licenses):
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


def _references(order: Order, known: Known) -> tuple[str, ...]:
    """Name the references to write: those that lead to no order yet, and those that say no longer how it is paid."""
    waits = is_pending(order.facts)
    return tuple(
        reference
        for reference, owner in known.owners.items()
        if owner is None or (owner == order.id and (reference in known.pending) is not waits)
    )


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


def _require(order: Order, stored: Order | None) -> None:
    """Refuse what is about an order that is not there, or of the other mode."""
    if stored is None:
        raise RetryLaterError(f"order {order.id} is referenced and not there yet")
    if stored.livemode is not order.livemode:
        raise ActionNeededError(
            f"the event and order {order.id} are of different modes (live and test): nothing changed"
        )


def joined(bought: Order, stored: Order | None) -> Order:
    """Join what is known from outside with what is stored: an id that was unknown may be known now."""
    if stored is None:
        return replace(bought, customer=customer_id(bought.livemode, bought.email, bought.stripe_customer, bought.id))
    return replace(
        stored,
        email=stored.email or bought.email,
        name=stored.name or bought.name,
        stripe_customer=stored.stripe_customer or bought.stripe_customer,
        customer_account=stored.customer_account or bought.customer_account,
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


def _with_plans(ring: KeyRing, order: Order, licenses: Sequence[License]) -> KeyRing:
    """Let the keys of the order's licenses tell the plans that these have now."""
    plans = {license.key: as_granted(order, license).plan for license in licenses if license.key}
    return replace(ring, newest=tuple(replace(each, plan=plans.get(each.key, each.plan)) for each in ring.newest))


def _issued_keys(order: Order, licenses: Sequence[License]) -> list[IssuedKey]:
    return [
        IssuedKey(license.created_at, order.id, -place, license.key, as_granted(order, license).plan)
        for place, license in enumerate(licenses[:KEPT])
    ]
