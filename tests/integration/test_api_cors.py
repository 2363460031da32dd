"""Validate from a browser or an Electron app, and CORS for nothing else."""

from typing import Any

import pytest
import validate_routes
from keystack.errors import RetryLaterError

from integration.vendor_api import Answer, VendorApi, template_routes
from integration.world import World
from local.stack.routing import Router

PATH = "/v1/licenses/validate"
NOBODY = VendorApi()


def cors(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


EVERY_ANSWER = {"access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After"}


@pytest.mark.parametrize("origin", ["https://app.vendor.example", "null", "file://", "app://."])
def test_a_browser_may_ask_and_then_send(world: World, origin: str) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = NOBODY.call("OPTIONS", PATH, headers=asked)
    assert (preflight.status, preflight.text) == (204, "")
    assert cors(preflight) == {
        **EVERY_ANSWER,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "7200",
    }
    answer = NOBODY.call("POST", PATH, {"key": "KEY-1"}, headers={"Origin": origin})
    assert (answer.status, cors(answer)) == (200, EVERY_ANSWER)


def test_the_preflight_needs_no_key(world: World) -> None:
    match = Router(template_routes()).match("OPTIONS", PATH)
    assert match is not None
    assert (match.key, match.route.authorizer) == (f"OPTIONS {PATH}", None)


BAD: dict[int, dict[str, Any]] = {
    400: {"body": {"nothing": 1}},
    413: {"body": {"key": "x" * 300_000}},
    415: {"body": b"key=1", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
}


@pytest.mark.parametrize("status", BAD)
def test_a_browser_may_read_why_it_was_refused(world: World, status: int) -> None:
    answer = NOBODY.call("POST", PATH, **BAD[status])
    assert (answer.status, cors(answer)) == (status, EVERY_ANSWER)


@pytest.mark.parametrize(("error", "status"), [(RetryLaterError("DynamoDB is busy"), 503), (ValueError("oops"), 500)])
def test_a_browser_may_read_that_keystack_failed(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(key: str) -> Any:
        raise error

    monkeypatch.setattr(validate_routes, "find_by_key", fail)
    answer = NOBODY.post(PATH, {"key": "KEY-1"})
    assert (answer.status, cors(answer)) == (status, EVERY_ANSWER)


def test_no_other_route_is_for_browsers(api: VendorApi) -> None:
    for method, path in (
        ("GET", "/v1/plans"),
        ("GET", "/v1/openapi.json"),
        ("GET", "/v1/docs"),
        ("GET", PATH),
        ("GET", "/v1/licenses"),
        ("OPTIONS", "/v1/plans"),
        ("POST", "/v1/issue"),
    ):
        assert cors(api.call(method, path)) == {}, path
    assert NOBODY.call("OPTIONS", "/v1/plans").status == 401


def test_the_methods_that_validate_has_are_told(api: VendorApi) -> None:
    answer = api.call("PATCH", PATH)
    assert (answer.status, answer.headers["allow"]) == (405, "OPTIONS, POST")
