"""Create an organization and change its settings, with their audit entries. `by` is the name of a key or a person."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import uuid4

from keystack.domain.audit import Action, configuration_entry
from keystack.domain.organizations import Branding, Organization
from keystack.errors import ActionNeededError, InvalidInputError, RetryLaterError
from keystack.inputs.settings import BrandingRequest, SettingsRequest
from keystack.mail.addresses import vendor_address
from keystack.mail.branding import is_color, safe_url
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.mappings.organizations import (
    create_organization,
    load_organization,
    organization_exists,
    update_branding,
    update_settings,
)

ATTEMPTS = 3  # against others who create the same organization
MAX_TEXT = 500  # characters of a text, as inputs/settings.py takes them
ORGANIZATION = "organization"  # audit: settings:organization

# Requests and responses say `from`, which is a keyword of Python.
BRANDING = {"from" if name == "from_address" else name: name for name in asdict(Branding())}


@dataclass(frozen=True)
class Changes:
    """What differs from what is `stored`: settings, and fields of the branding by the domain's names."""

    stored: Organization
    settings: Mapping[str, Any]
    branding: Mapping[str, str]

    @property
    def detail(self) -> dict[str, Any]:
        """What the audit log says of them."""
        return _detail(self.settings, self.branding)

    @property
    def before(self) -> dict[str, Any]:
        """What the audit log says of the same before; what was written by hand may be of any size, and is cut."""
        settings = {name: getattr(self.stored, name) for name in self.settings}
        look = {name: str(getattr(self.stored.branding, name))[:MAX_TEXT] for name in self.branding}
        cut = {name: value[:MAX_TEXT] if isinstance(value, str) else value for name, value in settings.items()}
        return _detail(cut, look)


def change_settings(org: str, request: SettingsRequest, by: str) -> None:
    """Set what is named. Raises InvalidInputError for a branding that no mail could use."""
    changes = _changes(load_organization(org), request)
    actions = [update_settings(org, changes.settings)] if changes.settings else []
    if actions or changes.branding:
        _write(org, changes, Action.SETTINGS_CHANGED, by, actions)


def store_organization(org: str, request: SettingsRequest, by: str) -> None:
    """Create an organization, or change what is named of one that exists. Raises InvalidInputError likewise."""
    for _ in range(ATTEMPTS):
        if organization_exists(org):
            return change_settings(org, request, by)
        changes = _changes(load_organization(org), request)
        created = replace(changes, settings={"name": org, **changes.settings})
        try:
            return _write(org, created, Action.SETTINGS_CREATED, by, [create_organization(org, created.settings)])
        except ConditionFailedError:
            continue
    raise RetryLaterError("the organization is being created by others", after=1)


def branding_fields(request: BrandingRequest) -> dict[str, str]:
    """Return the fields that are named, as Branding names them. Raises InvalidInputError for what no mail could use."""
    values: dict[str, str] = request.model_dump(by_alias=True, exclude_none=True)
    for name in ("from", "reply_to"):
        if address := values.get(name):
            _check_address(address, name)
    for name in ("logo_url", "support_url"):
        url = values.get(name)
        if url and not safe_url(url):
            raise InvalidInputError(f"branding's {name} must be an https URL, like https://example.com/page")
    color = values.get("accent_color")
    if color and not is_color(color):
        raise InvalidInputError("branding's accent_color must be like #4f46e5")
    return {BRANDING[name]: value for name, value in values.items()}


def _check_address(address: str, field: str) -> None:
    """Refuse here, once, what the mail would refuse at every sale."""
    try:
        vendor_address(address, f"branding's {field}", "write it like licenses@example.com; the name is product_name")
    except ActionNeededError as error:
        raise InvalidInputError(str(error)) from error


def _detail(settings: Mapping[str, Any], branding: Mapping[str, str]) -> dict[str, Any]:
    look = {name: branding[inside] for name, inside in BRANDING.items() if inside in branding}
    return {**settings, **({"branding": look} if look else {})}


def _changes(stored: Organization, request: SettingsRequest) -> Changes:
    settings = request.model_dump(exclude={"branding"}, exclude_none=True)
    look = branding_fields(request.branding) if request.branding else {}
    stored_look = asdict(stored.branding)
    return Changes(
        stored,
        {name: value for name, value in settings.items() if value != getattr(stored, name)},
        {name: value for name, value in look.items() if value != stored_look[name]},
    )


def _write(org: str, changes: Changes, action: Action, by: str, actions: list[dynamodb.Action]) -> None:
    """Write `actions` and the branding together with the audit entry."""
    look = [update_branding(org, changes.branding)] if changes.branding else []
    before = {"before": changes.before} if action is Action.SETTINGS_CHANGED else {}
    entry = configuration_entry(action, ORGANIZATION, uuid4().hex, {**changes.detail, **before, "by": by})
    dynamodb.write([*actions, *look, *put_entries(org, [entry], by)])
