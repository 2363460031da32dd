"""What a search may come to: a thing, several, or the reason why there is none, in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from keystack.domain.facts import OrderFacts
from keystack.management.search_text import Sought

HOLDS = 50  # the newest, whose orders' facts are looked through for a charge


class Thing(StrEnum):
    LICENSE = "license"
    ORDER = "order"
    CUSTOMER = "customer"
    DELIVERY = "delivery"


@dataclass(frozen=True)
class Found:
    """`livemode`: of which mode it is, if that is known without asking for more."""

    thing: Thing
    id: str
    livemode: bool | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Several:
    """More than one thing, for example the same address in live and in test mode."""

    found: tuple[Found, ...]


@dataclass(frozen=True)
class Waiting:
    """A Stripe id that is known, but whose order is not there yet; the facts that wait for it."""

    reference: str
    facts: OrderFacts


@dataclass(frozen=True)
class NotFound:
    """`tried`: where it was looked for; `hint`: what to do. Sentences; neither repeats what was typed."""

    tried: str
    hint: str


@dataclass(frozen=True)
class Unanswered:
    """KeyStack does not know it, and Stripe could not be asked: why, and what to do."""

    reason: str


Result = Found | Several | Waiting | NotFound | Unanswered

_PURCHASE = "Look for the customer's e-mail address, or for the purchase's cs_ or pi_."
MISSES: Mapping[Sought, NotFound] = {
    Sought.EMAIL: NotFound(
        "No customer has this e-mail address, in live or in test mode.",
        "It may have been another address that paid: look for the purchase's cs_ or pi_, as Stripe shows it.",
    ),
    Sought.KEY: NotFound(
        "No license has this key.",
        "A whole key is needed: compare it with the customer's e-mail, or look for the customer's address.",
    ),
    Sought.LICENSE: NotFound("There is no license of this id.", _PURCHASE),
    Sought.ORDER: NotFound(
        "There is no order of this id.",
        "If the checkout was paid, look at the deliveries: one may have failed, or Stripe sends its events elsewhere.",
    ),
    Sought.REFERENCE: NotFound(
        "No order has this Stripe id, and nothing waits under it.",
        "Look for the purchase's cs_ or the customer's e-mail address; or at the deliveries: one may have failed.",
    ),
    Sought.DELIVERY: NotFound(
        "There is no delivery of this event.",
        "Deliveries are kept for 90 days. If Stripe shows the event, look there whether it was sent to this webhook.",
    ),
    Sought.STRIPE_CUSTOMER: NotFound(
        "No order is known to be of this Stripe Customer.", "Look for the customer's e-mail address."
    ),
    Sought.CHARGE: NotFound(
        f"No order among the newest {HOLDS} holds has this charge.",
        "Open the charge at Stripe, and look for its pi_ or the customer's e-mail address.",
    ),
    Sought.REFUND: NotFound(
        "Refunds are not looked for by their own id.", "Open the refund at Stripe, and look for its ch_ or pi_."
    ),
    Sought.DISPUTE: NotFound(
        "Disputes are not looked for by their own id.", "Open the dispute at Stripe, and look for its ch_ or pi_."
    ),
    Sought.NOTHING: NotFound(
        "This is none of the things that can be looked for.",
        "Look for an e-mail address, a whole license key, a license (lic_), or a Stripe id: cs_, pi_, sub_, in_, ch_,"
        " cus_ or evt_.",
    ),
}
