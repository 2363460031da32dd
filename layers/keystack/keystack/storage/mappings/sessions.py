"""Sessions of the dashboard and what belongs to signing in, in the mappings table.

| pk                   | sk                          | one for                                                     |
|----------------------|-----------------------------|-------------------------------------------------------------|
| {org}                | SESSION#{hash of secret}    | somebody who is signed in                                   |
| {org}                | SESSION#LINK#{hash}         | a sign-in link that nobody has used                         |
| {org}                | SESSION#FORM#{id}           | a form that was sent                                        |
| #address#{network}   | SESSION#{start of window}   | attempts from one network                                   |
| #organization#{org}  | SESSION#{start of window}   | wrong attempts for one organization, if there is one or not |

No organization has a name with `#`. All carry `expires` (Unix seconds), by which DynamoDB deletes them, up to days
late: whoever reads one looks at the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from keystack.domain.api_keys import secret_hash
from keystack.domain.attempts import Window
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.dynamodb import Key
from keystack.storage.mappings.table import TABLE

PREFIX = "SESSION#"


@dataclass(frozen=True)
class StoredSession:
    """A session as it was made; `key_hash` is that of the API key's secret, both None for one made by a link."""

    key_id: str | None
    key_hash: str | None
    expires: int


def session_key(org: str, secret: str) -> Key:
    return TABLE, org, PREFIX + secret_hash(secret)


def read_session_item(item: Item | None) -> StoredSession | None:
    """Read a session's item, if there is one; it may have expired."""
    return StoredSession(item.get("key_id"), item.get("key_hash"), int(item.get("expires") or 0)) if item else None


def put_session(org: str, secret: str, session: StoredSession) -> dynamodb.Action:
    item = {"key_id": session.key_id, "key_hash": session.key_hash, "expires": session.expires}
    return dynamodb.put(TABLE, _item(session_key(org, secret), item), "attribute_not_exists(pk)")  # a secret is new


def delete_session(org: str, secret: str) -> dynamodb.Action:
    return dynamodb.delete(session_key(org, secret), "attribute_exists(pk)")  # so that its end is told once


def put_link(org: str, secret: str, expires: int) -> dynamodb.Action:
    return dynamodb.put(TABLE, _item(_link_key(org, secret), {"expires": expires}), "attribute_not_exists(pk)")


def use_up_link(org: str, secret: str, now: int) -> dynamodb.Action:
    """Describe how a link is used, once and in time."""
    return dynamodb.delete(_link_key(org, secret), "attribute_exists(pk) AND expires > :now", {":now": now})


def note_form(org: str, form_id: str, expires: int) -> None:
    """Note that a form was sent. Raises ConditionFailedError if that is noted already."""
    item = {"attempt": uuid4().hex, "expires": expires}
    condition = "attribute_not_exists(pk) OR attempt = :attempt"  # it is this put, whose answer was lost
    noted = dynamodb.put(
        TABLE, _item((TABLE, org, f"{PREFIX}FORM#{form_id}"), item), condition, {":attempt": item["attempt"]}
    )
    dynamodb.write([noted], quick=True)


def count_attempt(network: str, window: Window, limit: int) -> None:
    """Count an attempt of a network. Raises ConditionFailedError when there have been `limit` in the window."""
    dynamodb.write(
        [
            dynamodb.update(
                (TABLE, f"#address#{network}", f"{PREFIX}{window.start}"),
                "SET expires = :end ADD attempts :one",
                "attribute_not_exists(attempts) OR attempts < :limit",
                {":end": window.end, ":one": 1, ":limit": limit},
                {},
            )
        ],
        quick=True,
    )


def wrong_attempts_key(org: str, window: Window) -> Key:
    return TABLE, f"#organization#{org}", f"{PREFIX}{window.start}"


def wrong_attempts_from(org: str, window: Window, items: Mapping[Key, Item]) -> int:
    """Read out of a batch how many wrong attempts there were for an organization."""
    return int(items.get(wrong_attempts_key(org, window), {}).get("attempts") or 0)


def count_wrong_attempt(org: str, window: Window) -> None:
    values = {":end": window.end, ":one": 1}
    counted = dynamodb.update(wrong_attempts_key(org, window), "SET expires = :end ADD attempts :one", "", values, {})
    dynamodb.write([counted], quick=True)


def _link_key(org: str, secret: str) -> Key:
    return TABLE, org, f"{PREFIX}LINK#{secret_hash(secret)}"


def _item(key: Key, values: Item) -> Item:
    _, pk, sk = key
    return {"pk": pk, "sk": sk, **values}
