"""API keys: how one looks, and what it may do. Pure; the random secret is an argument and is kept nowhere."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a key may do."""

    ISSUE = "issue"
    READ = "read"
    ADMIN = "admin"  # includes the others


# An organization's slug has hyphens and never an underscore, an id neither; a secret may have both.
_FORM = re.compile(r"ks_([a-z0-9-]{3,40})_([A-Za-z0-9]{1,32})_([A-Za-z0-9_-]{1,100})")


@dataclass(frozen=True)
class ApiKey:
    """What is known of a key. Times are Unix seconds."""

    org: str
    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: int
    last_used_at: int | None = None


@dataclass(frozen=True)
class Presented:
    """A key as somebody presents it: well formed, and nothing more is known."""

    org: str
    id: str
    secret: str


def write_api_key(org: str, identity: str, secret: str) -> str:
    return f"ks_{org}_{identity}_{secret}"


def read_api_key(text: str) -> Presented | None:
    """Take a key apart; None if it is not one."""
    found = _FORM.fullmatch(text)
    return Presented(*found.groups()) if found else None


def secret_hash(secret: str) -> str:
    """Hash a key's secret: SHA-256, hexadecimal. Its 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def read_scopes(values: Iterable[str]) -> tuple[Scope, ...]:
    """Read scopes, in the order of `Scope`, each once; what is no scope allows nothing and is left out."""
    given = set(values)
    return tuple(scope for scope in Scope if scope in given)


def allows(scopes: Iterable[Scope], needed: Scope) -> bool:
    """Tell whether a key with `scopes` may do what needs the scope `needed`; admin may do everything."""
    return bool({needed, Scope.ADMIN} & set(scopes))
