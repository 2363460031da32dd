"""Set up an organization as the operator's document says: with the functions, and the audit entries, of the API."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from keystack.domain.plans import Mapping, Plan
from keystack.errors import InvalidInputError
from keystack.inputs.organization import OrganizationRequest
from keystack.inputs.reading import read_input
from keystack.management import api_keys, catalogue, settings, stripe_connection
from keystack.management.sign_in import create_link
from keystack.storage import dynamodb
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.mappings import api_keys as stored_keys
from keystack.storage.mappings.organizations import organization_keys
from keystack.storage.mappings.plans import load_plans
from keystack.storage.mappings.registry import put_organization


@dataclass(frozen=True)
class Configuration:
    """A document that is sound in itself."""

    request: OrganizationRequest
    plans: list[Plan]
    mappings: list[Mapping]

    @property
    def granted_plans(self) -> list[str]:
        """Plans that mappings name and this document does not define."""
        defined = {plan.code for plan in self.plans}
        return sorted({grant.plan for mapping in self.mappings for grant in mapping.grants} - defined)


@dataclass(frozen=True)
class Configured:
    """The organization's slug; its first API key if this made it; the token of a sign-in link if one was wanted."""

    org: str
    api_key: str | None
    link_token: str | None


def read_configuration(document: Any) -> Configuration:
    """Check a document. Raises InvalidInputError that names the field and says what belongs there."""
    request = read_input(OrganizationRequest, document)
    if request.branding:
        settings.branding_fields(request.branding)
    return Configuration(request, request.to_plans(), request.to_mappings())


def configure(document: Any, by: str, now: int) -> Configured:
    """Create or change an organization; `by` is whom the audit log names. What the document leaves out stays.

    All of it is checked before any of it is written. Raises InvalidInputError. What is stopped in the middle is
    completed by doing it again.
    """
    configuration = read_configuration(document)
    request, org = configuration.request, configuration.request.org
    if request.reset_api_key and not _is_known(org):
        raise InvalidInputError(f"there is no organization {org} whose API key could be reset: is org written right?")
    if request.sign_in_link and not _is_known(org):
        raise InvalidInputError(
            f"there is no organization {org} to sign in to: create it first, or is org written right?"
        )
    _require_plans(org, configuration.granted_plans)
    settings.store_organization(org, request.to_settings(), by)
    register_organization(org)
    for plan in configuration.plans:
        catalogue.store_plan(org, plan, by)
    for mapping in configuration.mappings:
        catalogue.store_mapping(org, mapping, by)
    if request.stripe_keys:
        stripe_connection.store_stripe_keys(org, request.stripe_keys, by)
    if request.webhook_secrets:
        stripe_connection.store_webhook_secrets(org, request.webhook_secrets, by)
    return Configured(org, _api_key(request, by, now), create_link(org, by, now) if request.sign_in_link else None)


def _api_key(request: OrganizationRequest, by: str, now: int) -> str | None:
    """Make the first key if there is none; whoever asks for a link, which needs no key, gets none beside it."""
    if request.reset_api_key:
        return api_keys.reset_first(request.org, by, now)
    return None if request.sign_in_link else api_keys.create_first(request.org, by, now)


def register_organization(org: str) -> None:
    """Let the schedule know of an organization: one conditional write, which changes nothing for one that it knows.

    For organizations that are older than the registry, too: the dashboard does it when somebody signs in.
    """
    with suppress(ConditionFailedError):
        dynamodb.write([put_organization(org)])


def _is_known(org: str) -> bool:
    return bool(stored_keys.load(org, api_keys.FIRST) or dynamodb.get_items(organization_keys(org)))


def _require_plans(org: str, codes: Iterable[str]) -> None:
    missing = sorted(set(codes) - set(load_plans(org, codes)))
    if missing:
        raise InvalidInputError(f"a mapping grants plan {missing[0]!r}, which does not exist: add it to plans")
