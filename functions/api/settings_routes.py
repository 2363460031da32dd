"""Settings of the organization, and its connection with Stripe. A secret goes in and never comes out."""

import time
from typing import Annotated, Any

from keystack.management import settings
from keystack.management.organizations import BRANDING
from keystack.storage.mappings.stripe_status import load_settings
from models import Answered, Asked
from problems import FieldProblem, RefusedError
from pydantic import ConfigDict, Field, StringConstraints
from routing import ADMIN, READ, Routes

routes = Routes("Settings")

Text = Annotated[str, Field(max_length=500)]
Secret = Annotated[str, StringConstraints(pattern=r"^whsec_[!-+\--~]{1,240}$")]


class BrandingBody(Asked):
    """How mails look. What is left out or null stays; an empty text takes it away."""

    product_name: Text | None = None
    from_: Text | None = Field(None, alias="from", description="The sender's address.", examples=["keys@acme.example"])
    reply_to: Text | None = Field(None, description="The address that answers go to.")
    logo_url: Text | None = Field(None, description="https")
    accent_color: Text | None = Field(None, examples=["#4f46e5"])
    support_url: Text | None = Field(None, description="https")
    footer: Text | None = None


class SettingsBody(Asked):
    """What to change. What is left out or null stays."""

    name: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    freeze_on_partial_refund: bool | None = None
    branding: BrandingBody | None = None


class BrandingAnswer(Answered):
    model_config = ConfigDict(populate_by_name=True)

    product_name: str
    from_: str = Field(alias="from")
    reply_to: str
    logo_url: str
    accent_color: str
    support_url: str
    footer: str


class StripeKeysAnswer(Answered):
    test: bool
    live: bool


class SettingsAnswer(Answered):
    org: str
    name: str
    freeze_on_partial_refund: bool
    branding: BrandingAnswer
    stripe_key: StripeKeysAnswer = Field(description="For which modes a key is stored.")
    webhook_secrets: int = Field(description="How many signing secrets are stored.")


class StripeKeyBody(Asked):
    """A restricted key of one mode; the key of the other mode stays."""

    key: str = Field(
        min_length=1,
        max_length=300,
        examples=["rk_test_…"],
        json_schema_extra={"writeOnly": True, "format": "password"},
    )
    allow_secret_key: bool = Field(False, description="Take a full secret key (`sk_…`) too, which may do everything.")


class PermissionAnswer(Answered):
    permission: str = Field(description="As the Stripe Dashboard names it.", examples=["Customers: Write"])
    what_for: str
    allowed: bool


class StripeKeyAnswer(Answered):
    livemode: bool
    permissions: list[PermissionAnswer]
    stored: bool = Field(description="Always true: a key that lacks a permission is a problem, and is not stored.")


class WebhookSecretBody(Asked):
    """One signing secret; or two, while the endpoint's secret is being rotated."""

    secrets: list[Secret] = Field(min_length=1, max_length=2, json_schema_extra={"writeOnly": True})


class WebhookSecretAnswer(Answered):
    webhook_secrets: int = Field(description="How many are stored.")


@routes.get("/v1/settings", READ)
def get_settings() -> SettingsAnswer:
    """Show the settings, and what is connected."""
    return _settings(routes.caller.org)


@routes.put("/v1/settings", ADMIN)
def put_settings(body: SettingsBody) -> SettingsAnswer:
    """Change the settings that are named; the others stay."""
    caller = routes.caller
    asked: dict[str, Any] = body.model_dump(by_alias=True, exclude_none=True)
    branding = asked.pop("branding", {})
    settings.change_settings(caller.org, asked, branding, caller.name, int(time.time()))
    return _settings(caller.org)


@routes.put("/v1/settings/stripe-key", ADMIN)
def put_stripe_key(body: StripeKeyBody) -> StripeKeyAnswer:
    """Connect with Stripe: try a restricted key, and store it if it has every permission.

    Each call that KeyStack makes is tried, harmlessly, with objects that do not exist. A key that lacks a permission
    is not stored: the problem's `errors` name each one to add in the Stripe Dashboard.
    """
    caller = routes.caller
    tried = settings.connect_stripe_key(caller.org, body.key, body.allow_secret_key, caller.name, int(time.time()))
    missing = [each for each in tried if not each.allowed]
    if missing:
        names = ", ".join(f'"{each.permission.name}"' for each in missing)
        raise RefusedError(
            "missing-permissions",
            f"the key is not stored, for it lacks {names}: add that in the Stripe Dashboard, then repeat",
            [_missing(each.permission.name, each.stripe_name, each.permission.what_for) for each in missing],
        )
    return StripeKeyAnswer(
        livemode=settings.is_live(body.key),
        permissions=[
            PermissionAnswer(permission=each.permission.name, what_for=each.permission.what_for, allowed=each.allowed)
            for each in tried
        ],
        stored=True,
    )


@routes.put("/v1/settings/webhook-secret", ADMIN)
def put_webhook_secret(body: WebhookSecretBody) -> WebhookSecretAnswer:
    """Store the webhook endpoint's signing secret.

    A new one is in effect at once. One that is left out is refused after five minutes at the latest.
    """
    caller = routes.caller
    settings.store_webhook_secrets(caller.org, body.secrets, caller.name, int(time.time()))
    return WebhookSecretAnswer(webhook_secrets=len(body.secrets))


def _settings(org: str) -> SettingsAnswer:
    organization, connections = load_settings(org)
    look = {outside: getattr(organization.branding, inside) for outside, inside in BRANDING.items()}
    return SettingsAnswer(
        org=org,
        name=organization.name,
        freeze_on_partial_refund=organization.freeze_on_partial_refund,
        branding=BrandingAnswer.model_validate(look),
        stripe_key=StripeKeysAnswer(test=connections.stripe_test, live=connections.stripe_live),
        webhook_secrets=connections.webhook_secrets,
    )


def _missing(permission: str, stripe_name: str, what_for: str) -> FieldProblem:
    also = f" ({stripe_name})" if stripe_name else ""
    return FieldProblem(field="key", detail=f"{permission}{also}: {what_for}")
