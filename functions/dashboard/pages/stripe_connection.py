"""Settings → Billing → Stripe → Connect: the keys of both modes, the webhook and its secrets."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from frame.forms import read_form
from frame.parts import Missing, part
from frame.request import Request
from frame.responses import page, redirect
from frame.routes import Pages
from frame.sentences import as_sentence
from keystack.domain.modes import mode_of_stripe_key
from keystack.errors import InvalidFieldsError, InvalidInputError, RetryLaterError
from keystack.inputs.access import StripeKeyRequest, WebhookSecretsRequest
from keystack.management.last_change import last_change
from keystack.management.prices import list_prices
from keystack.management.stripe_connection import (
    STRIPE_KEY,
    WEBHOOK_SECRET,
    connect_stripe_key,
    events_to_select,
    store_webhook_secrets,
)
from keystack.stripe import permissions

pages = Pages()
PATH = "/settings/stripe"
DONE = {"secret": "The signing secret is stored. Stripe's next event is checked with it."}
NEEDED = (
    permissions.CHECKOUT_SESSIONS,
    permissions.CUSTOMERS_WRITE,
    permissions.INVOICES,
    permissions.CHARGES,
    permissions.PRICES,
)


@pages.get(PATH)
def show(request: Request) -> Response[str]:
    return _show(request, done=DONE.get(request.query.get("done", ""), ""))


@pages.get(PATH + "/key")
@pages.get(PATH + "/secret")
def leave_form(request: Request) -> Response[str]:
    """Lead from a form's answer, whose address stays in the browser, to the page."""
    return redirect(request, request.url(PATH))


@pages.post(PATH + "/key")
def connect(request: Request) -> Response[str]:
    """Try a key with Stripe, permission by permission, and store it if it has all that is needed."""
    given = {"key": request.form.get("key", "").strip(), "allow_secret_key": bool(request.form.get("allow_secret_key"))}
    try:
        asked = read_form(StripeKeyRequest, given)
        tried = connect_stripe_key(request.org, asked.key, asked.allow_secret_key, request.by)
    except InvalidFieldsError as error:
        return _show(request, errors=error.fields, status=422)
    except InvalidInputError as error:
        return _show(request, errors={"key": _without_api(as_sentence(error))}, status=422)
    except RetryLaterError as error:
        return _show(request, errors={"key": as_sentence(error)}, status=503)
    mode = mode_of_stripe_key(asked.key)
    missing = [each for each in tried if not each.allowed]
    named = None if missing else part("Prices by name", lambda: not list_prices(request.org, mode).problem)
    names = ", ".join(each.permission.name for each in missing)
    errors = {"key": f"The key is not stored, for it lacks {names}."} if missing else {}
    return _show(request, errors=errors, status=409 if missing else 200, tried=tried, tried_mode=mode, named=named)


@pages.post(PATH + "/secret")
def store_secrets(request: Request) -> Response[str]:
    typed = {name: request.form.get(name, "").strip() for name in ("secret", "second_secret")}
    given = {name: text for name, text in typed.items() if text}
    try:
        asked = read_form(WebhookSecretsRequest, {"secrets": list(given.values())})
    except InvalidFieldsError as error:
        names = {f"secrets.{place}": name for place, name in enumerate(given)}
        wanted = "a signing secret begins with whsec_: Stripe shows it at the webhook, under Reveal"
        fields = {names.get(name, "secret"): wanted for name in error.fields}
        return _show(request, errors=fields, status=422)
    store_webhook_secrets(request.org, asked.secrets, request.by)
    return redirect(request, request.url(PATH, done="secret") + "#webhook")


def _show(request: Request, errors: Mapping[str, str] | None = None, status: int = 200, **more: Any) -> Response[str]:
    shown = {"done": "", "tried": None, "tried_mode": None, "named": None, **more}
    host = request.headers.get("host", "")
    connections = request.visitor.connections
    stored = shown["tried_mode"] is not None and status == 200
    return page(
        request,
        "connect.html",
        status,
        connected={
            "test": connections.stripe_test or (stored and shown["tried_mode"] == "test"),
            "live": connections.stripe_live or (stored and shown["tried_mode"] == "live"),
        },
        secrets=connections.webhook_secrets,
        needed=NEEDED,
        webhook_url=f"{request.scheme}://{host}{request.base}/v1/webhooks/stripe/{request.org}",
        events=events_to_select(),
        key_change=_last_change(request, STRIPE_KEY),
        secret_change=_last_change(request, WEBHOOK_SECRET),
        errors=errors or {},
        **shown,
    )


def _last_change(request: Request, what: str) -> tuple[str, int] | Missing | None:
    return part("Who changed it last", lambda: last_change(request.org, f"settings:{what}"))


def _without_api(sentence: str) -> str:
    """Leave out what only a caller of the API can do; the page has fields for it."""
    for of_the_api, of_the_page in (
        ('; or send "allow_secret_key": true', "; or tick the box below"),
        ("PUT /v1/settings/webhook-secret takes it", "it belongs into the form under Webhook"),
    ):
        sentence = sentence.replace(of_the_api, of_the_page)
    return sentence
