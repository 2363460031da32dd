"""An organization's name, settings and branding."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from keystack.domain.organizations import Branding, Organization
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.dynamodb import Key
from keystack.storage.mappings.table import TABLE, update

# Each with its default; the name has none, and the branding is an item of its own.
SETTINGS = {each.name: each.default for each in fields(Organization) if each.name not in ("slug", "name", "branding")}


def organization_keys(org: str) -> list[Key]:
    return [(TABLE, org, "ORG"), (TABLE, org, "BRANDING")]


def load_organization(org: str) -> Organization:
    return organization_from(org, load_items(org))


def load_items(org: str) -> dict[Key, Item]:
    return dynamodb.get_items(organization_keys(org))


def organization_from(org: str, items: Mapping[Key, Item]) -> Organization:
    """Read an organization out of a batch; one that was never set up has its defaults."""
    settings = items.get((TABLE, org, "ORG"), {})
    branding = items.get((TABLE, org, "BRANDING"), {})
    look = {name: str(branding[name]) for name in asdict(Branding()) if branding.get(name)}
    known = {name: settings[name] for name, default in SETTINGS.items() if type(settings.get(name)) is type(default)}
    return Organization(
        slug=org,
        name=str(settings.get("name") or org),
        branding=Branding(**look),
        **known,
    )


def organization_exists(org: str) -> bool:
    """Tell whether there is the item ORG, strongly consistent; the verifier asks `existence`, which remembers."""
    return bool(dynamodb.get_items([(TABLE, org, "ORG")]))


def create_organization(org: str, values: Mapping[str, Any]) -> dynamodb.Action:
    """Describe how the item ORG is made: the verifier knows by it that an organization exists."""
    return dynamodb.put(TABLE, {"pk": org, "sk": "ORG", **values}, "attribute_not_exists(pk)")  # it is made once


def update_settings(org: str, values: Mapping[str, Any], seen: Mapping[Key, Item] | None = None) -> dynamodb.Action:
    """Set the named ones of an organization's settings; the others, and what else is on its item, stay.

    `seen`: its items as they were read; all of the settings must be so still.
    """
    return update(org, "ORG", values, _attributes(seen, (TABLE, org, "ORG"), ("name", *SETTINGS)))


def update_branding(org: str, values: Mapping[str, Any], seen: Mapping[Key, Item] | None = None) -> dynamodb.Action:
    """Set the named fields of an organization's branding; the others stay. `seen`: likewise."""
    return update(org, "BRANDING", values, _attributes(seen, (TABLE, org, "BRANDING"), asdict(Branding())))


def _attributes(seen: Mapping[Key, Item] | None, key: Key, names: Iterable[str]) -> dict[str, Any] | None:
    return None if seen is None else {name: seen.get(key, {}).get(name) for name in names}
