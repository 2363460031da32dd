"""A browser without scripts, over HTTP: keeps cookies, opens links, sends forms, and notes what it has asked for."""

import gzip
import re
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from integration.html_page import Form, HtmlPage

PAGE = "text/html; charset=utf-8"
# What the pages' policy refuses: a browser would leave it out, and say so where nobody looks.
REFUSED = re.compile(r"""<style\b|<[^>]*\s(?:style|on[a-z]+)=["']|javascript:|<script(?![^>]*\ssrc=)""")
LOADED = re.compile(r"""<(?:link|script|img|iframe|form)\b[^>]*?\s(?:href|src|action)="([^"]*)""")


@dataclass(frozen=True)
class Seen:
    """An answer; `body` as it was sent, maybe compressed; `seconds` until all of it was there."""

    address: str
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        raw = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return raw.decode()

    @property
    def page(self) -> HtmlPage:
        return HtmlPage(self.text)

    def form(self, action: str) -> Form:
        """Find the form that is sent to a path with this end; the last one, for the first may be the page's search."""
        found = [each for each in self.page.forms if urlsplit(each.action).path.endswith(action)]
        assert found, f"no form to {action} among {[each.action for each in self.page.forms]}"
        return found[-1]


@dataclass
class Browser:
    """Speaks to one stack. `asked`: method and path of every request."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def open(self, address: str, status: int = 200, by_htmx: bool = False) -> Seen:
        """Open a page by its address or a link, following redirections. AssertionError for another status."""
        sent = {"HX-Request": "true"} if by_htmx else {}
        seen = self.request("GET", address, sent)
        while seen.status == 303:
            seen = self.request("GET", seen.headers["location"], sent)
        assert seen.status == status, f"{address}: {seen.status}, not {status}: {seen.text[-3000:]}"
        _check(seen)
        return seen

    def send(self, form: Form, status: int = 200, action: str = "", **fields: str) -> Seen:
        """Send a form with some of its fields filled in (`a__b` for `a.b`), and follow where it leads."""
        given = {name.replace("__", "."): value for name, value in fields.items()}
        sent = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.url}
        to = (action or form.action).partition("#")[0]
        seen = self.request("POST", to, sent, urlencode({**form.fields, **given}).encode())
        if seen.status == 303:
            return self.open(seen.headers["location"], status)
        assert seen.status == status, f"{to}: {seen.status}, not {status}: {seen.text[-3000:]}"
        _check(seen)
        return seen

    def request(self, method: str, address: str, headers: dict[str, str], body: bytes = b"") -> Seen:
        """Make one request."""
        parts = urlsplit(address)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self.asked.append((method, parts.path))
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Accept-Encoding": "gzip", **headers, **({"Cookie": cookie} if cookie else {})}
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            began = time.perf_counter()
            connection.request(method, target, body or None, sent)
            answer = connection.getresponse()
            content = answer.read()
            seconds = time.perf_counter() - began
        finally:
            connection.close()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self._keep(value)
        got = {name.lower(): value for name, value in answer.getheaders()}
        return Seen(address, answer.status, got, content, seconds)

    def _keep(self, cookie: str) -> None:
        name, _, value = cookie.partition(";")[0].partition("=")
        self.cookies[name] = value
        if not value:
            del self.cookies[name]


def signed_in(url: str, api_key: str) -> Browser:
    """Sign in with an API key."""
    browser = Browser(url)
    browser.send(browser.open("/dashboard/sign-in").form("/sign-in"), api_key=api_key)
    return browser


def _check(seen: Seen) -> None:
    """Look whether a page keeps to the policy, and loads nothing from elsewhere. The mail has a policy of its own."""
    if seen.headers["content-type"] != PAGE or "sandbox" in seen.headers["content-security-policy"]:
        return
    found = REFUSED.search(seen.text)
    assert found is None, f"{seen.address}: {found[0]}"
    elsewhere = [each for each in LOADED.findall(seen.text) if not each.startswith(("/dashboard", "#"))]
    assert elsewhere == [], seen.address
