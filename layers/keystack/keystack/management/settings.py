"""Create an organization and change its settings, with their audit entries. `by` is the name of a key or a person."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import uuid4

from keystack.domain.audit import Action, configuration_entry
from keystack.domain.organizations import Branding, Organization
from keystack.domain.versions import version_of
from keystack.errors import ActionNeededError, ChangedError, InvalidFieldsError, RetryLaterError
from keystack.inputs.settings import BrandingRequest, SettingsRequest
from keystack.mail.addresses import vendor_address
from keystack.mail.branding import is_color, safe_url
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError, Key
from keystack.storage.mappings.organizations import (
    create_organization,
    load_items,
    load_organization,
    organization_exists,
    organization_from,
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
    def any(self) -> bool:
        return bool(self.settings or self.branding)

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


@dataclass(frozen=True)
class Seen:
    """What a person saw of an organization before they change it, by its version; None: no matter what it is now."""

    settings: str | None = None
    branding: str | None = None


def load_settings(org: str) -> Organization:
    """Load an organization as it is at this moment."""
    return load_organization(org)


def settings_version(organization: Organization) -> str:
    """Name the version of an organization's settings, without its branding."""
    return version_of(replace(organization, branding=Branding()))


def branding_version(organization: Organization) -> str:
    return version_of(organization.branding)


def change_settings(org: str, request: SettingsRequest, by: str, expected: Seen | None = None) -> None:
    """Set what is named. Raises InvalidFieldsError for a branding that no mail could use.

    `expected`: what `by` saw; raises ChangedError when it is not so any more.
    """
    for _ in range(ATTEMPTS):
        items = load_items(org)
        stored = organization_from(org, items)
        if expected is not None:
            _require_unchanged(stored, expected)
        changes = _changes(stored, request)
        if not changes.any:
            return
        try:
            updates = _updates(org, changes, None if expected is None else items)
            _write(org, changes, Action.SETTINGS_CHANGED, by, updates)
        except ConditionFailedError:
            continue
        return
    raise RetryLaterError("the settings are being changed by others", after=1)


def _require_unchanged(stored: Organization, expected: Seen) -> None:
    now = Seen(settings_version(stored), branding_version(stored))
    if expected.settings not in (None, now.settings) or expected.branding not in (None, now.branding):
        raise ChangedError("this was changed by somebody else meanwhile")


def store_organization(org: str, request: SettingsRequest, by: str) -> None:
    """Create an organization, or change what is named of one that exists. Raises InvalidFieldsError likewise."""
    for _ in range(ATTEMPTS):
        if organization_exists(org):
            return change_settings(org, request, by)
        changes = _changes(load_organization(org), request)
        created = replace(changes, settings={"name": org, **changes.settings})
        try:
            actions = [create_organization(org, created.settings), *_updates(org, replace(created, settings={}))]
            return _write(org, created, Action.SETTINGS_CREATED, by, actions)
        except ConditionFailedError:
            continue
    raise RetryLaterError("the organization is being created by others", after=1)


def branding_fields(request: BrandingRequest) -> dict[str, str]:
    """Return the fields that are named, as Branding names them.

    Raises InvalidFieldsError for what no mail could use; its fields are named `branding.logo_url` and the like.
    """
    values: dict[str, str] = request.model_dump(by_alias=True, exclude_none=True)
    wrong = {name: problem for name, value in values.items() if value and (problem := _problem(name, value))}
    if wrong:
        what = "; ".join(f"branding's {name} {problem}" for name, problem in wrong.items())
        raise InvalidFieldsError({f"branding.{name}": problem for name, problem in wrong.items()}, what)
    return {BRANDING[name]: value for name, value in values.items()}


def _problem(name: str, value: str) -> str:
    """Say, once, what the mail would refuse at every sale, or leave out; empty if it is all right."""
    match name:
        case "from" | "reply_to":
            return _problem_of_address(value)
        case "logo_url" | "support_url" if not safe_url(value):
            return "must be an https URL, like https://example.com/page"
        case "accent_color" if not is_color(value):
            return "must be like #4f46e5"
    return ""


def _problem_of_address(address: str) -> str:
    try:
        vendor_address(address, "", "write it like licenses@example.com; the name is product_name")
    except ActionNeededError as error:
        return str(error).strip()
    return ""


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
    """Write `actions` together with the audit entry."""
    before = {"before": changes.before} if action is Action.SETTINGS_CHANGED else {}
    entry = configuration_entry(action, ORGANIZATION, uuid4().hex, {**changes.detail, **before, "by": by})
    dynamodb.write([*actions, *put_entries(org, [entry], by)])


def _updates(org: str, changes: Changes, seen: Mapping[Key, Item] | None = None) -> list[dynamodb.Action]:
    settings = [update_settings(org, changes.settings, seen)] if changes.settings else []
    return settings + ([update_branding(org, changes.branding, seen)] if changes.branding else [])
