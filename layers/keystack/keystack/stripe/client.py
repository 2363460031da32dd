"""The calls to Stripe's API, with the organization's restricted key. Imported only by functions that make them.

RetryLaterError      429 (rate limit, lock timeout), 409, 5xx, timeouts, no connection
ActionNeededError    401 and 403 (naming the permission), and what Stripe refuses
None or a skip       404, where an object may rightly be gone
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import stripe
from stripe import StripeClient  # by its name: the library would else load it when it is first used

from keystack import environment
from keystack.domain.disputes import DisputeState
from keystack.domain.invoices import Invoice
from keystack.domain.payments import SessionPayment
from keystack.domain.plans import Line
from keystack.domain.subscriptions import SubscriptionState
from keystack.errors import ActionNeededError, RetryLaterError
from keystack.stripe import permissions
from keystack.stripe.errors import GoneError, KeyRefusedError, PermissionMissingError
from keystack.stripe.objects.disputes import dispute_state
from keystack.stripe.objects.invoices import invoice as read_invoice
from keystack.stripe.objects.sessions import session_payment
from keystack.stripe.objects.subscriptions import subscription_state
from keystack.stripe.permissions import Permission

API_VERSION = "2026-10-28.endive"  # that of the pinned stripe package
RETRIES = 2
TIMEOUT = 6  # seconds; with its retries a call ends well inside a worker's 60
QUICK_TIMEOUT = 4  # seconds, without retries
PAGE = 100  # the most that Stripe gives at once

Result = TypeVar("Result")


@dataclass(frozen=True)
class Price:
    """A price as a person knows it. `unit_amount` in the smallest currency unit, None for tiers; `interval`: of what
    recurs, as Stripe names it.
    """

    id: str
    product: str | None
    product_name: str
    nickname: str
    unit_amount: int | None
    currency: str
    interval: str


class StripeApi:
    """Stripe as one organization sees it. Source: Stripe API reference, the page each method names."""

    def __init__(self, api_key: str, http_client: stripe.HTTPClient | None = None, retries: int = RETRIES) -> None:
        base = environment.variable("STRIPE_API_BASE", "")
        self._client = StripeClient(
            api_key,
            stripe_version=API_VERSION,
            max_network_retries=retries,
            http_client=http_client or stripe.RequestsClient(timeout=TIMEOUT),
            base_addresses={"api": base} if base else {},
        )

    def line_items(self, session: str) -> list[Line]:
        """List what was bought, all pages ("Retrieve a Checkout Session's line items")."""

        def call() -> list[Line]:
            page = self._client.v1.checkout.sessions.line_items.list(session, {"limit": PAGE})
            return [_line(item) for item in page.auto_paging_iter()]

        return _call(call, permissions.CHECKOUT_SESSIONS, f"the line items of {session}")

    def prices(self, after: str | None = None) -> tuple[list[Price], bool]:
        """List active prices with their products' names, PAGE at a time ("List all prices"); whether there are more."""

        def call(more: Mapping[str, Any]) -> tuple[list[Price], bool]:
            asked: Any = {"active": True, "limit": PAGE, **({"starting_after": after} if after else {}), **more}
            page = self._client.v1.prices.list(asked)
            return [_price(item) for item in page.data], bool(page.has_more)

        try:
            return _call(lambda: call({"expand": ["data.product"]}), permissions.PRICES, "the prices")
        except PermissionMissingError:  # of products, maybe: then they have no names
            return _call(lambda: call({}), permissions.PRICES, "the prices")

    def customer_email(self, customer: str) -> str | None:
        """Look up a Customer's e-mail address; None if it has none or is deleted ("Retrieve a customer")."""

        def call() -> str | None:
            return getattr(self._client.v1.customers.retrieve(customer), "email", None)

        try:
            return _call(call, permissions.CUSTOMERS_READ, f"customer {customer}")
        except GoneError:
            return None

    def set_metadata(self, customer: str, values: Mapping[str, str], idempotency_key: str) -> bool:
        """Merge `values` into a Customer's metadata; False if it is deleted ("Update a customer")."""

        def call() -> bool:
            self._client.v1.customers.update(customer, {"metadata": dict(values)}, {"idempotency_key": idempotency_key})
            return True

        try:
            return _call(call, permissions.CUSTOMERS_WRITE, f"the metadata of customer {customer}")
        except GoneError:
            return False

    def payment_of_charge(self, charge: str) -> str | None:
        """Look up a charge's payment intent ("Retrieve a charge")."""

        def call() -> str | None:
            return _id(self._client.v1.charges.retrieve(charge).payment_intent)

        return _call(call, permissions.CHARGES, f"charge {charge}")

    def invoices_of_payment(self, payment_intent: str) -> list[Invoice]:
        """Find the invoices that a payment intent paid ("List all payments for an invoice", "Retrieve an invoice")."""

        def payments() -> list[str]:
            page = self._client.v1.invoice_payments.list(
                {"payment": {"type": "payment_intent", "payment_intent": payment_intent}, "limit": PAGE}
            )
            return [invoice for payment in page.auto_paging_iter() if (invoice := _id(payment.invoice))]

        found = _call(payments, permissions.INVOICES, f"the invoice of {payment_intent}")
        return [self.invoice(invoice) for invoice in dict.fromkeys(found)]

    def invoice(self, invoice: str) -> Invoice:
        """Ask what an invoice was for, and whether it is paid ("Retrieve an invoice")."""
        answer = _call(lambda: self._client.v1.invoices.retrieve(invoice), permissions.INVOICES, f"invoice {invoice}")
        return read_invoice(answer.to_dict())

    def session(self, session: str) -> SessionPayment:
        """Ask whether a Checkout Session is paid by now ("Retrieve a Checkout Session")."""
        answer = _call(
            lambda: self._client.v1.checkout.sessions.retrieve(session), permissions.CHECKOUT_SESSIONS, session
        )
        return session_payment(answer.to_dict())

    def subscription(self, subscription: str, at: int) -> SubscriptionState:
        """Ask how a subscription stands; `at`: when it is asked ("Retrieve a subscription")."""
        answer = _call(
            lambda: self._client.v1.subscriptions.retrieve(subscription),
            permissions.SUBSCRIPTIONS,
            f"subscription {subscription}",
        )
        return subscription_state(answer.to_dict(), at)[1]

    def dispute(self, dispute: str) -> DisputeState:
        """Ask how a dispute stands ("Retrieve a dispute")."""
        answer = _call(lambda: self._client.v1.disputes.retrieve(dispute), permissions.DISPUTES, f"dispute {dispute}")
        return dispute_state(answer.to_dict())


