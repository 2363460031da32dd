"""The dashboard as a browser without scripts uses it: cookies, links, forms. Routes are template.yaml's."""

import gzip
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from invocations import Context
from keystack.domain.api_keys import Scope
from keystack.management import api_keys

from integration.aws import function
from integration.html_page import Form, HtmlPage
from integration.vendor_api import NOW, gateway, template_routes
from local.stack.lambda_http import from_answer, to_event
from local.stack.routing import Router
from local.web import Request, Response

HOST = "dashboard.example"
Headers = dict[str, str]


@dataclass(frozen=True)
class Shown:
    """An answer: what was asked for, and what came back."""

    address: str
    status: int
    headers: Headers
    body: bytes  # as sent, maybe compressed

    @property
    def html(self) -> str:
        raw = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return raw.decode()

    @property
    def page(self) -> HtmlPage:
        return HtmlPage(self.html)

    @property
    def text(self) -> str:
        return self.page.text


@dataclass
class Visitor:
    """A browser. `sends`: headers of every request; `base`: a custom domain's mapping, in front of every path."""

    sends: Headers = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = "192.0.2.1"
    base: str = ""

    def get(self, path: str, headers: Headers | None = None) -> Shown:
        """Open a page of the dashboard by its path, following redirections."""
        shown = self.request("GET", path, headers=headers)
        while shown.status == 303:
            shown = self.request("GET", shown.headers["location"], headers=headers)
        return shown

    def send(self, form: Form, headers: Headers | None = None, **fields: str) -> Shown:
        """Send a form of a page, with some of its fields filled in, and follow where it leads."""
        shown = self.post(form.action, {**form.fields, **fields}, headers)
        return self.get(shown.headers["location"]) if shown.status == 303 else shown

    def post(self, path: str, fields: dict[str, str], headers: Headers | None = None) -> Shown:
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{HOST}"}
        return self.request("POST", path, urlencode(fields).encode(), {**kind, **(headers or {})})

    def request(self, method: str, path: str, body: bytes = b"", headers: Headers | None = None) -> Shown:
        """Make one request."""
        parts = urlsplit(path)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": HOST, **self.sends, **({"Cookie": cookie} if cookie else {}), **(headers or {})}
        request = Request(method, parts.path, parts.query, tuple(sent.items()), body, self.address, "HTTP/1.1")
        answer = _behind(self.base, request) if self.base else gateway().answer(request)
        got = {name.lower(): value for name, value in answer.headers}
        for name, _, value in (each.partition(";")[0].partition("=") for each in _set_cookies(answer)):
            self.cookies[name] = value
            if not value:
                del self.cookies[name]
        return Shown(path, answer.status, got, answer.body)


def sign_in_as(*scopes: str, org: str = "acme", name: str = "Ada", **given: Any) -> Visitor:
    """Make an API key with these scopes, and sign in with it."""
    key = api_keys.create(org, name, map(Scope, scopes), "a test", NOW).text
    visitor = Visitor(**given)
    form = visitor.get(f"{visitor.base}/dashboard/sign-in").page.form("/sign-in")
    shown = visitor.post(form.action, {**form.fields, "api_key": key})
    assert shown.status == 303, shown.text
    return visitor


def _behind(base: str, request: Request) -> Response:
    """Answer as behind a mapping: API Gateway matches the path without it, and leaves it in the event."""
    match = Router(template_routes()).match(request.method, request.raw_path.removeprefix(base))
    assert match is not None
    assert request.raw_path.startswith(f"{base}/")
    return from_answer(function("dashboard").handler(to_event(request, match.key, match.parameters), Context()))


def _set_cookies(answer: Response) -> list[str]:
    return [value for name, value in answer.headers if name == "Set-Cookie"]
