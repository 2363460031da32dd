"""Settings of the organization, and its connection with Stripe. A secret goes in and never comes out."""

from keystack.domain.modes import mode_of_stripe_key
from keystack.inputs.access import StripeKeyRequest, WebhookSecretsRequest
from keystack.inputs.settings import SettingsRequest
from keystack.management import stripe_connection
from keystack.management.settings import BRANDING, change_settings
from keystack.storage.mappings.stripe_status import load_settings
from models import ResponseModel
from problems import FieldProblem, RefusedError
from pydantic import ConfigDict, Field
from routing import Routes, Scope

routes = Routes("Settings")


class BrandingResponse(ResponseModel):
    model_config = ConfigDict(populate_by_name=True)

    product_name: str
    from_: str = Field(alias="from")
    reply_to: str
    logo_url: str
    accent_color: str
    support_url: str
    footer: str


class StripeKeysResponse(ResponseModel):
    test: bool
    live: bool


class SettingsResponse(ResponseModel):
    org: str
    name: str
    freeze_on_partial_refund: bool
    freeze_on_paused_collection: bool
    branding: BrandingResponse
    stripe_key: StripeKeysResponse = Field(description="For which modes a key is stored.")
    webhook_secrets: int = Field(description="How many signing secrets are stored.")


class PermissionResponse(ResponseModel):
    permission: str = Field(description="As the Stripe Dashboard names it.", examples=["Customers: Write"])
    what_for: str
    allowed: bool


class OptionalPermissionResponse(PermissionResponse):
    without: str = Field(description="What is not exact without it.")


class StripeKeyResponse(ResponseModel):
    livemode: bool
    permissions: list[PermissionResponse] = Field(description="Those that are needed.")
    optional: list[OptionalPermissionResponse] = Field(description="Those that make it better, missing ones too.")
    stored: bool = Field(description="Always true: a key that lacks a needed permission is not stored.")


class WebhookSecretsResponse(ResponseModel):
    webhook_secrets: int = Field(description="How many are stored.")


@routes.get("/v1/settings", Scope.READ)
def get_settings() -> SettingsResponse:
    """Show the settings, and what is connected."""
    return _settings(routes.caller.org)


@routes.put("/v1/settings", Scope.ADMIN)
def put_settings(body: SettingsRequest) -> SettingsResponse:
    """Change the settings that are named; the others stay."""
    caller = routes.caller
    change_settings(caller.org, body, caller.name)
    return _settings(caller.org)


@routes.put("/v1/settings/stripe-key", Scope.ADMIN)
def put_stripe_key(body: StripeKeyRequest) -> StripeKeyResponse:
    """Connect with Stripe: try a restricted key, and store it if it has every permission that is needed.

    Each call that KeyStack makes is tried, harmlessly, with objects that do not exist. A key that lacks a permission
    is not stored: the problem's `errors` name each one to add in the Stripe Dashboard. One that lacks an `optional`
    permission is stored all the same.
    """
    caller = routes.caller
    tried = stripe_connection.connect_stripe_key(caller.org, body.key, body.allow_secret_key, caller.name)
    missed = [each for each in tried if each.is_missed]
    if missed:
        names = ", ".join(f'"{each.permission.name}"' for each in missed)
        raise RefusedError(
            "missing-permissions",
            f"the key is not stored, for it lacks {names}: add that in the Stripe Dashboard, then repeat",
            [_missing(each.permission.name, each.stripe_name, each.permission.what_for) for each in missed],
        )
    return StripeKeyResponse(
        livemode=mode_of_stripe_key(body.key).livemode,
        permissions=[
            PermissionResponse(permission=each.permission.name, what_for=each.permission.what_for, allowed=each.allowed)
            for each in tried
            if each.permission.is_needed
        ],
        optional=[
            OptionalPermissionResponse(
                permission=each.permission.name,
                what_for=each.permission.what_for,
                allowed=each.allowed,
                without=each.permission.without,
            )
            for each in tried
            if not each.permission.is_needed
        ],
        stored=True,
    )


@routes.put("/v1/settings/webhook-secret", Scope.ADMIN)
def put_webhook_secret(body: WebhookSecretsRequest) -> WebhookSecretsResponse:
    """Store the webhook endpoint's signing secret.

    A new one is in effect at once. One that is left out is refused after five minutes at the latest.
    """
    caller = routes.caller
    stripe_connection.store_webhook_secrets(caller.org, body.secrets, caller.name)
    return WebhookSecretsResponse(webhook_secrets=len(body.secrets))


def _settings(org: str) -> SettingsResponse:
    organization, connections = load_settings(org)
    look = {outside: getattr(organization.branding, inside) for outside, inside in BRANDING.items()}
    return SettingsResponse(
        org=org,
        name=organization.name,
        freeze_on_partial_refund=organization.freeze_on_partial_refund,
        freeze_on_paused_collection=organization.freeze_on_paused_collection,
        branding=BrandingResponse.model_validate(look),
        stripe_key=StripeKeysResponse(test=connections.stripe_test, live=connections.stripe_live),
        webhook_secrets=connections.webhook_secrets,
    )


def _missing(permission: str, stripe_name: str, what_for: str) -> FieldProblem:
    also = f" ({stripe_name})" if stripe_name else ""
    return FieldProblem(field="key", detail=f"{permission}{also}: {what_for}")