@lru_cache(maxsize=32)
def quick_stripe_api(api_key: str) -> StripeApi:
    """Keep one client a key for calls that a person waits for: without retries."""
    return StripeApi(api_key, stripe.RequestsClient(timeout=QUICK_TIMEOUT), retries=0)


@lru_cache(maxsize=32)
def stripe_api(api_key: str) -> StripeApi:
    """Keep one client a key: its connection stays open between events."""
    return StripeApi(api_key)


def _call(call: Callable[[], Result], permission: Permission, what: str) -> Result:
    """Make a call; turn Stripe's errors into ours, once."""
    try:
        return call()
    except (stripe.RateLimitError, stripe.APIConnectionError, stripe.IdempotencyError) as error:
        raise RetryLaterError(f"Stripe did not answer for {what} ({_short(error)})") from error
    except stripe.AuthenticationError as error:
        raise KeyRefusedError(
            f"Stripe does not accept the API key (used for {what})", "store a valid restricted key"
        ) from error
    except stripe.PermissionError as error:
        named = re.search(r"rak_[a-z_]+", str(error))
        stripe_name = named.group() if named else ""
        also = f" ({stripe_name})" if stripe_name else ""
        raise PermissionMissingError(
            f'the Stripe key lacks the permission "{permission.name}"{also}, needed for {what}',
            "add it to the restricted key in the Stripe Dashboard",
            stripe_name,
        ) from error
    except stripe.InvalidRequestError as error:
        if error.http_status == 404 or error.code == "resource_missing":
            raise GoneError(
                f"Stripe has nothing under {what}",
                "check that the stored key is of the account and mode (live or test) that sent the event",
            ) from error
        if error.http_status in (409, 429):
            raise RetryLaterError(f"Stripe is busy with {what} ({_short(error)})") from error
        raise ActionNeededError(f"Stripe refused {what} ({_short(error)})", "correct that") from error
    except stripe.StripeError as error:  # 5xx and whatever comes later
        raise RetryLaterError(f"Stripe failed at {what} ({_short(error)})") from error


def _short(error: stripe.StripeError) -> str:
    """Stripe's own words, which name the key only in part, cut to a sentence's length."""
    return f"{error.http_status or type(error).__name__}: {str(error.user_message or error)[:200]}"


def _id(value: Any) -> str | None:
    """An expandable field holds an id or the object."""
    return value if isinstance(value, str) or value is None else str(value.id)


def _line(item: Any) -> Line:
    """Read a line item. Nothing more is sold with a price that is not active ("The Price object"), and Checkout takes
    no such price by its id: so `price_data` made it, or it was archived since.
    """
    price, quantity = getattr(item, "price", None), getattr(item, "quantity", None)
    kind, active = getattr(price, "type", None), getattr(price, "active", None)
    return Line(
        item.id,
        _id(price),
        _id(getattr(price, "product", None)),
        1 if quantity is None else quantity,
        recurs=None if kind is None else kind == "recurring",
        is_ad_hoc=None if active is None else not active,
    )


def _price(item: Any) -> Price:
    product = getattr(item, "product", None)
    recurring = getattr(item, "recurring", None)
    return Price(
        id=item.id,
        product=_id(product),
        product_name=str(getattr(product, "name", None) or ""),
        nickname=str(getattr(item, "nickname", None) or ""),
        unit_amount=getattr(item, "unit_amount", None),
        currency=str(item.currency),
        interval=str(getattr(recurring, "interval", None) or ""),
    )
