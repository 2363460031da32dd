"""Ask Stripe about an id that KeyStack does not know, in each mode that has a key, without retries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keystack.domain.modes import Mode
from keystack.errors import ActionNeededError, RetryLaterError
from keystack.storage import secrets
from keystack.stripe.errors import GoneError
from keystack.stripe.references import references_at_stripe

if TYPE_CHECKING:
    from keystack.stripe.client import StripeApi


@dataclass(frozen=True)
class Asked:
    """What Stripe told, and in which mode: references, or e-mail addresses.

    `failure`: why a mode that has a key did not answer to the end; `notes`: sentences about where nothing is.
    """

    found: tuple[tuple[str, Mode], ...] = ()
    failure: str = ""
    notes: tuple[str, ...] = ()


Ask = Callable[["StripeApi"], Iterator[str]]


def ask_of_charge(org: str, charge: str) -> Asked:
    """Ask for the payment intent, invoice and subscription of a charge."""
    return _ask(org, lambda stripe: references_at_stripe(stripe, charge, None, None))


def ask_of_reference(org: str, reference: str) -> Asked:
    """Ask for the invoice and subscription of a payment intent or an invoice; there is nothing to ask of others."""
    if reference.startswith("pi_"):
        return _ask(org, lambda stripe: references_at_stripe(stripe, None, reference, None))
    if reference.startswith("in_"):
        return _ask(org, lambda stripe: references_at_stripe(stripe, None, None, reference))
    return Asked()


def ask_of_customer(org: str, customer: str) -> Asked:
    """Ask for the e-mail address of a Stripe Customer."""

    def ask(stripe: "StripeApi") -> Iterator[str]:
        if email := stripe.customer_email(customer):
            yield email

    return _ask(org, ask)


def _ask(org: str, ask: Ask) -> Asked:
    """Ask in live and in test mode, until one of them knows it; what was told before a failure counts."""
    found: list[tuple[str, Mode]] = []
    notes, failures, without_key = list[str](), list[str](), list[str]()
    for mode in Mode:
        try:
            key = secrets.stripe_key(org, mode.livemode)
        except ActionNeededError as error:
            without_key.append(str(error))
            continue
        except RetryLaterError as error:
            failures.append(str(error))
            break
        try:
            found.extend((each, mode) for each in ask(_client(key)))
        except GoneError:
            notes.append(f"Stripe does not know it in {mode} mode.")
        except ActionNeededError as error:
            failures.append(str(error))
        except RetryLaterError as error:
            failures.append(str(error))
            break  # the other mode would be as slow
        if found:
            break
    if len(without_key) == len(Mode):
        failures = without_key
    notes += [f"In one mode Stripe could not be asked: {each}." for each in without_key]
    return Asked(tuple(found), "; ".join(failures), tuple(notes))


def _client(key: str) -> "StripeApi":
    from keystack.stripe.client import quick_stripe_api  # its library takes long to import: for this call only

    return quick_stripe_api(key)
