"""POST /v1/issue: licenses because the vendor's backend says so, once for each key or session."""

import secrets
from typing import Any

import pytest
from keystack.queues import client as queue_client
from keystack.storage.licenses.orders import load_order

from integration.aws_calls import When, failing
from integration.clock import Clock
from integration.issued import ADA, issue, licenses, messages, minted, work
from integration.vendor_api import VendorApi, api_with
from integration.world import ORG, World


def test_a_license_is_issued_and_told(api: VendorApi, world: World) -> None:
    answer = issue(api, name="Ada", metadata={"cart": "42", "note": ""})
    assert answer.status == 201
    [license], order = licenses(answer), answer.json["order"]
    assert license["key"].startswith("PRO-")
    assert (license["plan"], license["status"], license["seats"], license["livemode"]) == ("pro", "active", 1, True)
    assert (license["expires_at"], license["holds"]) == (None, [])
    assert (order["email"], order["name"], order["metadata"]) == (ADA, "Ada", {"cart": "42", "note": ""})
    assert [fact["fact"] for fact in order["facts"]] == ["paid"]
    assert order["effects"]["email"]["reason"] == "the caller sends it"
    assert {each["state"] for each in order["effects"].values()} == {"skipped"}
    assert order["stripe"] == dict.fromkeys(
        ("checkout_session", "payment_intent", "subscription", "invoice", "customer")
    )
    assert (messages(), world.mails.sent) == ([], [])


def test_the_order_is_audited_with_the_keys_name(world: World) -> None:
    order = issue(api_with("issue", name="shop backend")).json["order"]["id"]
    [entry] = [item for item in world.items("AuditTable") if item["subject"] == f"{ORG}#{order}"]
    assert (entry["action"], entry["source"]) == ("order.created", "shop backend")
    assert entry["detail"] == {"livemode": True, "licenses": 1}


def test_quantity_and_seats_are_the_callers(api: VendorApi) -> None:
    several = licenses(issue(api, quantity=3, seats=7))
    assert [each["seats"] for each in several] == [7, 7, 7]
    assert len({each["key"] for each in several}) == len({each["id"] for each in several}) == 3
    assert licenses(issue(api, plan="team"))[0]["seats"] == 5


def test_a_fixed_plan_counts_from_now(api: VendorApi) -> None:
    [license] = licenses(issue(api, plan="year"))
    assert license["expires_at"] > license["created_at"]


@pytest.mark.parametrize(
    ("body", "livemode"),
    [
        ({}, True),
        ({"livemode": False}, False),
        ({"stripe": {"checkout_session": "cs_test_a"}}, False),
        ({"stripe": {"checkout_session": "cs_test_a"}, "livemode": False}, False),
        ({"stripe": {"checkout_session": "cs_live_a"}}, True),
    ],
)
def test_the_mode_is_the_sessions_or_the_callers(api: VendorApi, body: dict[str, Any], livemode: bool) -> None:
    [license] = licenses(issue(api, **body))
    assert (license["livemode"], license["key"].startswith("TEST-PRO-")) == (livemode, not livemode)


# ------------------------------------------------------------- idempotency

SHORTEST = "c488a7cda1e31f888a82f8523bcb0f78e097b056a7bb4395ffb69065792fa513"  # of e-mail and plan alone
EVERYTHING = {
    "name": "Ada",
    "quantity": 3,
    "seats": 5,
    "metadata": {"crm": "42", "ä": "ö"},
    "send_email": True,
    "livemode": False,
    "stripe": {
        "checkout_session": "cs_test_1",
        "payment_intent": "pi_1",
        "subscription": "sub_1",
        "invoice": "in_1",
        "customer": "cus_1",
    },
}


