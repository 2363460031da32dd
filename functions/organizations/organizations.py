"""Creates or updates an organization, and gives it its first API key. Invoked by the operator, never over HTTP."""

import time
from dataclasses import dataclass
from typing import Any

from keystack import environment
from keystack.domain.sessions import LINK_SECONDS
from keystack.errors import KeystackError
from keystack.logs import configure_logging, logger
from keystack.management.organizations import configure
from keystack.storage.timestamps import to_iso

configure_logging()


@dataclass(frozen=True)
class Environment:
    stage: str
    mappings_table: str
    audit_table: str
    api_url: str = ""


ENVIRONMENT = environment.read(Environment)
OPERATOR = "operator"  # as the audit log names who invokes this


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take a configuration (README, "Deploy"); answer `{"org", "webhook_url", "api_key"?, …}` or `{"error"}`.

    All of it is checked before any of it is written. May be run again with the same or a changed configuration.
    `{"org": …, "reset_api_key": true}` replaces the first API key by a new one, for whom the old one was lost.
    `{"org": …, "sign_in_link": true}` adds a link that signs in to the dashboard, once.
    """
    now = int(time.time())
    try:
        configured = configure(event, OPERATOR, now)
    except KeystackError as error:
        logger.warning("configuration refused", reason=str(error))
        return {"error": str(error)}
    url = f"{ENVIRONMENT.api_url}/v1/webhooks/stripe/{configured.org}"
    answer = {"org": configured.org, "webhook_url": url}
    if configured.api_key:
        answer["api_key"] = configured.api_key
    if configured.link_token:
        answer["sign_in_link"] = f"{ENVIRONMENT.api_url}/dashboard/sign-in/link?token={configured.link_token}"
        answer["sign_in_link_expires_at"] = to_iso(now + LINK_SECONDS)
    return answer
