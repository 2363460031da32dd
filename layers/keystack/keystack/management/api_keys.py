"""Make and delete API keys. A key is shown once: only its hash is kept."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from keystack.domain.api_keys import ApiKey, Scope, read_scopes, secret_hash, write_api_key
from keystack.domain.audit import Action, configuration_entry
from keystack.errors import ConflictError, NotFoundError, RetryLaterError
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.mappings import api_keys

FIRST = "first"  # the id of the key that comes with the organization
ATTEMPTS = 3  # against others who delete keys at the same moment
MANY = 100  # keys a query


@dataclass(frozen=True)
class NewKey:
    """A key, and the text of it that nobody can read again."""

    key: ApiKey
    text: str


def create(org: str, name: str, scopes: Iterable[Scope], by: str, now: int) -> NewKey:
    """Make a key; `by` is the name of the key or person that asks for it."""
    new = _new(org, secrets.token_hex(6), name, scopes, now)
    detail = {"name": name, "scopes": list(new.key.scopes), "by": by}
    entry = configuration_entry(Action.API_KEY_CREATED, new.key.id, uuid4().hex, detail)
    dynamodb.write([_put(new), *put_entries(org, [entry], by)])
    return new


def create_first(org: str, by: str, now: int) -> str | None:
    """Make the organization's first key, which may do everything; None if it has one."""
    new = _new(org, FIRST, "first", Scope, now)
    try:
        dynamodb.write([_put(new), *_entry_of_first(new, Action.API_KEY_CREATED, by)])
    except ConditionFailedError:
        return None
    return new.text


def reset_first(org: str, by: str, now: int) -> str:
    """Replace the first key by a new one; the old one is refused as soon as the authorizer's cache has forgotten it."""
    new = _new(org, FIRST, "first", Scope, now)
    dynamodb.write(
        [api_keys.replace_api_key(new.key, _hash_of(new)), *_entry_of_first(new, Action.API_KEY_CHANGED, by)]
    )
    return new.text


def find(org: str, identity: str) -> ApiKey | None:
    stored = api_keys.load(org, identity)
    return stored.key if stored else None


def list_all(org: str) -> list[ApiKey]:
    """List the keys by name; MANY at most."""
    return sorted(api_keys.list_api_keys(org, MANY).items, key=lambda key: (key.name.lower(), key.id))


def delete(org: str, identity: str, by: str) -> None:
    """Delete a key; it is refused as soon as the authorizer's cache has forgotten it.

    Raises NotFoundError, and ConflictError for the last admin key: without one nobody could make another.
    """
    for _ in range(ATTEMPTS):
        stored = api_keys.load(org, identity)
        if stored is None:
            raise NotFoundError(f"there is no API key {identity[:40]}: GET /v1/api-keys lists them")
        detail = {"name": stored.key.name, "by": by}
        entry = configuration_entry(Action.API_KEY_DELETED, identity, uuid4().hex, detail)
        actions = [api_keys.delete_api_key(stored.key), *put_entries(org, [entry], by)]
        if Scope.ADMIN in stored.key.scopes:
            actions.append(api_keys.still_there(_another_admin(stored.key)))
        try:
            dynamodb.write(actions)
        except ConditionFailedError:
            continue
        return
    raise RetryLaterError("the API keys are being changed by others", after=1)


def _another_admin(key: ApiKey) -> ApiKey:
    after: str | None = None
    while True:
        page = api_keys.list_api_keys(key.org, MANY, after)
        for each in page.items:
            if Scope.ADMIN in each.scopes and each.id != key.id:
                return each
        if page.after is None:
            raise ConflictError(f"API key {key.id} is the last one with the scope admin: create another one first")
        after = page.after


def _new(org: str, identity: str, name: str, scopes: Iterable[Scope], now: int) -> NewKey:
    key = ApiKey(org, identity, name, read_scopes(scopes), now)
    return NewKey(key, write_api_key(org, identity, secrets.token_urlsafe(32)))


def _put(new: NewKey) -> dynamodb.Action:
    return api_keys.put_api_key(new.key, _hash_of(new))


def _hash_of(new: NewKey) -> str:
    return secret_hash(new.text.removeprefix(write_api_key(new.key.org, new.key.id, "")))


def _entry_of_first(new: NewKey, action: Action, by: str) -> list[dynamodb.Action]:
    detail = {"name": new.key.name, "scopes": list(new.key.scopes), "by": by}
    return put_entries(new.key.org, [configuration_entry(action, FIRST, uuid4().hex, detail)], by)
