"""POST /v1/licenses/validate: one call without a key, always of one shape, and nothing about the customer in it."""

from typing import Any

import pytest
from keystack.storage.attributes import to_item
from samples import stripe_event

from integration.aws_calls import counted
from integration.issued import ADA, issue, licenses
from integration.log_lines import LogLines
from integration.vendor_api import Answer, VendorApi
from integration.world import World

NOBODY = VendorApi()
SHAPE = ["valid", "status", "plan", "seats", "entitlements", "expires_at", "livemode", "billing"]


def validate(key: str) -> Answer:
    return NOBODY.post("/v1/licenses/validate", {"key": key})


def told(key: str) -> dict[str, Any]:
    answer = validate(key)
    assert answer.status == 200
    assert list(answer.json) == SHAPE
    return dict(answer.json)


def test_a_good_key(api: VendorApi) -> None:
    [license] = licenses(issue(api))
    entitlements = api.get("/v1/plans/pro").json["entitlements"]
    assert told(license["key"]) == {
        "valid": True,
        "status": "active",
        "plan": "pro",
        "seats": 1,
        "entitlements": entitlements,
        "expires_at": None,
        "livemode": True,
        "billing": None,
    }


def test_a_key_that_the_webhook_minted(world: World) -> None:
    [event] = world.sold(1)
    world.issue(event)
    assert (told(world.keys("cs_test_1")[0])["valid"], told(world.keys("cs_test_1")[0])["livemode"]) == (True, False)


def test_however_it_is_typed(api: VendorApi) -> None:
    [license] = licenses(issue(api))
    key = license["key"]
    prefix, rest = key[:4], key[4:]
    for typed in (
        key.lower(),
        key.replace("-", ""),
        f"  {key}\n",
        key.replace("-", " - "),
        prefix + rest.replace("0", "O").replace("1", "l"),
    ):
        assert told(typed)["valid"]


@pytest.mark.parametrize("key", ["x", "PRO-AAAAA-AAAAA-AAAAA-AAAAA-AAAAA", "-", "ß" * 100, "\x00", "#key#", "😀", " "])
def test_a_key_that_nobody_has(world: World, key: str) -> None:
    assert told(key) == {**dict.fromkeys(SHAPE), "valid": False, "status": "unknown"}


@pytest.mark.parametrize(
    "body", [{}, {"key": ""}, {"key": "x" * 101}, {"key": 5}, {"key": None}, {"key": "x", "org": "a"}]
)
def test_what_is_no_request(world: World, body: dict[str, Any]) -> None:
    answer = NOBODY.post("/v1/licenses/validate", body)
    assert (answer.status, answer.problem) == (400, "invalid-request")


def test_every_status(api: VendorApi, world: World) -> None:
    [license] = licenses(issue(api, livemode=False, stripe={"payment_intent": "pi_1", "subscription": "sub_1"}))
    place = f"/v1/licenses/{license['id']}"

    def status() -> tuple[bool, str]:
        answer = told(license["key"])
        return answer["valid"], answer["status"]

    assert status() == (True, "active")
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_1"))
    assert status() == (False, "frozen")
    api.post(f"{place}/reactivate")
    assert status() == (True, "active")
    deleted = stripe_event("expirer.subscription_deleted", cancellation_details={"reason": "payment_failed"})
    deleted["data"]["object"]["id"] = "sub_1"
    world.expire(deleted)
    assert status() == (False, "expired")
    assert told(license["key"])["expires_at"].endswith("Z")
    api.post(f"{place}/revoke")
    assert status() == (False, "revoked")


def test_entitlements_are_the_plans_as_they_are_now(api: VendorApi) -> None:
    [license] = licenses(issue(api, plan="team"))
    api.put("/v1/plans/team", {"name": "Team", "entitlements": {"sso": {"saml": [1, 2.5]}}})
    assert told(license["key"])["entitlements"] == {"sso": {"saml": [1, 2.5]}}


def test_a_plan_that_is_gone_or_malformed_spoils_nothing(api: VendorApi, world: World) -> None:
    from keystack.storage import dynamodb

    api.put("/v1/plans/mine", {"name": "Mine"})
    [license] = licenses(issue(api, plan="mine"))
    bad = {"pk": "acme", "sk": "PLAN#mine", "seats": 0}
    dynamodb.client().call("PutItem", {"TableName": "MappingsTable", "Item": to_item(bad)})
    assert (told(license["key"])["valid"], told(license["key"])["entitlements"]) == (True, None)
    api.delete("/v1/plans/mine")
    assert (told(license["key"])["valid"], told(license["key"])["entitlements"]) == (True, None)


def test_nothing_of_customer_or_vendor_is_in_it(api: VendorApi) -> None:
    answer = issue(api, name="Ada Lovelace", stripe={"customer": "cus_1"}, metadata={"cart": "42"})
    [license] = licenses(answer)
    text = validate(license["key"]).text
    for secret in (ADA, "Ada", "acme", "Acme", "cus_1", "42", license["id"], answer.json["order"]["id"]):
        assert secret not in text


def test_three_reads_at_most(api: VendorApi) -> None:
    [license] = licenses(issue(api))
    with counted() as calls:
        told(license["key"])
    assert calls == ["BatchGetItem"] * 3
    with counted() as calls:
        told("nobody's")
    assert calls == ["BatchGetItem"]


def test_the_key_is_in_no_log_line(api: VendorApi, log: LogLines) -> None:
    [license] = licenses(issue(api))
    told(license["key"])
    issue(api, "k1", plan="nobody")
    api.get(f"/v1/licenses/{license['id']}")
    assert log.text.count('"message":"answered"') == 4
    assert license["key"] not in log.text
