"""Every call of the API once over HTTP, each with a good request: the OpenAPI document says which there are."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from openapi_spec_validator import validate

from e2e.own_organization import own_organization
from local.client import call
from local.stripe.catalogue import catalogue
from local.stripe.purchases import new_purchase
from local.stripe.shapes import event, session
from local.stripe.webhooks import Target
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for

ORG, PRICE, SECRET = "every-call", "price_plus_monthly", "whsec_of_every_call"
Json = dict[str, Any]


@dataclass
class Vendor:
    """One vendor that makes every call, and what it was answered."""

    stack: ChildStack
    key: str
    made: set[tuple[str, str]] = field(default_factory=set)

    def call(self, method: str, path: str, body: Any = None, query: str = "", **named: str) -> Json:
        """Make a call that must be good; `path` as the document writes it."""
        url = self.stack.state["url"] + path.format(**named) + query
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        status, answer = call(method, url, None if body is None else json.dumps(body).encode(), headers)
        assert 200 <= status < 300, f"{method} {path}: {status} {answer.decode()}"
        self.made.add((method, path))
        found: Json = json.loads(answer) if answer else {}
        return found

    def buys(self) -> str:
        """Let somebody buy PRICE; return the order's id."""
        bought = new_purchase(next(each for each in catalogue() if each["id"] == PRICE), "kay@example.com", 1)
        state = self.stack.state
        target = Target(state["url"], ORG, SECRET, state["stripe_api_base"])
        assert target.put(bought)
        assert target.send(event("checkout.session.completed", session(bought)))[0] == 200
        return bought.order


@pytest.fixture(scope="module")
def vendor(stack: ChildStack) -> Vendor:
    return Vendor(stack, own_organization(stack, ORG))


@pytest.fixture(scope="module")
def document(stack: ChildStack) -> Json:
    found: Json = json.loads(call("GET", f"{stack.state['url']}/v1/openapi.json")[1])
    return found


def test_the_document_is_valid(document: Json) -> None:
    validate(document)


def test_the_page_to_try_it_is_there(stack: ChildStack) -> None:
    status, page = call("GET", f"{stack.state['url']}/v1/docs")
    assert status == 200
    assert page.startswith(b"<!DOCTYPE html>")


def test_every_call_of_the_document_answers_a_good_request(vendor: Vendor, document: Json) -> None:
    settings(vendor)
    plans_and_mappings(vendor)
    licenses(vendor, issue(vendor))
    preview_and_deliveries(vendor)
    audit(vendor)
    api_keys(vendor)
    cleaning_up(vendor)

    there = {(method.upper(), path) for path, each in document["paths"].items() for method in each}
    assert vendor.made == there


def settings(vendor: Vendor) -> None:
    assert vendor.call("PUT", "/v1/settings/stripe-key", {"key": "rk_test_everycall"})["stored"]
    assert vendor.call("PUT", "/v1/settings/webhook-secret", {"secrets": [SECRET]}) == {"webhook_secrets": 1}
    changed = vendor.call("PUT", "/v1/settings", {"branding": {"product_name": "Every Call"}})
    assert vendor.call("GET", "/v1/settings") == changed
    assert changed["branding"]["product_name"] == "Every Call"


def plans_and_mappings(vendor: Vendor) -> None:
    plan = vendor.call("PUT", "/v1/plans/{code}", {"name": "Plus", "kind": "subscription"}, code="plus")
    assert vendor.call("GET", "/v1/plans/{code}", code="plus") == plan
    assert vendor.call("GET", "/v1/plans")["items"] == [plan]
    mapping = vendor.call("PUT", "/v1/mappings/{target}", {"grants": [{"plan": "plus"}]}, target=PRICE)
    assert vendor.call("GET", "/v1/mappings/{target}", target=PRICE) == mapping
    assert vendor.call("GET", "/v1/mappings")["items"] == [mapping]


def issue(vendor: Vendor) -> Json:
    license: Json = vendor.call("POST", "/v1/issue", {"email": "kay@example.com", "plan": "plus"})["licenses"][0]
    return license


def licenses(vendor: Vendor, license: Json) -> None:
    named = {"license_id": license["id"]}
    assert vendor.call("POST", "/v1/licenses/validate", {"key": license["key"]})["valid"]
    assert vendor.call("GET", "/v1/licenses/{license_id}", **named)["key"] == license["key"]
    wait_for("the list", lambda: vendor.call("GET", "/v1/licenses", query="?status=active")["items"])
    vendor.call("POST", "/v1/licenses/{license_id}/resend", **named)
    for path, status in (("freeze", "frozen"), ("reactivate", "active"), ("revoke", "revoked")):
        assert vendor.call("POST", f"/v1/licenses/{{license_id}}/{path}", **named)["status"] == status


def preview_and_deliveries(vendor: Vendor) -> None:
    order = vendor.buys()
    preview = vendor.call("POST", "/v1/mappings/preview", {"checkout_session": order})
    assert [each["price"] for each in preview["lines"]] == [PRICE]

    def delivered() -> list[Json]:
        items = vendor.call("GET", "/v1/deliveries", query="?status=succeeded")["items"]
        return [each for each in items if each["order"] == order]

    found = wait_for("the delivery", delivered)[0]["id"]
    assert vendor.call("GET", "/v1/deliveries/{event_id}", event_id=found)["payload"]["id"] == found
    assert vendor.call("POST", "/v1/deliveries/{event_id}/replay", event_id=found) == {"id": found}
    everything = {"status": "failed", "since": "2026-01-01T00:00:00Z"}
    assert vendor.call("POST", "/v1/deliveries/replay", everything)["cursor"] is None


def audit(vendor: Vendor) -> None:
    told = {each["action"] for each in vendor.call("GET", "/v1/audit", query="?limit=100")["items"]}
    assert {"order.created", "license.frozen", "license.reactivated", "license.revoked"} <= told


def api_keys(vendor: Vendor) -> None:
    new = vendor.call("POST", "/v1/api-keys", {"name": "backend", "scopes": ["issue"]})
    assert new["id"] in {each["id"] for each in vendor.call("GET", "/v1/api-keys")["items"]}
    vendor.call("DELETE", "/v1/api-keys/{key_id}", key_id=new["id"])


def cleaning_up(vendor: Vendor) -> None:
    vendor.call("DELETE", "/v1/mappings/{target}", target=PRICE)
    vendor.call("DELETE", "/v1/plans/{code}", code="plus")
    assert vendor.call("GET", "/v1/plans")["items"] == []
