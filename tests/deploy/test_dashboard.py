"""The dashboard as deployed, with its own role's rights and nothing else: sign in, look, decide."""

import base64
import gzip
import re
from urllib.parse import urlencode

import pytest
from integration.html_page import HtmlPage

from deploy.deployed import Deployed, Json, api_event, eventually
from deploy.vendor import Outside, Vendor

pytestmark = pytest.mark.deploy

ROUTES = {"/dashboard": "/dashboard", "": "/dashboard/{proxy+}"}


class Visitor:
    """Asks the function as API Gateway does, and keeps its cookies."""

    def __init__(self, stack: Deployed) -> None:
        self._stack = stack
        self._cookies: dict[str, str] = {}

    def open(self, path: str) -> HtmlPage:
        told = self._ask("GET", path)
        assert told["statusCode"] == 200, told
        return page_of(told)

    def send(self, page: HtmlPage, action: str, **fields: str) -> HtmlPage:
        """Send a form of a page, and go where its answer leads."""
        form = page.form(action)
        body = urlencode({**form.fields, **fields}).encode()
        told = self._ask("POST", form.action.partition("?")[0], body)
        assert told["statusCode"] == 303, told
        return self.open(told["headers"]["Location"].partition("?")[0])

    def _ask(self, method: str, path: str, body: bytes = b"") -> Json:
        route = f"{method} {ROUTES.get(path, ROUTES[''])}"
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "sec-fetch-site": "same-origin",
            "cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        told: Json = self._stack.invoke("DashboardFunction", api_event(route, path, body, headers))
        for each in told.get("cookies", ()):
            name, _, value = each.partition(";")[0].partition("=")
            self._cookies[name] = value
        return told


def page_of(told: Json) -> HtmlPage:
    raw = base64.b64decode(told["body"]) if told["isBase64Encoded"] else told["body"].encode()
    return HtmlPage((gzip.decompress(raw) if told["isBase64Encoded"] else raw).decode())


def test_a_vendor_signs_in_and_finds_and_freezes_a_license(first: Deployed, outside: Outside) -> None:
    vendor = Vendor.signed_up(first, outside, "clicks")
    bought = vendor.buy("price_pro_lifetime")
    [license] = vendor.licenses(bought)
    visitor = Visitor(first)

    home = visitor.send(visitor.open("/dashboard/sign-in"), "/sign-in", api_key=vendor.api_key)
    assert "All clear" in home.text
    listed = visitor.open("/dashboard/licenses")
    assert bought.email in listed.text
    frozen = visitor.send(visitor.open(f"/dashboard/licenses/{license['id']}/freeze"), "/freeze", reason="Only a test")

    assert re.search(r"\bfrozen\b", frozen.text)
    eventually(lambda: vendor.status(bought) == "frozen", "frozen license")
    for path in ("", "/audit", "/settings/webhooks/deliveries", "/settings/stripe/mappings", "/settings/api-keys"):
        assert "cannot be shown just now" not in visitor.open(f"/dashboard{path}").text, path
