"""The OpenAPI document and its page: what they weigh, and that caches may keep them."""

import base64
import gzip
import json
import re
from typing import Any

import api as function
import pytest
from invocations import Context
from keystack.web.cached_files import CachedFile
from samples import sample

from integration.vendor_api import VendorApi, gateway
from integration.world import World
from local.web import Request

PATHS = ["/v1/openapi.json", "/v1/docs"]
LAMBDAS_LIMIT = 6 * 1024 * 1024


def get(path: str, **headers: str) -> dict[str, Any]:
    event = sample("api")
    event |= {"routeKey": f"GET {path}", "rawPath": path, "pathParameters": {}}
    event["headers"] = {name.replace("_", "-"): value for name, value in headers.items()}
    event["requestContext"]["http"] |= {"method": "GET", "path": path}
    answer: dict[str, Any] = function.handler(event, Context())
    return answer


@pytest.mark.parametrize("path", PATHS)
def test_who_takes_gzip_gets_a_third_of_it(world: World, path: str) -> None:
    plain, small = get(path), get(path, accept_encoding="br, gzip;q=0.8")
    assert (small["isBase64Encoded"], small["headers"]["Content-Encoding"]) == (True, "gzip")
    assert gzip.decompress(base64.b64decode(small["body"])).decode() == plain["body"]
    assert len(json.dumps(small)) < len(json.dumps(plain)) / 3
    assert len(json.dumps(plain)) < LAMBDAS_LIMIT / 2


def test_the_gateway_hands_on_what_was_compressed(world: World) -> None:
    asked = Request("GET", "/v1/docs", "", (("Accept-Encoding", "gzip"),), b"", "192.0.2.1", "HTTP/1.1")
    answer = gateway().answer(asked)
    assert dict(answer.headers)["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.body).decode().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.0", "*;q=0", "identity", "xgzip"])
def test_who_takes_no_gzip_gets_none(world: World, accepted: str) -> None:
    answer = get("/v1/openapi.json", accept_encoding=accepted)
    assert "Content-Encoding" not in answer["headers"]
    assert json.loads(answer["body"])["openapi"].startswith("3.")


@pytest.mark.parametrize("path", PATHS)
def test_caches_may_keep_it_and_ask_whether_it_is_the_same(world: World, path: str) -> None:
    first = get(path)
    assert first["headers"]["Cache-Control"] == "public, max-age=3600"
    assert first["headers"]["Vary"] == "Accept-Encoding"
    etag = first["headers"]["ETag"]
    assert etag == get(path, accept_encoding="gzip")["headers"]["ETag"]
    for known in (etag, f'"else", {etag}', etag.removeprefix("W/"), "*"):
        again = get(path, if_none_match=known, accept_encoding="gzip")
        assert (again["statusCode"], again["body"], again["headers"]["ETag"]) == (304, "", etag)
    assert get(path, if_none_match='W/"else"')["statusCode"] == 200


def test_a_parameter_that_is_not_in_the_document_is_refused_and_those_that_are_there_are_named(api: VendorApi) -> None:
    paths = api.get("/v1/openapi.json").json["paths"]
    operations = [(method.upper(), path, each) for path, methods in paths.items() for method, each in methods.items()]
    assert len(operations) > 20
    for method, path, operation in operations:
        names = sorted(each["name"] for each in operation.get("parameters", []) if each["in"] == "query")
        answer = api.call(method, re.sub("[{}]", "", path), nobody=1)
        told = f"'nobody' is not a parameter here; known are: {', '.join(names) or 'none'}"
        assert (answer.status, answer.json["detail"]) == (400, told), (method, path)


def test_another_document_has_another_etag() -> None:
    """A cache may hold the one of before a deployment."""
    one, other = (CachedFile("application/json", text).headers["ETag"] for text in ('{"a": 1}', '{"a": 2}'))
    assert one != other


def test_a_page_is_made_and_compressed_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    get("/v1/docs")
    monkeypatch.setattr(function.app, "get_openapi_json_schema", None)
    monkeypatch.setattr(gzip, "compress", None)
    assert get("/v1/docs", accept_encoding="gzip")["statusCode"] == 200


def test_the_pages_own_link_leads_to_the_document(world: World) -> None:
    event_with_query = VendorApi().get("/v1/docs", format="json")
    assert event_with_query.json == VendorApi().get("/v1/openapi.json").json


def test_nothing_else_may_be_kept(api: VendorApi) -> None:
    for path in ("/v1/plans", "/v1/nothing", "/v1/settings"):
        assert api.get(path).headers["cache-control"] == "no-store"
