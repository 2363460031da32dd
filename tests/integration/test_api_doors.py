"""Every route of the API: who is let in, with which scope, to whose data; and what its document says."""

from typing import Any

import api as function
import pytest
from invocations import Context
from keystack.domain.licenses import license_id
from openapi_spec_validator import validate
from routing import Routes
from samples import sample

from integration.issued import issue
from integration.vendor_api import VendorApi, api_with, template_routes
from integration.world import World
from local.stack.routing import Router

DECLARED = [declared for group in function.GROUPS for declared in group.declared]
DOCUMENTS = [("GET", "/v1/openapi.json"), ("GET", "/v1/docs")]
PREFLIGHT = ("OPTIONS", "/v1/licenses/validate")
OPEN = {("POST", "/v1/licenses/validate"), PREFLIGHT, ("POST", "/v1/webhooks/stripe/{org}"), *DOCUMENTS}
EXAMPLES = {
    "code": "pro",
    "target": "price_pro_monthly",
    "key_id": "first",
    "event_id": "evt_1",
    "license_id": license_id("acme", "cs_test_1", "issue", 1),
}
OTHER = {"read": "issue", "issue": "read", "admin": "read"}  # a scope that does not include it


def path_of(declared: Any) -> str:
    """Fill a declared path with ids that exist."""
    return "/".join(EXAMPLES[part[1:-1]] if part.startswith("<") else part for part in declared.path.split("/"))


def named(declared: Any) -> str:
    return f"{declared.method} {declared.path}"


def test_the_template_opens_nothing_but_validate_webhook_documents_and_the_dashboard() -> None:
    without = {(route.method, route.path) for route in template_routes() if route.authorizer is None}
    assert without == OPEN | {("ANY", "/dashboard"), ("ANY", "/dashboard/{proxy+}")}


def test_every_route_of_the_function_is_declared_with_its_scope() -> None:
    known = function.app._static_routes + function.app._dynamic_routes
    declared = {(each.method, each.path) for each in DECLARED} | set(DOCUMENTS)
    assert {(route.method, route.path) for route in known} == declared | {PREFLIGHT}


def test_a_route_that_names_no_scope_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="scope"):
        Routes("Plans").get("/v1/plans")  # type: ignore[call-arg]


@pytest.mark.parametrize("declared", DECLARED, ids=named)
def test_the_gateway_asks_for_a_key_exactly_where_the_route_is_not_public(declared: Any) -> None:
    match = Router(template_routes()).match(declared.method, path_of(declared))
    assert match is not None
    assert (match.route.authorizer is None) == (declared.scope == "public")


@pytest.mark.parametrize("declared", [each for each in DECLARED if each.scope != "public"], ids=named)
def test_no_route_answers_without_a_key_or_without_its_scope(world: World, declared: Any) -> None:
    method, path = declared.method, path_of(declared)
    before = world.items("MappingsTable")
    assert VendorApi().call(method, path).status == 401
    assert VendorApi("ks_acme_first_guessed").call(method, path).status == 403
    assert world.items("MappingsTable") == before
    refused = api_with(OTHER[declared.scope]).call(method, path)
    assert (refused.status, refused.problem) == (403, "missing-scope")
    assert f"needs {declared.scope}" in refused.json["detail"]


@pytest.mark.parametrize("declared", [each for each in DECLARED if each.scope != "public"], ids=named)
def test_the_function_itself_answers_nobody_who_did_not_come_by_the_authorizer(world: World, declared: Any) -> None:
    method, path = declared.method, path_of(declared)
    event = sample("api")
    event |= {"rawPath": path, "headers": {"x-org": "acme"}}
    event["requestContext"] |= {"authorizer": {}, "http": {"method": method, "path": path}}
    assert function.handler(event, Context())["statusCode"] == 401


def test_the_sample_event_is_answered(world: World) -> None:
    assert function.handler(sample("api"), Context())["statusCode"] == 200


@pytest.mark.parametrize(
    "declared", [each for each in DECLARED if (each.method, each.scope) == ("GET", "read")], ids=named
)
def test_admin_includes_the_other_scopes(api: VendorApi, world: World, declared: Any) -> None:
    issue(api, stripe={"checkout_session": "cs_test_1"})
    world.issue(*world.sold(1))
    assert api.call(declared.method, path_of(declared)).status == 200


def test_the_document_is_valid_and_complete(api: VendorApi) -> None:
    answer = VendorApi().get("/v1/openapi.json")
    document = answer.json
    validate(document)
    told = {(method.upper(), path) for path, each in document["paths"].items() for method in each}
    assert told == {(each.method, each.path.replace("<", "{").replace(">", "}")) for each in DECLARED}
    operations = [operation for each in document["paths"].values() for operation in each.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert {"400", "500", "503"} <= set(operation["responses"])
        assert "422" not in operation["responses"]  # what Powertools would say, and we never do
        assert operation["summary"].endswith(".")


def test_the_page_brings_everything_along(world: World) -> None:
    page = VendorApi().get("/v1/docs")
    assert (page.status, page.headers["content-type"]) == (200, "text/html")
    assert "/v1/plans/{code}" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    head = page.text.partition("<script>")[0]
    assert "<link" not in head
    assert "src=" not in head
