"""API keys, the key for Stripe and the webhook's signing secrets. A secret goes in and never comes out."""

from typing import Annotated

from pydantic import Field, StringConstraints

from keystack.domain.api_keys import Scope
from keystack.inputs.base import RequestModel

KeyScope = Annotated[Scope, Field(strict=False)]  # strict takes no text for an enum

# What follows a secret's prefix: printable ASCII without the comma, which separates stored secrets.
SECRET_REST = r"[!-+\--~]{1,240}"  # noqa: S105 - a pattern
WebhookSecret = Annotated[str, StringConstraints(pattern=f"^whsec_{SECRET_REST}$")]


class ApiKeyRequest(RequestModel):
    """A key to be made."""

    name: str = Field(min_length=1, max_length=100, description="Who uses it; the audit log names it.")
    scopes: list[KeyScope] = Field(min_length=1, max_length=3, description="`admin` includes the others.")


class StripeKeyRequest(RequestModel):
    """A restricted key of one mode; the key of the other mode stays."""

    key: str = Field(
        min_length=1,
        max_length=300,
        examples=["rk_test_…"],
        json_schema_extra={"writeOnly": True, "format": "password"},
    )
    allow_secret_key: bool = Field(False, description="Take a full secret key (`sk_…`) too, which may do everything.")


class WebhookSecretsRequest(RequestModel):
    """One signing secret; or two, while the endpoint's secret is being rotated."""

    secrets: list[WebhookSecret] = Field(min_length=1, max_length=2, json_schema_extra={"writeOnly": True})
