"""Which scope each call needs, by a table written by hand: with a key of another scope nothing is done."""

import api as function
import pytest

from integration.test_api_doors import DECLARED, named, path_of
from integration.vendor_api import api_with
from integration.world import World

NEEDS = {
    "POST /v1/licenses/validate": "public",
    "POST /v1/issue": "issue",
    "GET /v1/licenses": "read",
    "GET /v1/licenses/<license_id>": "read",
    "POST /v1/licenses/<license_id>/freeze": "admin",
    "POST /v1/licenses/<license_id>/reactivate": "admin",
    "POST /v1/licenses/<license_id>/revoke": "admin",
    "POST /v1/licenses/<license_id>/resend": "admin",
    "GET /v1/plans": "read",
    "GET /v1/plans/<code>": "read",
    "PUT /v1/plans/<code>": "admin",
    "DELETE /v1/plans/<code>": "admin",
    "GET /v1/mappings": "read",
    "GET /v1/mappings/<target>": "read",
    "PUT /v1/mappings/<target>": "admin",
    "DELETE /v1/mappings/<target>": "admin",
    "POST /v1/mappings/preview": "read",
    "GET /v1/deliveries": "read",
    "GET /v1/deliveries/<event_id>": "read",
    "POST /v1/deliveries/<event_id>/replay": "admin",
    "POST /v1/deliveries/replay": "admin",
    "GET /v1/audit": "read",
    "GET /v1/settings": "read",
    "PUT /v1/settings": "admin",
    "PUT /v1/settings/stripe-key": "admin",
    "PUT /v1/settings/webhook-secret": "admin",
    "GET /v1/api-keys": "admin",
    "POST /v1/api-keys": "admin",
    "DELETE /v1/api-keys/<key_id>": "admin",
}
LETS_IN = {"read": {"read", "admin"}, "issue": {"issue", "admin"}, "admin": {"admin"}}
WITH_A_KEY = [each for each in DECLARED if NEEDS.get(named(each)) != "public"]


def test_the_table_has_every_call() -> None:
    assert {named(each) for each in DECLARED} == set(NEEDS)
    assert {named(each): each.scope for each in DECLARED} == NEEDS
    assert len(function.GROUPS) == len({id(group) for group in function.GROUPS})


@pytest.mark.parametrize("declared", WITH_A_KEY, ids=named)
@pytest.mark.parametrize("scope", ["read", "issue", "admin"])
def test_a_key_is_let_in_by_its_scope_alone(world: World, declared: object, scope: str) -> None:
    answer = api_with(scope).call(declared.method, path_of(declared))  # type: ignore[attr-defined]
    refused = answer.status == 403 and answer.problem == "missing-scope"
    assert refused == (scope not in LETS_IN[NEEDS[named(declared)]])
