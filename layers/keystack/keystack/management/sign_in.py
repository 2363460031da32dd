"""Sign in to the dashboard and out of it: by an API key, or once by a link that the operator makes.

What is kept of a session's secret is its hash. What the pages need of a session they read with one call.
"""

import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from uuid import uuid4

from keystack.domain import attempts, csrf
from keystack.domain.api_keys import ApiKey, Presented, Scope, allows, read_api_key, secret_hash
from keystack.domain.audit import Action, configuration_entry
from keystack.domain.organizations import Organization
from keystack.domain.sessions import (
    LINK_SECONDS,
    SESSION_SECONDS,
    Session,
    read_link_token,
    read_token,
    write_link_token,
    write_token,
)
from keystack.errors import InvalidInputError, KeystackError
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.mappings import api_keys, sessions
from keystack.storage.mappings.api_keys import StoredKey
from keystack.storage.mappings.organizations import organization_from, organization_keys
from keystack.storage.mappings.sessions import StoredSession
from keystack.storage.mappings.stripe_status import Connections, connections_from

LINK = "sign-in link"  # as the audit log names who came by one
NOBODY = Presented("-", "-", "")  # looked up for what is no API key, so that it costs what a wrong key costs
SECONDS_BETWEEN_USES = 3600  # seconds; when a key was last used is known to the hour
_FORM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Refusal(StrEnum):
    WRONG_KEY = "wrong_key"
    SCOPE = "scope"
    TOO_MANY = "too_many"
    LINK = "link"


class SignInRefusedError(KeystackError):
    """Somebody is not let in. `wait`: after how many seconds the next attempt counts, for TOO_MANY alone."""

    def __init__(self, reason: Refusal, what: str, remedy: str, wait: int | None = None) -> None:
        super().__init__(what, remedy)
        self.reason = reason
        self.wait = wait