@pytest.mark.parametrize(
    ("body", "fingerprint"),
    [
        ({}, SHORTEST),
        (
            {"quantity": 1, "name": None, "metadata": {}, "stripe": {"invoice": None}},
            SHORTEST,
        ),
        (EVERYTHING, "7763f3094855e369277bd33b0904e78c3d8d3938de5d88558d623a9fb4501cac"),
    ],
)
def test_a_request_has_the_fingerprint_that_stored_orders_have(
    api: VendorApi, body: dict[str, Any], fingerprint: str
) -> None:
    """Whoever repeats a request after an update of KeyStack must get the same order."""
    order = load_order(ORG, issue(api, **body).json["order"]["id"])
    assert order is not None
    assert order.order.request == fingerprint


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("k1", {}),
        (None, {"stripe": {"checkout_session": "cs_test_a"}}),
        ("k1", {"stripe": {"checkout_session": "cs_test_a"}}),
    ],
)
def test_the_same_request_again_is_answered_the_same(
    api: VendorApi, world: World, key: str | None, body: dict[str, Any]
) -> None:
    first, again = issue(api, key, **body), issue(api, key, **body)
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    assert len(minted(world)) == 1
    assert world.actions(first.json["order"]["id"]) == ["order.created"]


def test_defaults_spelled_out_are_the_same_request(api: VendorApi) -> None:
    assert issue(api, "k1").status == 201
    assert issue(api, "k1", quantity=1, send_email=False, metadata={}, stripe={}, name=None).status == 200


@pytest.mark.parametrize(
    "other",
    [
        {"email": "bob@example.com"},
        {"plan": "team"},
        {"quantity": 2},
        {"seats": 1},
        {"metadata": {"a": "b"}},
        {"send_email": True},
        {"livemode": False},
        {"name": "Ada"},
        {"stripe": {"payment_intent": "pi_1"}},
        {"stripe": {"checkout_session": "cs_test_a"}},
    ],
)
def test_the_same_key_with_another_body_is_refused(api: VendorApi, world: World, other: dict[str, Any]) -> None:
    issue(api, "k1")
    before = world.items("LicensesTable")
    answer = issue(api, "k1", **other)
    assert (answer.status, answer.problem) == (409, "conflict")
    assert "this Idempotency-Key was used for order ord_" in answer.json["detail"]
    assert world.items("LicensesTable") == before
    assert messages() == []


def test_a_key_is_kept_for_its_session_too(api: VendorApi) -> None:
    session = {"checkout_session": "cs_test_a"}
    assert issue(api, "k1", stripe=session).status == 201
    assert issue(api, "k2", stripe=session).status == 200  # the session is what counts
    for other in ({}, {"stripe": {"checkout_session": "cs_test_b"}}):
        assert "used for order cs_test_a" in issue(api, "k1", **other).json["detail"]
    assert issue(api, "k3", stripe=session, quantity=2).status == 409
    assert issue(api, stripe=session, quantity=2).status == 409


def test_without_key_and_session_every_call_is_an_order(api: VendorApi, world: World) -> None:
    assert len({issue(api).json["order"]["id"] for _ in range(3)}) == 3
    assert len(minted(world)) == 3


def test_a_repeated_request_tells_the_licenses_as_they_are_now_whatever_became_of_the_plan(
    api: VendorApi, world: World
) -> None:
    world.configure(plans=[{"code": "gone"}])
    [license] = licenses(issue(api, "k1", plan="gone"))
    assert api.delete("/v1/plans/gone").status == 204
    api.post(f"/v1/licenses/{license['id']}/revoke")
    again = issue(api, "k1", plan="gone")
    assert (again.status, licenses(again)[0]["status"], licenses(again)[0]["key"]) == (200, "revoked", license["key"])


def test_keys_are_each_organizations_own(api: VendorApi, world: World) -> None:
    world.configure(org="other")
    mine, theirs = issue(api, "k1"), issue(api_with("issue", org="other"), "k1", email="bob@example.com")
    assert (mine.status, theirs.status) == (201, 201)
    assert mine.json["order"]["id"] != theirs.json["order"]["id"]


# ------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "ada"}, "email"),
        ({"email": "ada@example.com\r\nBcc: eve@example.com"}, "email"),
        ({"email": "a" * 250 + "@b.de"}, "email"),
        ({"email": None}, "email"),
        ({"plan": "UPPER"}, "plan"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1_001}, "quantity"),
        ({"quantity": "2"}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"seats": 0}, "seats"),
        ({"metadata": {"": "x"}}, "metadata"),
        ({"metadata": {"x": 5}}, "metadata.x"),
        ({"metadata": {str(number): "" for number in range(51)}}, "metadata"),
        ({"stripe": {"payment_intent": "in_1"}}, "stripe.payment_intent"),
        ({"stripe": {"checkout_session": "cs_1"}}, "stripe.checkout_session"),
        ({"stripe": {"checkout_session": "cs_test_a#b"}}, "stripe.checkout_session"),
        ({"stripe": {"charge": "ch_1"}}, "stripe.charge"),
        ({"send_mail": True}, "send_mail"),
    ],
)
def test_a_body_that_does_not_fit(api: VendorApi, world: World, body: dict[str, Any], field: str) -> None:
    answer = issue(api, **body)
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert answer.json["errors"][0]["field"].startswith(field)
    assert minted(world) == []


