"""Answers which organization and scopes the API key of a request has. Imports as little as it can.

Source: AWS, "Control access to HTTP APIs with AWS Lambda authorizers", payload format 2.0, simple responses.
"""

import time
from dataclasses import dataclass
from typing import Any

from keystack import environment
from keystack.domain.api_keys import ApiKey, read_api_key
from keystack.errors import KeystackError
from keystack.logs import configure_logging, logger
from keystack.storage.mappings import api_keys

configure_logging()


@dataclass(frozen=True)
class Environment:
    stage: str
    mappings_table: str


ENVIRONMENT = environment.read(Environment)
SECONDS_BETWEEN_NOTES = 3600  # seconds; when a key was last used is known to the hour
MAX_KEPT = 1_000  # keys in memory
REFUSED = {"isAuthorized": False}  # for every reason the same

_noted: dict[tuple[str, str], float] = {}  # key → when we last tried to note its use


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer `{"isAuthorized", "context"?}`. What cannot be known now is raised: API Gateway then answers 500."""
    presented = read_api_key(_bearer(event))
    stored = api_keys.load(presented.org, presented.id) if presented else None
    if presented is None or not api_keys.is_secret_of(stored, presented.secret) or stored is None:
        return REFUSED
    key = stored.key
    _note_use(key, int(time.time()))
    who = {"org": key.org, "key_id": key.id, "key_name": key.name, "scopes": ",".join(key.scopes)}
    return {"isAuthorized": True, "context": who}


def _bearer(event: dict[str, Any]) -> str:
    """Read the token of `Authorization: Bearer …`; empty if there is none."""
    header = str(next(iter(event.get("identitySource") or []), ""))
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _note_use(key: ApiKey, now: int) -> None:
    """Note the use once an hour. A failure to do so does not keep the caller from its answer."""
    known = max(key.last_used_at or 0, _noted.get((key.org, key.id), 0))
    if now - known < SECONDS_BETWEEN_NOTES:
        return
    if len(_noted) >= MAX_KEPT:
        _noted.clear()
    _noted[key.org, key.id] = now
    try:
        api_keys.record_use(key.org, key.id, now, SECONDS_BETWEEN_NOTES)
    except KeystackError as error:
        logger.warning("the use of a key could not be noted", org=key.org, key=key.id, reason=str(error))
