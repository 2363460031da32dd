"""The API as a vendor calls it: the local stack's gateway with template.yaml's routes, the handlers in this process."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from invocations import Context
from keystack.domain.api_keys import Scope
from keystack.management import api_keys
from template import ROOT

from integration.aws import function
from local.stack.gateway import Gateway
from local.stack.specs import RouteSpec
from local.stack.template import Expanded, expand
from local.web import Request, Response

Json = dict[str, Any]
NOW = 1_760_000_000


@cache
def expanded() -> Expanded:
    return Expanded(*expand(ROOT / "template.yaml", {"Stage": "test"}), ROOT)


@cache
def template_routes() -> list[RouteSpec]:
    return expanded().routes()


class _InThisProcess:
    """Runs a function of the template, its event and answer as JSON carries them."""

    def invoke(self, name: str, event: Json) -> Any:
        module = expanded().resources[name]["Properties"]["Handler"].partition(".")[0]
        answer = function(module).handler(json.loads(json.dumps(event)), Context(function_name=name))
        return json.loads(json.dumps(answer))


def gateway() -> Gateway:
    return Gateway(template_routes(), _InThisProcess(), _no_page)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text) if self.text else None

    @property
    def problem(self) -> str:
        """Name the problem's kind."""
        assert self.headers["content-type"] == "application/problem+json", self.text
        assert self.json["status"] == self.status
        assert self.json["detail"]
        return str(self.json["type"]).removeprefix("urn:keystack:problem:")


@dataclass(frozen=True)
class VendorApi:
    """Calls with one API key, or with none."""

    key: str = ""

    def call(self, method: str, path: str, body: Any = None, headers: Json | None = None, **query: Any) -> Answer:
        """Call as curl --json does; `body` of bytes is sent as it is."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if raw else {}
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        sent |= headers or {}
        request = Request(method, path, urlencode(query), tuple(sent.items()), raw, "192.0.2.1", "HTTP/1.1")
        answer = gateway().answer(request)
        headers = {name.lower(): value for name, value in answer.headers}
        return Answer(answer.status, headers, answer.body.decode())

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, **query)

    def put(self, path: str, body: Any) -> Answer:
        return self.call("PUT", path, body)

    def post(self, path: str, body: Any = None) -> Answer:
        return self.call("POST", path, body)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    def every(self, path: str, limit: int) -> list[Any]:
        """Read a list to its end, page by page."""
        items: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(path, limit=limit, cursor=cursor).json
            assert len(page["items"]) <= limit
            items, cursor = items + page["items"], page["cursor"]
        return items


def api_with(*scopes: str, org: str = "acme", name: str = "tests") -> VendorApi:
    """Make a key with these scopes, and call with it."""
    return VendorApi(api_keys.create(org, name, map(Scope, scopes), "a test", NOW).text)


def _no_page(request: Request) -> Response:
    raise AssertionError("no page of the local stack is asked for")
