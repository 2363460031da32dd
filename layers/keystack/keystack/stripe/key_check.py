"""Tries with a new key each call that KeyStack makes, harmlessly: about objects that do not exist.

Stripe looks at a key's permissions first: where it answers that there is no such object, the call is allowed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import stripe

from keystack.domain.modes import Mode
from keystack.stripe import permissions
from keystack.stripe.client import StripeApi
from keystack.stripe.errors import GoneError, PermissionMissingError
from keystack.stripe.permissions import Permission

TIMEOUT = 3  # seconds for each of the eight calls, without retries: whoever connects a key waits for the answer


@dataclass(frozen=True)
class Tried:
    """Whether the key has a permission; `stripe_name` is what Stripe calls a missing one, when it says so."""

    permission: Permission
    allowed: bool
    stripe_name: str = ""

    @property
    def is_missed(self) -> bool:
        """Tell whether the key cannot do without it."""
        return self.permission.is_needed and not self.allowed


def try_key(key: str, livemode: bool) -> list[Tried]:
    """Try every permission, those that are not needed too.

    Raises KeyRefusedError when Stripe does not know the key, RetryLaterError when it does not answer.
    """
    api = StripeApi(key, stripe.RequestsClient(timeout=TIMEOUT), retries=0)
    session = f"cs_{Mode.of(livemode)}_keystack"
    calls: list[tuple[Permission, Callable[[], object]]] = [
        (permissions.CHECKOUT_SESSIONS, lambda: api.line_items(session)),
        (permissions.CUSTOMERS_READ, lambda: api.customer_email("cus_keystack")),
        (permissions.CUSTOMERS_WRITE, lambda: api.set_metadata("cus_keystack", {}, uuid4().hex)),
        (permissions.INVOICES, lambda: api.invoice("in_keystack")),
        (permissions.INVOICES, lambda: api.invoices_of_payment("pi_keystack")),
        (permissions.CHARGES, lambda: api.payment_of_charge("ch_keystack")),
        (permissions.SUBSCRIPTIONS, lambda: api.subscription("sub_keystack", at=0)),
        (permissions.DISPUTES, lambda: api.dispute("dp_keystack")),
    ]
    tried: dict[Permission, Tried] = {}
    for permission, call in calls:
        result = _try(permission, call)
        if permission not in tried or not result.allowed:
            tried[permission] = result
    return list(tried.values())


def _try(permission: Permission, call: Callable[[], object]) -> Tried:
    try:
        call()
    except PermissionMissingError as error:
        return Tried(permission, allowed=False, stripe_name=error.stripe_name)
    except GoneError:
        pass
    return Tried(permission, allowed=True)
