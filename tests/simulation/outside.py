"""The ways out of a handler: Stripe's API, the secret store and the mail server, each with what goes wrong there."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import stripe
from keystack.errors import ActionNeededError, DeploymentError, RetryLaterError
from template import Right

from local.stripe.objects import StripeObjects
from local.stripe.server import StripeStandIn
from local.web import Request, Response, json_response
from simulation.calls import Call, Calls, aws_failures, refused

CALLS_WITH_PERMISSION = (  # Stripe Dashboard, "Restricted keys"
    ("/checkout/sessions/", "rak_checkout_session_read"),
    ("/customers/", "rak_customer_write"),
    ("/invoice", "rak_invoice_read"),
    ("/charges/", "rak_charge_read"),
    ("/refunds/", "rak_charge_read"),
    ("/disputes/", "rak_dispute_read"),
    ("/subscriptions/", "rak_subscription_read"),
    ("/payment_intents/", "rak_payment_intent_read"),
)


@cache
def _stand_in() -> StripeStandIn:
    return StripeStandIn()


@dataclass
class StripeSide:
    """Stripe's servers: `accounts` by API key, `denied` permissions; those that are `never` given stay away."""

    calls: Calls
    accounts: dict[str, StripeObjects]
    denied: set[str] = field(default_factory=set)
    never: frozenset[str] = frozenset()
    asked: list[tuple[str, str]] = field(default_factory=list)  # (key, path)
    answered: dict[str, Any] = field(default_factory=dict)  # by idempotency key

    def request(self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None) -> tuple[str, int, Any]:
        _, _, path, query, _ = urlsplit(url)
        key = headers["Authorization"].removeprefix("Bearer ")
        self.asked.append((key, path))
        all_headers = tuple((name, str(value)) for name, value in headers.items() if value is not None)
        told = Request(method.upper(), path, query, all_headers, (post_data or "").encode(), "127.0.0.1", "HTTP/1.1")

        def answer() -> Response:
            return self._answer(told, key, path)

        failures: dict[str, Callable[[], Exception]] = {
            "busy": lambda: _AnswerError(
                json_response(429, {"error": {"type": "invalid_request_error", "message": "busy"}})
            ),
            "lock timeout": lambda: _AnswerError(
                json_response(429, {"error": {"type": "invalid_request_error", "code": "lock_timeout"}})
            ),
            "failing": lambda: _AnswerError(self._kept_failure(told)),
            "lost": lambda: stripe.APIConnectionError("timed out", should_retry=True),  # type: ignore[no-untyped-call]
        }
        try:
            response = self.calls.make(Call("stripe", method.upper(), path), answer, failures)
        except _AnswerError as refused:
            response = refused.response
        return response.body.decode(), response.status, {name.lower(): value for name, value in response.headers}

    def _kept_failure(self, request: Request) -> Response:
        """Fail, and give the same answer to every repetition: Stripe keeps a 500 for its Idempotency-Key too."""
        response = json_response(500, {"error": {"type": "api_error", "message": "oops"}})
        if idempotency_key := request.header("Idempotency-Key"):
            server = _stand_in()
            server._answered = self.answered
            server.keep_answer(idempotency_key, request, response)
        return response

    def _answer(self, request: Request, key: str, path: str) -> Response:
        if key not in self.accounts:
            return json_response(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}})
        for part, permission in CALLS_WITH_PERMISSION:
            if part in path and permission in self.denied | self.never:
                message = f"The provided key does not have the required permissions. Having '{permission}' is needed."
                return json_response(403, {"error": {"type": "invalid_request_error", "message": message}})
        server = _stand_in()
        server.objects, server._answered = self.accounts[key], self.answered
        return server.answer(request)


class _AnswerError(Exception):
    """An answer of Stripe's that is an error."""

    def __init__(self, response: Response) -> None:
        self.response = response


@dataclass
class SecretStore:
    """SSM in memory; takes the place of KeyStack's client."""

    calls: Calls
    kept: dict[str, str] = field(default_factory=dict)

    def call(self, operation: str, request: Mapping[str, Any], path: str = "") -> Any:
        match operation:
            case "GetParameter":
                return self._get(request["Name"])
            case "PutParameter":
                self.kept[request["Name"]] = request["Value"]
                return {}
        raise AssertionError(f"the model of SSM has no {operation}")

    def _get(self, name: str) -> Any:
        def get() -> Any:
            if name not in self.kept:
                raise refused("GetParameter", "ParameterNotFound")
            return {"Parameter": {"Value": self.kept[name]}}

        call = Call("ssm", "GetParameter", name, _secret_right(name))
        return self.calls.make(call, get, aws_failures("GetParameter"))


def _secret_right(name: str) -> frozenset[Right]:
    """The right to read `/keystack/test/stripe-key/acme` is one for the folder, as template.yaml writes it."""
    folder, _, org = name.removeprefix("/keystack/test/").partition("/")
    return frozenset({("ssm:GetParameter", "parameter/keystack/${Stage}/" + (f"{folder}/*" if org else folder))})


@dataclass(frozen=True)
class Mail:
    """A mail that went out, with the license keys in it."""

    recipient: str
    keys: frozenset[str]
    text: str


@dataclass
class MailServer:
    calls: Calls
    sent: list[Mail] = field(default_factory=list)
    witness: Callable[[Mail], None] = lambda mail: None
    refuses: bool = False

    def send(self, message: EmailMessage, recipient: str) -> None:
        body = message.get_body(("plain",))
        text = str(body.get_content()) if body else ""
        mail = Mail(recipient, frozenset(re.findall(r"\b[A-Z0-9]+(?:-[A-Z0-9]+)*(?:-[0-9A-Z]{5}){5}\b", text)), text)

        def send() -> None:
            if self.refuses:
                raise ActionNeededError(f"{recipient} was refused", "correct the address")
            self.sent.append(mail)
            self.witness(mail)

        failures: dict[str, Callable[[], Exception]] = {
            "busy": lambda: RetryLaterError("the mail server is busy"),
            "lost": lambda: RetryLaterError("the mail server did not answer"),
            "refused": lambda: DeploymentError("SendEmail was denied"),
        }
        self.calls.make(Call("mail", "send", recipient), send, failures)
