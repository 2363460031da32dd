"""Every error that the API answers is problem details, and says what to do."""

import json
from typing import Any

import plan_routes
import pytest
from keystack.storage import dynamodb
from keystack.storage.attributes import to_item

from integration.aws_calls import failing
from integration.log_lines import LogLines
from integration.vendor_api import VendorApi
from integration.world import World

PRO = {"name": "Pro"}


@pytest.mark.parametrize(
    ("method", "path", "status", "kind", "told"),
    [
        ("GET", "/v1/nothing", 404, "not-found", "openapi.json"),
        ("GET", "/v1/plans/", 404, "not-found", "openapi.json"),
        ("PATCH", "/v1/plans", 405, "method-not-allowed", "use GET"),
        ("POST", "/v1/plans/pro", 405, "method-not-allowed", "use DELETE, GET, PUT"),
        ("PATCH", "/v1/deliveries/replay", 405, "method-not-allowed", "use POST"),
        ("GET", "/v1/deliveries/replay", 405, "method-not-allowed", "use POST"),
        ("PUT", "/v1/mappings/preview", 405, "method-not-allowed", "use POST"),
        ("GET", "/v1/mappings/preview", 405, "method-not-allowed", "use POST"),
        ("DELETE", "/v1/mappings/preview", 405, "method-not-allowed", "use POST"),
        ("GET", "/v1/licenses/validate", 405, "method-not-allowed", "use OPTIONS, POST"),
        ("GET", "/v1/plans/nobody", 404, "not-found", "there is no plan nobody"),
        ("DELETE", "/v1/plans/nobody", 404, "not-found", "there is no plan nobody"),
        ("GET", "/v1/plans/UPPER", 400, "invalid-request", "code"),
        ("GET", "/v1/plans/%0a", 404, "not-found", "openapi.json"),
        ("GET", "/v1/mappings/sku_1", 400, "invalid-request", "target"),
        ("GET", "/v1/mappings/price_nobody", 404, "not-found", "is not mapped"),
        ("DELETE", "/v1/mappings/price_nobody", 404, "not-found", "is not mapped"),
        ("DELETE", "/v1/api-keys/nobody", 404, "not-found", "there is no API key nobody"),
    ],
)
def test_what_is_not_there(api: VendorApi, method: str, path: str, status: int, kind: str, told: str) -> None:
    answer = api.call(method, path)
    assert (answer.status, answer.problem) == (status, kind)
    assert told in answer.json["detail"]


def test_a_wrong_method_names_the_right_ones_in_its_header(api: VendorApi) -> None:
    assert api.call("PATCH", "/v1/plans/pro").headers["allow"] == "DELETE, GET, PUT"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limt": 5}, "'limt' is not a parameter here; known are: cursor, limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "äöü"}, "cursor"),
        ({"cursor": "=" * 900}, "cursor"),
        ({"cursor": "x" * 1_001}, "cursor"),
    ],
)
def test_a_parameter_that_does_not_fit(api: VendorApi, query: dict[str, Any], told: str) -> None:
    answer = api.get("/v1/plans", **query)
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert told in answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "body"),
        (b"{", "not JSON"),
        (b"null", "must be a JSON object"),
        (b'[{"name": "Pro"}]', "must be a JSON object"),
        (b'"Pro"', "must be a JSON object"),
        (b'{"name": "\xff"}', "not JSON"),
        (b'{"name": "\\ud800"}', "half a character"),
        (b'{"name": NaN}', "not JSON"),
        (b'{"name": "Pro", "seats": 1e999}', "not JSON"),
        (b'{"name": "Pro", "seats": ' + b"1" * 5_000 + b"}", "not JSON"),
        (b'{"entitlements": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001, "not JSON"),
    ],
)
def test_a_body_that_is_none(api: VendorApi, body: bytes, told: str) -> None:
    answer = api.call("PUT", "/v1/plans/pro", body)
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert told in answer.json["detail"]


def test_each_field_that_does_not_fit_is_named(api: VendorApi) -> None:
    answer = api.put("/v1/mappings/price_new", {"grants": [{"plan": "pro", "keys": 0, "price": 5}]})
    assert answer.problem == "invalid-request"
    assert {each["field"] for each in answer.json["errors"]} == {"grants.0.keys", "grants.0.price"}


def test_a_large_body_is_refused(api: VendorApi) -> None:
    answer = api.put("/v1/plans/pro", {**PRO, "entitlements": {"x": "y" * 300_000}})
    assert (answer.status, answer.problem) == (413, "body-too-large")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])
def test_a_body_of_another_media_type_is_refused(api: VendorApi, kind: str) -> None:
    answer = api.call("PUT", "/v1/plans/pro", json.dumps(PRO).encode(), {"Content-Type": kind})
    assert (answer.status, answer.problem) == (415, "unsupported-media-type")
    assert "curl --json" in answer.json["detail"].replace(":", "")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", ""])
def test_json_is_taken_however_it_is_announced(api: VendorApi, kind: str) -> None:
    assert api.call("PUT", "/v1/plans/pro", json.dumps(PRO).encode(), {"Content-Type": kind}).status == 200


def test_a_busy_dynamodb_is_a_503_that_says_when_to_try_again(api: VendorApi) -> None:
    with failing(dynamodb.client(), operation="Query"):
        answer = api.get("/v1/plans")
    assert (answer.status, answer.problem, answer.headers["retry-after"]) == (503, "retry-later", "2")


def test_what_nobody_foresaw_is_a_500_that_quotes_nothing(
    api: VendorApi, monkeypatch: pytest.MonkeyPatch, log: LogLines
) -> None:
    def crash(*_: Any) -> None:
        raise ZeroDivisionError("YEK-TERCES-ORP"[::-1])  # the trace quotes this line

    monkeypatch.setattr(plan_routes, "list_plans", crash)
    answer = api.get("/v1/plans")
    assert (answer.status, answer.problem) == (500, "internal-error")
    assert "SECRET" not in answer.text
    assert "ZeroDivisionError" in log.text
    assert "SECRET" not in log.text


def test_an_answer_of_ours_that_does_not_fit_is_our_fault(api: VendorApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_routes, "to_response", lambda plan: {"code": 5})
    answer = api.get("/v1/plans/pro")
    assert (answer.status, answer.problem) == (500, "internal-error")


def test_a_plan_that_somebody_wrote_by_hand_is_a_sentence_and_can_be_mended(api: VendorApi, world: World) -> None:
    bad = {"pk": "acme", "sk": "PLAN#bad", "seats": 0}
    dynamodb.client().call("PutItem", {"TableName": "MappingsTable", "Item": to_item(bad)})
    answer = api.get("/v1/plans/bad")
    assert (answer.status, answer.problem) == (409, "action-needed")
    assert "plan bad is malformed" in answer.json["detail"]
    assert api.put("/v1/plans/bad", PRO).status == 200
    assert api.get("/v1/plans/bad").status == 200
