"""Asks Stripe what has become of an order's subscription: its state, and which of its invoices are paid."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from keystack.domain.billing import subscription_seen
from keystack.domain.facts import (
    FirstInvoice,
    OrderFact,
    PaymentMissed,
    PeriodPaid,
    SubscriptionSeen,
    is_paid,
    with_fact,
    with_facts,
)
from keystack.domain.following import needs_first_invoice
from keystack.domain.invoices import Invoice
from keystack.domain.joining import paid_by_checkout
from keystack.domain.observations import answered
from keystack.domain.orders import Order
from keystack.errors import ActionNeededError
from keystack.fulfillment.current_secret import with_current_secret
from keystack.storage import secrets
from keystack.stripe.reading import UnreadableError

Answer = TypeVar("Answer")

if TYPE_CHECKING:
    from keystack.stripe.client import StripeApi  # its library takes long to import


@dataclass
class SubscriptionObserver:
    """Observes a subscription at `now` (Unix seconds). `snapshot` is what its event says, for a key that may not ask.

    `notes` says, by step of the delivery, which permission would have made it exact.
    """

    org: str
    stripe: "Callable[[], StripeApi]"
    now: int
    snapshot: SubscriptionSeen | None = None
    notes: dict[str, str] = field(default_factory=dict)
    has_asked: bool = False

    def observe(self, order: Order, freezes_paused: bool = False) -> Sequence[OrderFact]:
        """Return what became known. `freezes_paused`: the organization's setting for a paused collection.

        Raises RetryLaterError when Stripe does not answer.
        """
        seen = self._seen(order, order.subscription) if order.subscription else None
        if seen is None:
            return ()
        paid: list[OrderFact] = [
            *paid_by_checkout(replace(order, facts=with_fact(order.facts, seen))),
            *self._first_invoice(order, seen),
        ]
        latest = self._latest_invoice(order, seen, paid)
        if latest is not None:
            paid += facts_of_invoice(latest, self.now)
        latest_is_paid = latest.is_paid if latest else None
        states = (replace(each, freezes=freezes_paused, latest_is_paid=latest_is_paid) for each in seen.states)
        return [replace(seen, states=tuple(states)), *paid]

    def _seen(self, order: Order, subscription: str) -> SubscriptionSeen | None:
        known, self.has_asked = subscription_seen(order.facts), True
        try:
            state = self._ask(lambda stripe: stripe.subscription(subscription, self.now))
        except UnreadableError:
            raise  # what is not understood is no reason to guess
        except ActionNeededError as error:
            self.notes["subscription"] = f"as its event says: {error}"
            return self.snapshot or known  # a checkout has none of its own: what is parked counts
        at, answer = answered(known, self.now)
        since = known.state.since if known and known.state.mark == state.mark else at
        return SubscriptionSeen(subscription, at, answer, (replace(state, since=since),))

    def _first_invoice(self, order: Order, seen: SubscriptionSeen) -> Iterator[OrderFact]:
        """Ask once what the order's lines were billed as, when the subscription is not as it was bought any more."""
        known: list[OrderFact] = [seen, *paid_by_checkout(replace(order, facts=with_fact(order.facts, seen)))]
        facts = with_facts(order.facts, known)
        nothing_paid = not any(isinstance(fact, PeriodPaid) for fact in facts.values())
        if (
            not order.invoice
            or not is_paid(facts)
            or not (needs_first_invoice(replace(order, facts=facts)) or nothing_paid)
        ):
            return
        invoice = self._invoice(order.invoice)
        if invoice is not None:
            yield from facts_of_invoice(invoice, self.now, is_first=True)

    def _latest_invoice(self, order: Order, seen: SubscriptionSeen, paid: Sequence[OrderFact]) -> Invoice | None:
        """Ask, when the subscription has ended, whether its last period was paid, if that is not on record."""
        facts, latest = with_facts(order.facts, paid), seen.state.latest_invoice
        known = {fact.invoice for fact in facts.values() if isinstance(fact, PeriodPaid)}
        return self._invoice(latest) if latest and seen.state.has_ended and latest not in known else None

    def _invoice(self, invoice: str) -> Invoice | None:
        try:
            return self._ask(lambda stripe: stripe.invoice(invoice))
        except UnreadableError:
            raise
        except ActionNeededError as error:
            self.notes["invoice"] = f"not known: {error}"
            return None

    def _ask(self, question: "Callable[[StripeApi], Answer]") -> Answer:
        return with_current_secret(lambda: question(self.stripe()), lambda: secrets.stripe_key_has_changed(self.org))


def facts_of_invoice(invoice: Invoice, at: int, is_first: bool = False) -> Iterator[OrderFact]:
    """Say what an invoice tells: which item each of its prices is billed as, and until when what is paid."""
    if is_first:
        items = tuple((line.item, line.price) for line in invoice.lines if line.item and line.price)
        yield FirstInvoice(invoice.id, items, at)
    if not invoice.is_paid:
        yield PaymentMissed(invoice.id, at)
    else:
        for item, until in invoice.periods.items():
            yield PeriodPaid(item, until, invoice.id, at)
