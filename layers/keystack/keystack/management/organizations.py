"""An organization's configuration as the operator writes it: one JSON document, checked before any of it is used."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from keystack.domain import plans as plan_rules
from keystack.domain.organizations import Branding, Organization, is_slug
from keystack.domain.plans import Plan
from keystack.errors import ActionNeededError, InvalidInputError
from keystack.mail.addresses import vendor_address
from keystack.mail.branding import is_color, safe_url
from keystack.storage.mappings.mappings import mapping_from, target_kind
from keystack.storage.mappings.plans import plan_from

KNOWN = {
    "org",
    "name",
    "freeze_on_partial_refund",
    "branding",
    "plans",
    "mappings",
    "stripe_keys",
    "webhook_secrets",
    "reset_api_key",
}
# The outside says `from`, and Python cannot.
BRANDING = {"from" if name == "from_address" else name: name for name in asdict(Branding())}


@dataclass(frozen=True)
class Configuration:
    organization: Organization
    plans: list[Plan]
    mappings: list[plan_rules.Mapping]
    stripe_keys: list[str]
    webhook_secrets: list[str]
    reset_api_key: bool = False

    @property
    def granted_plans(self) -> list[str]:
        """Plans that mappings name and this document does not define."""
        defined = {plan.code for plan in self.plans}
        return sorted({grant.plan for mapping in self.mappings for grant in mapping.grants} - defined)


def read_configuration(document: Mapping[str, Any]) -> Configuration:
    """Check a configuration. Raises InvalidInputError that names the field and says what belongs there."""
    unknown = sorted(set(document) - KNOWN)
    if unknown:
        raise InvalidInputError(f"{unknown[0]!r} is not a setting: known are {', '.join(sorted(KNOWN))}")
    org = document.get("org")
    if not isinstance(org, str) or not is_slug(org):
        raise InvalidInputError("org must be 3 to 40 of a-z, 0-9 and inner hyphens, for example acme")
    return Configuration(
        organization=Organization(
            slug=org,
            name=_text(document, "name", org),
            freeze_on_partial_refund=_flag(document, "freeze_on_partial_refund"),
            branding=Branding(**branding_fields(_object(document, "branding"))),
        ),
        plans=[_plan(each) for each in _list(document, "plans")],
        mappings=[_mapping(target, each) for target, each in _object(document, "mappings").items()],
        stripe_keys=[_secret(each, "stripe_keys", ("rk_live_", "rk_test_")) for each in _list(document, "stripe_keys")],
        webhook_secrets=[_secret(each, "webhook_secrets", ("whsec_",)) for each in _list(document, "webhook_secrets")],
        reset_api_key=_flag(document, "reset_api_key"),
    )


def branding_fields(values: Mapping[str, Any]) -> dict[str, str]:
    """Check fields of a branding, and name them as Branding does."""
    unknown = sorted(set(values) - set(BRANDING))
    if unknown:
        raise InvalidInputError(f"branding has no {unknown[0]!r}")
    for name in ("from", "reply_to"):
        if address := _text(values, name, ""):
            _require_address(address, name)
    for name in ("logo_url", "support_url"):
        url = _text(values, name, "")
        if url and not safe_url(url):
            raise InvalidInputError(f"branding's {name} must be an https URL, like https://example.com/page")
    color = _text(values, "accent_color", "")
    if color and not is_color(color):
        raise InvalidInputError("branding's accent_color must be like #4f46e5")
    return {BRANDING[name]: _text(values, name, "") for name in values}


def _require_address(address: str, field: str) -> None:
    """What the mail would refuse at every sale is refused here, once."""
    try:
        vendor_address(address, f"branding's {field}", "write it like licenses@example.com; the name is product_name")
    except ActionNeededError as error:
        raise InvalidInputError(str(error)) from error


def _plan(values: Any) -> Plan:
    if not isinstance(values, dict) or not isinstance(values.get("code"), str):
        raise InvalidInputError("each of plans must be an object with a code")
    unknown = sorted(set(values) - set(Plan.__dataclass_fields__))
    if unknown:
        raise InvalidInputError(f"plan {values['code']!r} has no {unknown[0]!r}")
    return plan_from(values["code"], values)


def _mapping(target: str, values: Any) -> plan_rules.Mapping:
    target_kind(target)
    if not isinstance(values, dict):
        raise InvalidInputError(f'mapping of {target}: must be an object like {{"grants": [{{"plan": "pro"}}]}}')
    return mapping_from(target, values)


def _secret(value: Any, field: str, prefixes: tuple[str, ...]) -> str:
    if (
        not isinstance(value, str)
        or not value.startswith(prefixes)
        or not value.isascii()
        or set(value) & set(", \n\t")
    ):
        raise InvalidInputError(f"each of {field} must start with {' or '.join(prefixes)}")
    return value


def _text(values: Mapping[str, Any], field: str, default: str) -> str:
    value = values.get(field, default)
    if not isinstance(value, str) or len(value) > 500:
        raise InvalidInputError(f"{field} must be text of at most 500 characters")
    return value


def _flag(values: Mapping[str, Any], field: str) -> bool:
    value = values.get(field, False)
    if not isinstance(value, bool):
        raise InvalidInputError(f"{field} must be true or false")
    return value


def _object(values: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = values.get(field, {})
    if not isinstance(value, dict):
        raise InvalidInputError(f"{field} must be an object")
    return value


def _list(values: Mapping[str, Any], field: str) -> list[Any]:
    value = values.get(field, [])
    if not isinstance(value, list):
        raise InvalidInputError(f"{field} must be a list")
    return value
