"""How long a page of the dashboard takes with a thousand licenses, over HTTP, on the local stack."""

import json
from statistics import median
from typing import Any

import pytest

from e2e.browsing import Browser, signed_in
from e2e.own_organization import invoke
from e2e.test_dashboard import rows
from local.client import call
from local.stripe.catalogue import catalogue
from local.stripe.purchases import Purchase, new_purchase
from local.stripe.shapes import event, session
from local.stripe.webhooks import Target
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for

pytestmark = pytest.mark.slow

ORG, SECRET = "thousand", "whsec_of_thousand_2345"
LONGEST = 0.5  # seconds until all of a page is there
DELIVERIES = "/settings/webhooks/deliveries"


class Shop:
    """An organization that has sold a lot."""

    def __init__(self, stack: ChildStack) -> None:
        plan = {"code": "plus", "name": "Plus", "kind": "subscription"}
        mappings = {"price_plus_monthly": {"grants": [{"plan": "plus"}]}}
        given: dict[str, Any] = {"stripe_keys": ["rk_test_of_thousand"], "webhook_secrets": [SECRET]}
        told = invoke(stack, {"org": ORG, "name": "Thousand", "plans": [plan], "mappings": mappings, **given})
        self.api_key, self.url = str(told["api_key"]), stack.state["url"]
        self._target = Target(self.url, ORG, SECRET, stack.state["stripe_api_base"])

    def issue(self, number: int, quantity: int) -> None:
        asked = {"email": f"buyer-{number}@example.com", "plan": "plus", "quantity": quantity, "livemode": False}
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        status, answer = call("POST", f"{self.url}/v1/issue", json.dumps(asked).encode(), headers)
        assert status == 201, answer

    def sell(self, number: int, price: str) -> Purchase:
        chosen = next(each for each in catalogue() if each["id"] == price)
        bought = new_purchase(chosen, f"buyer-{number}@example.com", 1)
        assert self._target.put(bought)
        assert self._target.send(event("checkout.session.completed", session(bought)))[0] == 200
        return bought


@pytest.fixture(scope="module")
def shop(stack: ChildStack) -> Shop:
    """Let a thousand licenses be issued, in orders large and small; 10 more purchases wait for a mapping."""
    shop = Shop(stack)
    for number, quantity in enumerate([500, 200, 100, 50, *[10] * 8, *[1] * 20]):
        shop.issue(number, quantity)
    for number in range(60):
        shop.sell(number, "price_team" if number < 10 else "price_plus_monthly")
    return shop


def test_every_page_answers_within_half_a_second(shop: Shop) -> None:
    browser = signed_in(shop.url, shop.api_key)
    bought = shop.sell(60, "price_plus_monthly")
    wait_for("the last order", lambda: browser.request("GET", f"/dashboard/orders/{bought.order}", {}).status == 200)
    wait_for("what failed", lambda: "10 ×" in browser.open("/dashboard").page.text)
    found = {path: median(seconds(browser, path) for _ in range(3)) for path in pages(browser, bought)}
    assert {path: round(each, 3) for path, each in found.items() if each > LONGEST} == {}


def seconds(browser: Browser, path: str) -> float:
    return browser.open(f"/dashboard{path}").seconds


def pages(browser: Browser, bought: Purchase) -> list[str]:
    """Every kind of page, the largest of its kind."""
    license = rows(browser.open("/dashboard/licenses"), "/dashboard/licenses")[0].removeprefix("/dashboard")
    delivery = rows(browser.open(f"/dashboard{DELIVERIES}"), f"/dashboard{DELIVERIES}")[0].removeprefix("/dashboard")
    large = rows(browser.open("/dashboard/search?q=buyer-0@example.com"), "/dashboard/orders")
    orders = [each.removeprefix("/dashboard") for each in large]
    customer = browser.open("/dashboard/search?q=buyer-0@example.com").address.removeprefix("/dashboard")
    return [
        "",
        "/licenses",
        "/licenses?status=frozen",
        "/licenses?status=expired&plan=plus",
        "/licenses?email=buyer-0@example.com",
        license,
        f"{license}/revoke",
        *orders,
        customer,
        f"/search?q={bought.subscription}",
        "/audit",
        "/audit?who=nobody",
        DELIVERIES,
        f"{DELIVERIES}?status=failed",
        delivery,
        f"{delivery}/replay",
        f"{delivery}/replay-since",
        "/settings/stripe",
        "/settings/stripe/mappings",
        "/settings/stripe/rules",
        "/settings/stripe/rules?target=price_plus_monthly",
        "/settings/plans",
        "/settings/plans/plus",
        "/settings/branding",
        "/settings/branding/mail",
        "/settings/api-keys",
        "/settings/organization",
    ]
