"""What a refund or a dispute concerns: asks Stripe what its payment was for, and what a dispute has become."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from keystack.domain.facts import Concern, Disputed, OrderFact, Refunded
from keystack.domain.invoices import Invoice
from keystack.domain.observations import answered
from keystack.domain.orders import Order
from keystack.errors import ActionNeededError
from keystack.fulfillment.apply_fact import Asked
from keystack.fulfillment.current_secret import with_current_secret
from keystack.storage import secrets
from keystack.storage.mappings.organizations import load_organization
from keystack.stripe.errors import GoneError
from keystack.stripe.events import ChargeEvent
from keystack.stripe.reading import UnreadableError
from keystack.stripe.references import invoices_at_stripe, references_of

if TYPE_CHECKING:
    from keystack.stripe.client import StripeApi  # its library takes long to import


@dataclass
class Settings:
    """The organization's word on what was given back in part, read only if it matters."""

    org: str

    @cached_property
    def freezes(self) -> bool:
        return load_organization(self.org).freeze_on_partial_refund

    def applied_to(self, fact: OrderFact) -> OrderFact:
        """Return the fact as the organization takes it."""
        match fact:
            case Refunded():
                return replace(fact, freezes=_is_whole(fact) or self.freezes)
            case Disputed() if fact.concern is Concern.PART:
                return replace(fact, freezes=self.freezes)
            case _:
                return fact


@dataclass
class OrderSearch:
    """Looks for the order of a charge at Stripe; what Stripe does not know is noted in `gone`."""

    org: str
    event: ChargeEvent
    settings: Settings
    gone: list[GoneError] = field(default_factory=list)

    def ask(self, fact: OrderFact) -> Asked:
        """Ask which invoice and subscription the charge was for. Raises what the client raises, but for GoneError."""
        references: list[str] = []
        try:
            stripe = _stripe(self.org, self.event.livemode)
            payment, invoice = self.event.payment_intent, self.event.invoice
            if not payment and not invoice and self.event.charge:
                payment = stripe.payment_of_charge(self.event.charge)
                references += [payment] if payment else []
            invoices = invoices_at_stripe(stripe, payment, invoice)
        except GoneError as error:
            self.gone.append(error)
            return Asked(references, fact)
        references += [each for found in invoices for each in references_of(found, invoice)]
        return Asked(references, self.settings.applied_to(_paid_for(fact, invoices)))


@dataclass
class DisputeObserver:
    """Asks what a dispute has become. `steps`: where to say which permission would make it exact."""

    org: str
    now: int
    steps: dict[str, str]

    def observe(self, order: Order, fact: OrderFact) -> Sequence[OrderFact]:
        """Return the dispute as it is now; as its event says, where the key may not ask."""
        if not isinstance(fact, Disputed):
            return [fact]
        known = order.facts.get(fact.id)
        try:
            state = with_current_secret(
                lambda: _stripe(self.org, order.livemode).dispute(fact.dispute),
                lambda: secrets.stripe_key_has_changed(self.org),
            )
        except UnreadableError:
            raise  # what is not understood is no reason to guess
        except ActionNeededError as error:
            self.steps["dispute"] = f"as its event says: {error}"
            return [fact]
        at, answer = answered(known if isinstance(known, Disputed) else None, self.now)
        same = isinstance(known, Disputed) and known.state.mark == state.mark
        since = known.state.since if same and isinstance(known, Disputed) else fact.state.since
        return [replace(fact, at=at, answer=answer, states=(replace(state, since=since),))]


def _paid_for(fact: OrderFact, invoices: Sequence[Invoice]) -> OrderFact:
    """Say of a refund or a dispute what its payment was for, by the invoice that it paid."""
    paid = [invoice for invoice in invoices if invoice.subscription] or list(invoices)
    if not paid:
        return fact
    invoice = paid[0]
    until = max(invoice.periods.values(), default=None)
    match fact:
        case Refunded():
            return replace(
                fact, concern=invoice.concern, invoice=invoice.id, paid=invoice.amount_paid, paid_until=until
            )
        case Disputed():
            return replace(fact, concern=invoice.concern, paid_until=until)
        case _:
            return fact


def _is_whole(fact: Refunded) -> bool:
    whole = fact.full if fact.paid is None else fact.amount >= fact.paid
    return whole and fact.concern is not Concern.PART


def _stripe(org: str, livemode: bool) -> "StripeApi":
    from keystack.stripe.client import stripe_api  # its library takes long to import: for this call only

    return stripe_api(secrets.stripe_key(org, livemode))