@pytest.mark.parametrize(("session", "livemode"), [("cs_test_a", True), ("cs_live_a", False)])
def test_a_mode_that_the_session_denies(api: VendorApi, session: str, livemode: bool) -> None:
    answer = issue(api, stripe={"checkout_session": session}, livemode=livemode)
    assert (answer.status, "leave livemode out" in answer.json["detail"]) == (400, True)


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none(api: VendorApi, key: str) -> None:
    assert issue(api, key).status == 400


def test_a_plan_that_does_not_exist(api: VendorApi, world: World) -> None:
    answer = issue(api, "k1", plan="nobody")
    assert (answer.status, answer.problem) == (409, "conflict")
    assert "there is no plan nobody" in answer.json["detail"]
    api.put("/v1/plans/nobody", {"name": "Somebody"})
    assert issue(api, "k1", plan="nobody").status == 201  # nothing was kept of the first one


@pytest.mark.parametrize("field", ["payment_intent", "subscription", "invoice"])
def test_a_payment_is_one_order(api: VendorApi, world: World, field: str) -> None:
    stripe = {field: {"payment_intent": "pi_1", "subscription": "sub_1", "invoice": "in_1"}[field]}
    first = issue(api, "k1", stripe=stripe).json["order"]["id"]
    answer = issue(api, "k2", stripe=stripe)
    assert (answer.status, answer.problem) == (409, "conflict")
    assert f"{stripe[field]} belongs to order {first} already" in answer.json["detail"]
    assert len(minted(world)) == 1


def test_a_test_modes_customer_gets_no_live_license(api: VendorApi, world: World) -> None:
    stripe = {"customer": "cus_1"}
    assert issue(api, livemode=False, stripe=stripe).status == 201
    answer = issue(api, stripe=stripe)
    assert (answer.status, "Stripe Customer cus_1 is one of test mode" in answer.json["detail"]) == (409, True)
    api.put("/v1/plans/test", {"name": "Test", "key_prefix": "TEST"})  # a prefix that looks like the mode's
    assert issue(api, plan="test", stripe={"customer": "cus_2"}).status == 201
    assert issue(api, stripe={"customer": "cus_2"}).status == 201
    assert issue(api, stripe={"customer": "cus_2"}, livemode=False).status == 409
    assert len(minted(world)) == 3


def test_who_may_only_issue_may_not_read(world: World) -> None:
    backend = api_with("issue")
    [license] = licenses(issue(backend))
    assert backend.get(f"/v1/licenses/{license['id']}").status == 403
    assert backend.post(f"/v1/licenses/{license['id']}/freeze").status == 403


# --------------------------------------------------------- large, and crashes


@pytest.mark.slow
def test_a_thousand_licenses(api: VendorApi, world: World) -> None:
    answer = issue(api, "k1", quantity=1_000, stripe={"customer": "cus_1"})
    keys = {each["key"] for each in licenses(answer)}
    assert (answer.status, len(keys)) == (201, 1_000)
    assert keys == set(minted(world))
    order = world.order(answer.json["order"]["id"])
    assert order is not None
    assert (order.minted, order.license_count) == (True, 1_000)
    again = issue(api, "k1", quantity=1_000, stripe={"customer": "cus_1"})
    assert (again.status, {each["key"] for each in licenses(again)}) == (200, keys)


