"""API keys in the mappings table: pk is the organization, sk `APIKEY#{id}`. Imports little: the authorizer loads it."""

import hmac
from dataclasses import dataclass
from functools import cache

from keystack.aws.client import Client, Patience
from keystack.aws.connections import Timeouts
from keystack.domain.api_keys import ApiKey, read_scopes, secret_hash
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.dynamodb import ConditionFailedError, Key
from keystack.storage.mappings.table import TABLE, query_part
from keystack.storage.pages import Page, Part, gather

PREFIX = "APIKEY#"
API_KEY = (PREFIX, "APIKEY$")  # `$` follows `#`: between the two is every API key
NO_HASH = secret_hash("")  # compared with when there is no such key, so that both cases take the same time


@dataclass(frozen=True)
class StoredKey:
    key: ApiKey
    hash: str


def load(org: str, identity: str) -> StoredKey | None:
    """Read a key, strongly consistent: a deleted one is gone at once. Quickly: the authorizer has 10 s."""
    place = api_key_key(org, identity)
    return read_api_key_item(dynamodb.get_items([place], quick=True).get(place))


def api_key_key(org: str, identity: str) -> Key:
    return TABLE, org, PREFIX + identity


def read_api_key_item(item: Item | None) -> StoredKey | None:
    """Read a key's item, if there is one."""
    return StoredKey(_key(item), str(item.get("hash", ""))) if item else None


def is_secret_of(stored: StoredKey | None, secret: str) -> bool:
    """Compare in constant time; False for a key that does not exist."""
    equal = hmac.compare_digest(secret_hash(secret), stored.hash if stored else NO_HASH)
    return equal and stored is not None


def list_api_keys(org: str, limit: int, after: str | None = None) -> Page[ApiKey]:
    """List keys by id, a page at a time; `after` is the last id of the page before."""

    def read(mark: str | None) -> Part[ApiKey]:
        return query_part(org, API_KEY, limit, None if mark is None else PREFIX + mark).map(_key)

    return gather(limit, after, read)


def put_api_key(key: ApiKey, hashed: str) -> dynamodb.Action:
    return dynamodb.put(TABLE, _item(key, hashed), "attribute_not_exists(pk)")  # an id is given once


def replace_api_key(key: ApiKey, hashed: str) -> dynamodb.Action:
    """Describe how a key takes the place of one with the same id, or of none."""
    return dynamodb.put(TABLE, _item(key, hashed), "")


def _item(key: ApiKey, hashed: str) -> Item:
    return {
        "pk": key.org,
        "sk": PREFIX + key.id,
        "hash": hashed,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at,
    }


def delete_api_key(key: ApiKey) -> dynamodb.Action:
    return dynamodb.delete((TABLE, key.org, PREFIX + key.id), "attribute_exists(pk)")


def still_there(key: ApiKey) -> dynamodb.Action:
    """Describe the condition that nobody has deleted `key`."""
    return dynamodb.check((TABLE, key.org, PREFIX + key.id), "attribute_exists(pk)", {})


def record_use(org: str, identity: str, now: int, every: int) -> None:
    """Note that a key was used, unless that was noted less than `every` seconds ago. A deleted key stays deleted.

    Tries once, for a second: whoever waits for an answer should not wait for this. Raises RetryLaterError.
    """
    action = dynamodb.update(
        (TABLE, org, PREFIX + identity),
        "SET last_used_at = :now",
        "attribute_exists(pk) AND (attribute_not_exists(last_used_at) OR last_used_at <= :before)",
        {":now": now, ":before": now - every},
        {},
    )
    try:
        with dynamodb.translate_errors(TABLE):
            _impatient().call("UpdateItem", action.request)
    except ConditionFailedError:
        return  # another request was first, or the key is gone


@cache
def _impatient() -> Client:
    return Client(dynamodb.DYNAMODB, Patience(Timeouts(connect=1, read=1), attempts=1))


def _key(item: Item) -> ApiKey:
    return ApiKey(
        org=item["pk"],
        id=item["sk"].removeprefix(PREFIX),
        name=str(item.get("name") or ""),
        scopes=read_scopes(map(str, item.get("scopes") or ())),
        created_at=int(item.get("created_at") or 0),
        last_used_at=item.get("last_used_at"),
    )
