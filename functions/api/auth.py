"""Who calls: organization, key and scopes, from the authorizer's answer and from nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from keystack.domain.api_keys import Scope, allows, read_scopes
from problems import RefusedError

PUBLIC: Final = "public"  # the scope of a route that needs no key


@dataclass(frozen=True)
class Caller:
    org: str
    key: str  # its id
    name: str
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        """Refuse a caller whose key lacks `scope`."""
        if not allows(self.scopes, scope):
            raise RefusedError(
                "missing-scope",
                f"API key {self.key} has the scopes {', '.join(sorted(self.scopes)) or 'none'} and this needs {scope}:"
                " use another key, or create one with POST /v1/api-keys",
            )


def caller_of(event: Mapping[str, Any]) -> Caller:
    """Read who calls. Refuses a request that did not come by the authorizer."""
    who = (event.get("requestContext", {}).get("authorizer") or {}).get("lambda") or {}
    if not who.get("org") or not who.get("key_id"):
        raise RefusedError("unauthorized", "send an API key: Authorization: Bearer ks_…")
    scopes = frozenset(read_scopes(str(who.get("scopes", "")).split(",")))
    return Caller(str(who["org"]), str(who["key_id"]), str(who.get("key_name") or who["key_id"]), scopes)