@dataclass(frozen=True)
class NewSession:
    """A session, and its token, which nobody can read again."""

    session: Session
    token: str


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, and to what."""

    session: Session
    organization: Organization
    connections: Connections


def sign_in(text: str, address: str, now: int) -> NewSession:
    """Begin a session with an API key. `address`: where the request comes from.

    Raises SignInRefusedError, and RetryLaterError when DynamoDB does not answer.
    """
    _count(address, now)
    presented = read_api_key(text.strip()) or NOBODY
    key = _key_of(presented, now)
    if not allows(key.scopes, Scope.READ):
        had = ", ".join(key.scopes) or "none"
        what = f"API key {key.name or key.id} has the scope {had}"
        raise SignInRefusedError(Refusal.SCOPE, what, "use one with the scope read or admin")
    session = Session(key.org, key.id, key.name or key.id, key.scopes, now + SESSION_SECONDS)
    new = _begin(session, secret_hash(presented.secret), address)
    if now - (key.last_used_at or 0) >= SECONDS_BETWEEN_USES:
        with suppress(KeystackError):  # not to know it keeps nobody out
            api_keys.record_use(key.org, key.id, now, SECONDS_BETWEEN_USES)
    return new


def load_session(token: str, now: int) -> SignedIn | None:
    """Load who presents a session's token, and their organization; None if nobody may go on with it.

    One call. What the API key may do counts as it is now; without the key, or with another secret, the session is over.
    """
    read = read_token(token)
    if read is None:
        return None
    place = sessions.session_key(read.org, read.secret)
    key_place = api_keys.api_key_key(read.org, read.key_id) if read.key_id else None
    wanted = [place, *([key_place] if key_place else []), *organization_keys(read.org)]
    items = dynamodb.get_items(wanted, quick=True)
    stored = sessions.read_session_item(items.get(place))
    if stored is None or stored.expires <= now or stored.key_id != read.key_id:  # it is deleted some time later
        return None
    key = api_keys.read_api_key_item(items.get(key_place)) if key_place else None
    session = _session_of(read.org, stored, key)
    if session is None:
        return None
    return SignedIn(session, organization_from(read.org, items), connections_from(read.org, items))


def sign_out(token: str, session: Session) -> None:
    """End a session; one that has ended already stays so."""
    read = read_token(token)
    if read is None or read.org != session.org:
        return
    ended = _audited(session, Action.SESSION_ENDED, {})
    with suppress(ConditionFailedError):
        dynamodb.write([sessions.delete_session(read.org, read.secret), *ended], quick=True)


def csrf_token(token: str) -> str:
    """Make what a form of this session carries; it is another text each time."""
    return csrf.write_csrf_token(token, secrets.token_bytes(csrf.MASK_BYTES))


def is_csrf_token(token: str, given: str) -> bool:
    """Tell whether `given` was made by `csrf_token` for the session of `token`."""
    return csrf.is_csrf_token(token, given)


def begin_form(session: Session, form_id: str, now: int) -> bool:
    """Tell whether a form is sent for the first time. Raises InvalidInputError for an id that no page gave out."""
    if not _FORM_ID.fullmatch(form_id):
        raise InvalidInputError("the form is none of this page's: load the page once more")
    try:
        sessions.note_form(session.org, form_id, now + SESSION_SECONDS)
    except ConditionFailedError:
        return False
    return True


def create_link(org: str, by: str, now: int) -> str:
    """Make the token of a link that signs in whoever uses it first; `by` is whom the audit log names.

    The organization must exist.
    """
    secret, expires = _new_secret(), now + LINK_SECONDS
    detail = {"expires_at": expires, "by": by}
    entry = configuration_entry(Action.SIGN_IN_LINK_CREATED, by, uuid4().hex, detail)
    dynamodb.write([sessions.put_link(org, secret, expires), *put_entries(org, [entry], by)])
    return write_link_token(org, secret)


def use_link(token: str, address: str, now: int) -> NewSession:
    """Begin a session, which may do everything, and use the link up. Raises SignInRefusedError, RetryLaterError."""
    _count(address, now)
    read = read_link_token(token)
    if read is None:
        raise _link_refused()
    session = Session(read.org, None, LINK, (Scope.ADMIN,), now + SESSION_SECONDS)
    try:
        return _begin(session, None, address, sessions.use_up_link(read.org, read.secret, now))
    except ConditionFailedError:
        raise _link_refused() from None


def _link_refused() -> SignInRefusedError:
    remedy = 'get another one from the operator, whose function makes it ("sign_in_link": true), or use an API key'
    what = "this link is not valid (a link works once, and for 10 minutes)"
    return SignInRefusedError(Refusal.LINK, what, remedy)


def _count(address: str, now: int) -> None:
    """Count an attempt before anything is looked up."""
    window = attempts.window_at(now, attempts.ADDRESS_SECONDS)
    try:
        sessions.count_attempt(attempts.network_of(address), window, attempts.ADDRESS_ATTEMPTS)
    except ConditionFailedError:
        wait = window.end - now
        what = "there were too many attempts to sign in from your network"
        raise SignInRefusedError(Refusal.TOO_MANY, what, f"wait {wait} seconds", wait) from None


def _key_of(presented: Presented, now: int) -> ApiKey:
    """Look a key up. Raises SignInRefusedError, for whatever is wrong with it in the same way and by the same calls."""
    window = attempts.window_at(now, attempts.WRONG_SECONDS)
    place = api_keys.api_key_key(presented.org, presented.id)
    items = dynamodb.get_items([place, sessions.wrong_attempts_key(presented.org, window)], quick=True)
    time.sleep(attempts.delay_after(sessions.wrong_attempts_from(presented.org, window, items)))
    stored = api_keys.read_api_key_item(items.get(place))
    if not api_keys.is_secret_of(stored, presented.secret) or stored is None:
        sessions.count_wrong_attempt(presented.org, window)
        remedy = "copy it whole, from ks_ to its end; if it was lost or deleted, use another one"
        raise SignInRefusedError(Refusal.WRONG_KEY, "there is no such API key", remedy)
    return stored.key


def _begin(session: Session, key_hash: str | None, address: str, *others: dynamodb.Action) -> NewSession:
    secret = _new_secret()
    stored = StoredSession(session.key_id, key_hash, session.expires)
    created = _audited(session, Action.SESSION_CREATED, {"address": address})
    dynamodb.write([*others, sessions.put_session(session.org, secret, stored), *created], quick=True)
    return NewSession(session, write_token(session.org, session.key_id, secret))


def _session_of(org: str, stored: StoredSession, key: StoredKey | None) -> Session | None:
    """Make a session of what is stored now; None if its API key does not carry it any more."""
    if stored.key_id is None:
        return Session(org, None, LINK, (Scope.ADMIN,), stored.expires)
    if key is None or key.hash != stored.key_hash or not allows(key.key.scopes, Scope.READ):
        return None
    return Session(org, key.key.id, key.key.name or key.key.id, key.key.scopes, stored.expires)


def _audited(session: Session, action: Action, more: dict[str, str]) -> list[dynamodb.Action]:
    key = {"key": session.key_id, "name": session.name} if session.key_id else {"name": session.name}
    detail = {**key, **more, "by": session.name}
    entry = configuration_entry(action, session.key_id or "link", uuid4().hex, detail)
    return put_entries(session.org, [entry], session.name)


def _new_secret() -> str:
    return secrets.token_urlsafe(32)
