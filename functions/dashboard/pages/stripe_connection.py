"""Settings → Billing → Stripe → Connect: the keys of both modes, the webhook and its secrets."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from frame.forms import read_form
from frame.parts import Missing, part
from frame.request import Request
from frame.responses import page, redirect
from frame.routes import Pages
from frame.sentences import as_sentence
from keystack.domain.modes import Mode, mode_of_stripe_key
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
from keystack.stripe.permissions import Permission

pages = Pages()
PATH = "/settings/stripe"
DONE = {"secret": "The signing secret is stored. Stripe's next event is checked with it."}


class Row(NamedTuple):
    """A permission, and whether a key that was tried has it; None: none was tried."""

    permission: Permission
    allowed: bool | None = None
    stripe_name: str = ""


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
    missed = [each for each in tried if each.is_missed]
    rows = [Row(each.permission, each.allowed, each.stripe_name) for each in tried]
    rows.append(Row(permissions.PRICES, None if missed else _names_prices(request.org, mode)))
    names = ", ".join(each.permission.name for each in missed)
    errors = {"key": f"The key is not stored, for it lacks {names}."} if missed else {}
    return _show(request, errors=errors, status=409 if missed else 200, rows=rows, tried_mode=mode)


def _names_prices(org: str, mode: Mode) -> bool | None:
    """Tell whether the key that is stored now may list prices; None: Stripe does not answer."""
    named = part("Prices by name", lambda: not list_prices(org, mode).problem)
    return None if isinstance(named, Missing) else named


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
    shown = {"done": "", "rows": [Row(each) for each in permissions.TO_GIVE], "tried_mode": None, **more}
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
        webhook_url=f"{request.scheme}://{host}{request.base}/v1/webhooks/stripe/{request.org}",
        needed_events=events_to_select(needed=True),
        better_events=events_to_select(needed=False),
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