@pytest.mark.parametrize(
    ("operation", "at", "when"),
    [
        pytest.param("TransactWriteItems", 1, "before", marks=pytest.mark.slow),
        ("TransactWriteItems", 1, "after"),
        ("TransactWriteItems", 2, "before"),
        pytest.param("TransactWriteItems", 3, "after", marks=pytest.mark.slow),
        pytest.param("UpdateItem", 1, "before", marks=pytest.mark.slow),
        pytest.param("UpdateItem", 1, "after", marks=pytest.mark.slow),
    ],
)
def test_a_crash_in_the_middle_is_mended_by_the_same_request_at_once(
    api: VendorApi, world: World, operation: str, at: int, when: When
) -> None:
    with world.crash(operation, at, when):
        issue(api, "k1", quantity=110, send_email=True)
    before = set(minted(world))
    again = issue(api, "k1", quantity=110, send_email=True)
    keys = [each["key"] for each in licenses(again)]
    assert (len(keys), len(set(keys)), before <= set(keys)) == (110, 110, True)
    assert set(keys) == set(minted(world))
    assert work(world) == [f"issue_{again.json['order']['id']}"]
    assert all(key in world.mails.texts()[0] for key in keys)
    assert world.actions(again.json["order"]["id"]) == ["order.created"]


@pytest.mark.slow
def test_what_a_crash_left_is_finished_by_the_webhook_too(api: VendorApi, world: World, clock: Clock) -> None:
    [event] = world.sold(1)
    with world.crash("TransactWriteItems", 2):
        issue(api, quantity=110, stripe={"checkout_session": "cs_test_1"})
    assert world.issue(event) == ["evt_1"]  # not while the API may still be at it
    clock.forward(60)
    assert world.issue(event) == []
    assert len(world.keys("cs_test_1")) == len(minted(world)) == 110
    assert world.mails.sent == []


def test_a_license_key_that_collides_is_drawn_again(
    api: VendorApi, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([7, 7, 8])
    monkeypatch.setattr(secrets, "randbits", lambda _: next(drawn))
    assert licenses(issue(api))[0]["key"] != licenses(issue(api))[0]["key"]


def test_a_queue_that_does_not_answer_is_a_503_and_the_same_request_sends_again(
    api: VendorApi, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(queue_client.client(), operation="SendMessage"):
        answer = issue(api, "k1", send_email=True)
    assert (answer.status, answer.problem, answer.headers["retry-after"]) == (503, "retry-later", "2")
    assert "its e-mail or metadata is not queued" in answer.json["detail"]
    again = issue(api, "k1", send_email=True)
    assert (again.status, len(licenses(again)), len(minted(world))) == (200, 1, 1)
    work(world)
    assert len(world.mails.sent) == 1


def test_a_call_for_a_session_can_be_repeated_without_an_idempotency_key(
    api: VendorApi, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = {"checkout_session": "cs_test_1"}
    with failing(queue_client.client(), operation="SendMessage"):
        answer = issue(api, send_email=True, stripe=session)
    assert (answer.status, answer.problem) == (503, "retry-later")
    again = issue(api, send_email=True, stripe=session)
    assert (again.status, len(licenses(again)), len(minted(world))) == (200, 1, 1)
    work(world)
    assert len(world.mails.sent) == 1


def test_a_call_that_cannot_be_repeated_is_told_what_failed(
    api: VendorApi, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(queue_client.client(), operation="SendMessage"):
        answer = issue(api, send_email=True)
    assert answer.status == 201
    email = answer.json["order"]["effects"]["email"]
    assert (email["state"], "/resend" in email["reason"]) == ("failed", True)
    [license] = licenses(answer)
    assert api.get(f"/v1/licenses/{license['id']}").json["order"]["effects"]["email"] == email
    assert api.post(f"/v1/licenses/{license['id']}/resend").status == 200
    work(world)
    assert len(world.mails.sent) == 1


def test_it_reads_twice_and_writes_once(api: VendorApi, world: World) -> None:
    from integration.aws_calls import counted

    api.get("/v1/plans")  # the key's last use is noted
    with counted() as calls:
        issue(api, "k1", stripe={"payment_intent": "pi_1", "customer": "cus_1"})
    assert calls == ["BatchGetItem", "BatchGetItem", "BatchGetItem", "TransactWriteItems"]  # the first: the authorizer
    with counted() as calls:
        issue(api, "k1", stripe={"payment_intent": "pi_1", "customer": "cus_1"})
    assert calls == ["BatchGetItem", "BatchGetItem", "Query"]
