"""The API under a custom domain with a mapping path, where API Gateway leaves that path in front of ours."""

import json
from typing import Any
from urllib.parse import quote

import api as function
import pytest
from invocations import Context
from keystack.web.base_paths import without_base_path
from openapi_spec_validator import validate
from samples import sample

from integration.vendor_api import template_routes
from integration.world import World
from local.stack.lambda_http import to_event
from local.stack.routing import Router
from local.web import Request

BASES = ["", "/licensing", "/foo/v1", "/v1", "/v1/v1", "/a/b/c", "/licensing-2_x.y"]


def call(base: str, method: str, path: str, body: Any = None, raw: bool = False, **changed: Any) -> dict[str, Any]:
    """Call as API Gateway does: the route is matched without the base, which stands in both paths all the same.

    `raw`: it leaves the path percent-encoded; HTTP APIs decode it.
    """
    match = Router(template_routes()).match(method, path)
    assert match is not None
    sent = b"" if body is None else json.dumps(body).encode()
    request = Request(method, base + path, "", (("Content-Type", "application/json"),), sent, "192.0.2.1", "HTTP/1.1")
    event = to_event(request, match.key, match.parameters)
    if raw:
        event["rawPath"] = event["requestContext"]["http"]["path"] = base + path
    if match.route.authorizer:
        event["requestContext"]["authorizer"] = sample("api")["requestContext"]["authorizer"]
    event["requestContext"] |= changed
    answer: dict[str, Any] = function.handler(event, Context())
    return answer


@pytest.mark.parametrize("base", BASES)
def test_routes_match_under_any_mapping(world: World, base: str) -> None:
    for method, path, status in (
        ("GET", "/v1/plans", 200),
        ("GET", "/v1/plans/pro", 200),
        ("GET", "/v1/plans/v1", 404),
        ("GET", "/v1/deliveries/evt_none", 404),
        ("GET", "/v1/openapi.json", 200),
        ("GET", "/v1/docs", 200),
        ("GET", "/v1/nothing/v1/plans", 404),
    ):
        assert (path, call(base, method, path)["statusCode"]) == (path, status)
    validated = call(base, "POST", "/v1/licenses/validate", {"key": "KEY-1"})
    assert json.loads(validated["body"])["status"] == "unknown"


@pytest.mark.parametrize("raw", [False, True], ids=["decoded", "encoded"])
@pytest.mark.parametrize("base", BASES)
def test_parameters_that_are_percent_encoded_are_cut_off_at_the_right_place(world: World, base: str, raw: bool) -> None:
    name = "price_" + quote("ü %", safe="")
    answer = call(base, "PUT", f"/v1/mappings/{name}", {"grants": []}, raw=raw)
    plain = call("", "PUT", f"/v1/mappings/{name}", {"grants": []}, raw=raw)
    assert (answer["statusCode"], answer["body"]) == (plain["statusCode"], plain["body"])
    assert "there is no such call" not in answer["body"]


@pytest.mark.parametrize("proxy", ["plans", "plans/"])
def test_a_slash_at_the_end_hides_no_base_path(proxy: str) -> None:
    """Whether the parameter has it, too, is the gateway's to say."""
    event = {**sample("api"), "routeKey": "ANY /v1/{proxy+}", "pathParameters": {"proxy": proxy}}
    told = without_base_path({**event, "rawPath": "/licensing/v1/plans/"})
    assert (told["basePath"], told["rawPath"]) == ("/licensing", "/v1/plans/")


@pytest.mark.parametrize("base", BASES)
def test_a_method_that_does_not_exist_is_told_with_those_that_do(world: World, base: str) -> None:
    answer = call(base, "PATCH", "/v1/plans/pro")
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "DELETE, GET, PUT")


@pytest.mark.parametrize("base", BASES)
def test_the_document_names_the_server_under_which_it_is(world: World, base: str) -> None:
    document = json.loads(call(base, "GET", "/v1/openapi.json")["body"])
    validate(document)
    assert document["servers"] == [{"url": base or "/"}]
    assert f'"servers": [{{"url": "{base or "/"}"}}]' in call(base, "GET", "/v1/docs")["body"]


def test_a_stage_with_a_name_stands_in_the_path_too(world: World) -> None:
    assert call("/prod", "GET", "/v1/plans", stage="prod")["statusCode"] == 200


def test_the_organization_is_the_authorizers_whatever_the_path_says(world: World) -> None:
    world.configure(org="other")
    answer = call("/other/v1/licenses", "GET", "/v1/settings")
    assert json.loads(answer["body"])["name"] == "Acme Inc."


def test_the_documents_of_four_base_paths_are_kept_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes some megabytes. Which base paths there are is not the API's to say."""
    made: list[str] = []

    def make(servers: list[Any], **_: Any) -> str:
        made.append(servers[0].url)
        return '{"components": {"schemas": {}}}'

    monkeypatch.setattr(function.app, "get_openapi_json_schema", make)
    for base in ("/m1", "/m2", "/m3", "/m4", "/m4", "/m5", "/m2", "/m1"):
        assert call(base, "GET", "/v1/openapi.json")["statusCode"] == 200
    assert made == ["/m1", "/m2", "/m3", "/m4", "/m5", "/m1"]
