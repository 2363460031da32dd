"""The operator's document: an organization with its settings, plans, mappings and secrets."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from keystack.domain.plans import Mapping, Plan
from keystack.domain.slugs import is_slug
from keystack.inputs.access import SECRET_REST
from keystack.inputs.catalogue import CODE_PATTERN, TARGET_PATTERN, MappingRequest, PlanRequest
from keystack.inputs.settings import SettingsRequest


def _check_slug(value: Any) -> Any:
    if not isinstance(value, str) or not is_slug(value):
        raise PydanticCustomError("slug", "must be 3 to 40 of a-z, 0-9 and inner hyphens, for example acme")
    return value


def _check_target(value: str) -> str:
    if not re.fullmatch(TARGET_PATTERN, value):
        raise PydanticCustomError("target", "must be the id of a Stripe price (price_…) or product (prod_…)")
    return value


def _secret(*prefixes: str) -> Callable[[Any], Any]:
    """Return a check for a secret that begins with one of `prefixes`."""
    form = re.compile(f"({'|'.join(prefixes)}){SECRET_REST}")

    def check(value: Any) -> Any:
        if not isinstance(value, str) or not form.fullmatch(value):
            wanted = f"must start with {' or '.join(prefixes)} and have no space and no comma"
            raise PydanticCustomError("secret", wanted)
        return value

    return check


Slug = Annotated[str, BeforeValidator(_check_slug)]
Target = Annotated[str, AfterValidator(_check_target)]
RestrictedKey = Annotated[str, BeforeValidator(_secret("rk_live_", "rk_test_"))]
WebhookSecret = Annotated[str, BeforeValidator(_secret("whsec_"))]


class CodedPlanRequest(PlanRequest):
    """A plan with its code, which is also its name if it has none."""

    code: str = Field(pattern=CODE_PATTERN)

    @model_validator(mode="before")
    @classmethod
    def _name_it(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("name", "") == "":
            code = values.get("code")
            return {
                **values,
                "name": code if isinstance(code, str) and code else "unnamed",
            }  # the code is refused anyway
        return values


class OrganizationRequest(SettingsRequest):
    """What an organization is to be. What is left out stays; a branding replaces the whole branding."""

    org: Slug
    plans: list[CodedPlanRequest] = Field([])
    mappings: dict[Target, MappingRequest] = Field({})
    stripe_keys: list[RestrictedKey] = Field([])
    webhook_secrets: list[WebhookSecret] = Field([])
    reset_api_key: bool = False
    sign_in_link: bool = False

    def to_settings(self) -> SettingsRequest:
        branding = None if self.branding is None else self.branding.with_every_field()
        settings = self.model_dump(include=SettingsRequest.model_fields.keys() - {"branding"})
        return SettingsRequest(**settings, branding=branding)

    def to_plans(self) -> list[Plan]:
        """Make the domain's plans. Raises InvalidInputError."""
        return [each.to_plan(each.code) for each in self.plans]

    def to_mappings(self) -> list[Mapping]:
        """Make the domain's mappings. Raises InvalidInputError."""
        return [each.to_mapping(target) for target, each in self.mappings.items()]
