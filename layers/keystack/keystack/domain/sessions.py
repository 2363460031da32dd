"""Sessions of the dashboard: who is signed in, and the texts that stand for a session or a link. Pure."""

import re
from dataclasses import dataclass

from keystack.domain.api_keys import Scope, allows
from keystack.domain.slugs import is_slug

SESSION_SECONDS = 12 * 3600
LINK_SECONDS = 600  # of a sign-in link, from its making to its use

# A secret is 32 random bytes in URL-safe base64. Neither it nor an organization nor a key's id has a dot.
_SESSION = re.compile(r"([a-z0-9-]{3,40})\.(-|[A-Za-z0-9]{1,32})\.([A-Za-z0-9_-]{43})")
_LINK = re.compile(r"([a-z0-9-]{3,40})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in. `expires`: Unix seconds."""

    org: str
    key_id: str | None  # None: made by the operator's link
    name: str  # who, as the audit log names them: the API key's name, or "sign-in link"
    scopes: tuple[Scope, ...]
    expires: int

    @property
    def may_change(self) -> bool:
        return allows(self.scopes, Scope.ADMIN)


@dataclass(frozen=True)
class SessionToken:
    """A session's token as somebody presents it: well formed, and nothing more is known."""

    org: str
    key_id: str | None
    secret: str


@dataclass(frozen=True)
class LinkToken:
    """A link's token as somebody presents it, likewise."""

    org: str
    secret: str


def write_token(org: str, key_id: str | None, secret: str) -> str:
    """Write the cookie's value: `{org}.{key_id or "-"}.{secret}`."""
    return f"{org}.{key_id or '-'}.{secret}"


def read_token(text: str) -> SessionToken | None:
    """Take a session's token apart; None if it is not one."""
    found = _SESSION.fullmatch(text)
    if not found or not is_slug(found[1]):
        return None
    return SessionToken(found[1], None if found[2] == "-" else found[2], found[3])


def write_link_token(org: str, secret: str) -> str:
    return f"{org}.{secret}"


def read_link_token(text: str) -> LinkToken | None:
    """Take a link's token apart; None if it is not one."""
    found = _LINK.fullmatch(text)
    return LinkToken(found[1], found[2]) if found and is_slug(found[1]) else None
