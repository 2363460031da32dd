"""Creates or updates an organization, and gives it its first API key. Invoked by the operator, never over HTTP."""

import os
import time
from typing import Any

from keystack.environment import required
from keystack.errors import InvalidInputError, KeystackError
from keystack.logs import configure_logging, logger
from keystack.management import api_keys, settings
from keystack.management.organizations import Configuration, read_configuration
from keystack.storage import dynamodb
from keystack.storage.mappings import api_keys as stored_keys
from keystack.storage.mappings.mappings import put_mapping
from keystack.storage.mappings.organizations import (
    ensure_organization,
    organization_keys,
    put_branding,
    update_settings,
)
from keystack.storage.mappings.plans import load_plans, put_plan

configure_logging()
required("STAGE", "MAPPINGS_TABLE", "AUDIT_TABLE")
OPERATOR = "operator"  # as the audit log names who invokes this


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take a configuration (README, "Deploy"); answer `{"org", "webhook_url", "api_key"?}` or `{"error"}`.

    All of it is checked before any of it is written. May be run again with the same or a changed configuration.
    `{"org": …, "reset_api_key": true}` replaces the first API key by a new one, for whom the old one was lost.
    """
    try:
        return _apply(event)
    except KeystackError as error:
        logger.warning("configuration refused", reason=str(error))
        return {"error": str(error)}


def _apply(event: dict[str, Any]) -> dict[str, Any]:
    configuration = read_configuration(event)
    org = configuration.organization.slug
    if configuration.reset_api_key and not _exists(org):
        raise InvalidInputError(f"there is no organization {org} whose API key could be reset: is org written right?")
    missing = _missing_plans(org, configuration.granted_plans)
    if missing:
        raise InvalidInputError(f"a mapping grants plan {missing[0]!r}, which does not exist: add it to plans")
    for action in [
        *_organization_actions(event, configuration),
        *(put_plan(org, plan) for plan in configuration.plans),
        *(put_mapping(org, mapping) for mapping in configuration.mappings),
    ]:
        dynamodb.write([action])
    now = int(time.time())
    if configuration.stripe_keys:
        settings.store_stripe_keys(org, configuration.stripe_keys, OPERATOR, now)
    if configuration.webhook_secrets:
        settings.store_webhook_secrets(org, configuration.webhook_secrets, OPERATOR, now)
    answer = {"org": org, "webhook_url": f"{os.environ.get('API_URL', '')}/v1/webhooks/stripe/{org}"}
    if configuration.reset_api_key:
        return {**answer, "api_key": api_keys.reset_first(org, OPERATOR, now)}
    key = api_keys.create_first(org, OPERATOR, now)
    return {**answer, "api_key": key} if key else answer


def _organization_actions(event: dict[str, Any], configuration: Configuration) -> list[dynamodb.Action]:
    """What the document does not speak of stays as it is."""
    organization = configuration.organization
    actions = [ensure_organization(organization.slug)]
    spoken_of = {"name", "freeze_on_partial_refund"} & set(event)
    if spoken_of:
        values = {name: getattr(organization, name) for name in sorted(spoken_of)}
        actions.append(update_settings(organization.slug, values))
    if "branding" in event:
        actions.append(put_branding(organization))
    return actions


def _exists(org: str) -> bool:
    return bool(stored_keys.load(org, api_keys.FIRST) or dynamodb.get_items(organization_keys(org)))


def _missing_plans(org: str, codes: list[str]) -> list[str]:
    return sorted(set(codes) - set(load_plans(org, codes))) if codes else []
