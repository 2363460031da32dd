"""Licenses over the API: detail, lists, and what a person decides."""

from typing import Any

import pytest
from samples import purchase, stripe_event

from integration.aws_calls import counted
from integration.clock import Clock
from integration.issued import ADA, issue, licenses, messages, work
from integration.vendor_api import VendorApi, api_with
from integration.world import World


def ids(page: Any) -> list[str]:
    return [each["id"] for each in page]


def every(api: VendorApi, limit: int, **filters: Any) -> list[Any]:
    """Read a list to its end; with a filter a page may be empty and go on."""
    items: list[Any] = []
    cursor: str | None = ""
    seen: set[str] = set()
    while cursor is not None:
        assert cursor not in seen
        seen.add(cursor)
        answer = api.get("/v1/licenses", limit=limit, cursor=cursor, **filters)
        assert answer.status == 200, answer.text
        assert len(answer.json["items"]) <= limit
        items, cursor = items + answer.json["items"], answer.json["cursor"]
    assert len(set(ids(items))) == len(items)
    return items


def issued_in_turn(api: VendorApi, clock: Clock, count: int, **body: Any) -> list[str]:
    """Issue licenses a second apart; returns their ids, the newest first."""
    found = []
    for _ in range(count):
        clock.forward(1)
        found.append(licenses(issue(api, **body))[0]["id"])
    return found[::-1]


# -------------------------------------------------------------------- detail


def test_detail_tells_everything(api: VendorApi, world: World) -> None:
    [event] = world.sold(1)
    world.issue(event)
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_9", invoice="in_1"))
    [license] = world.licenses("cs_test_1")
    api.post(f"/v1/licenses/{license.id}/freeze", {"reason": "odd"})
    told = api.get(f"/v1/licenses/{license.id}").json
    assert (told["id"], told["key"], told["plan"], told["status"]) == (license.id, license.key, "pro", "frozen")
    assert [(hold["kind"], hold["reason"]) for hold in told["holds"]] == [
        ("refund", "charge ch_sampleBob was refunded in full"),
        ("person", "odd"),
    ]
    assert [(fact["fact"], fact["detail"]["by"]) for fact in told["facts"]] == [("held", "tests")]
    assert told["entitlements"] == api.get("/v1/plans/pro").json["entitlements"]
    order = told["order"]
    assert order["stripe"] == {
        "checkout_session": "cs_test_1",
        "payment_intent": None,
        "subscription": "sub_1",
        "invoice": "in_1",
        "customer": "cus_sampleAda",
    }
    assert [fact["fact"] for fact in order["facts"]] == ["paid", "refunded"]
    assert order["facts"][1]["detail"]["amount"] > 0
    assert {each["state"] for each in order["effects"].values()} == {"done"}
    assert order["facts"][0]["at"].endswith("Z")


def test_a_deleted_subscriptions_fact_tells_its_end_as_a_time(api: VendorApi, world: World) -> None:
    [license] = licenses(issue(api, livemode=False, stripe={"subscription": "sub_1"}))
    deleted = stripe_event("expirer.subscription_deleted")
    deleted["data"]["object"]["id"] = "sub_1"
    world.expire(deleted)
    told = api.get(f"/v1/licenses/{license['id']}").json
    [fact] = [each for each in told["order"]["facts"] if each["fact"] == "subscription_deleted"]
    assert fact["detail"] == {"subscription": "sub_1", "expires_at": told["expires_at"]}


def test_a_license_that_is_not_there(api: VendorApi) -> None:
    assert api.get("/v1/licenses/lic_nobodys").problem == "not-found"
    assert api.get("/v1/licenses/nobodys").problem == "invalid-request"
    for verb in ("freeze", "reactivate", "revoke", "resend"):
        assert api.post(f"/v1/licenses/lic_nobodys/{verb}").problem == "not-found"


# --------------------------------------------------------------------- lists


def test_the_newest_come_first_page_by_page(api: VendorApi, clock: Clock) -> None:
    expected = issued_in_turn(api, clock, 5)
    for limit in (1, 2, 5, 100):
        assert ids(every(api, limit)) == expected


def test_licenses_of_one_moment_are_all_listed(api: VendorApi) -> None:
    expected = set(ids(licenses(issue(api, quantity=7))))
    for limit in (1, 3, 7):
        assert set(ids(every(api, limit))) == expected


def test_an_item_of_a_list_is_the_detail(api: VendorApi) -> None:
    [license] = licenses(issue(api))
    assert api.get("/v1/licenses").json["items"] == [api.get(f"/v1/licenses/{license['id']}").json]


def test_a_customers_licenses_live_and_test_together(api: VendorApi, clock: Clock) -> None:
    issued_in_turn(api, clock, 2, email="bob@example.com")
    expected: list[str] = []
    for livemode in (True, False, True, False):
        expected = issued_in_turn(api, clock, 1, livemode=livemode) + expected
        issued_in_turn(api, clock, 1, email="eve@example.com")
    for limit in (1, 2, 3, 50):
        assert ids(every(api, limit, email="  Ada@EXAMPLE.com ")) == expected
    assert every(api, 5, email="nobody@example.com") == []
    assert len(every(api, 5, email="bob@example.com")) == 2


def test_each_status_lists_its_own(api: VendorApi, world: World, clock: Clock) -> None:
    active, frozen, revoked = issued_in_turn(api, clock, 3)
    api.post(f"/v1/licenses/{frozen}/freeze")
    api.post(f"/v1/licenses/{revoked}/revoke")
    world.configure(plans=[{"code": "day", "kind": "fixed", "duration_days": 1}])
    [expired] = issued_in_turn(api, clock, 1, plan="day")
    clock.forward(90_000)
    for status, one in (("active", active), ("frozen", frozen), ("revoked", revoked), ("expired", expired)):
        for filters in ({}, {"email": ADA}):
            for limit in (1, 50):
                found = every(api, limit, status=status, **filters)
                assert (ids(found), {each["status"] for each in found}) == ([one], {status})


@pytest.mark.slow
def test_a_filtered_page_looks_at_a_bounded_number(api: VendorApi, clock: Clock) -> None:
    [oldest] = licenses(issue(api))
    api.post(f"/v1/licenses/{oldest['id']}/revoke")
    clock.forward(1)
    issue(api, quantity=250)
    page = api.get("/v1/licenses", status="revoked").json
    assert (page["items"], bool(page["cursor"])) == ([], True)
    with counted() as calls:
        assert ids(every(api, 50, status="revoked")) == [oldest["id"]]
    assert calls.count("Query") == 3
    assert "Scan" not in calls


@pytest.mark.slow
def test_the_frozen_ones_of_orders_and_single_ones(api: VendorApi, world: World, clock: Clock) -> None:
    order = licenses(issue(api, quantity=120, livemode=False, stripe={"payment_intent": "pi_1"}))
    single, decided = issued_in_turn(api, clock, 2)
    api.post(f"/v1/licenses/{single}/freeze")
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_1", created=1_700_000_000))
    # Given one of the order's that is held by itself too, one that is reactivated, one that is revoked
    api.post(f"/v1/licenses/{order[0]['id']}/freeze")
    api.post(f"/v1/licenses/{order[1]['id']}/reactivate")
    api.post(f"/v1/licenses/{order[2]['id']}/revoke")
    api.post(f"/v1/licenses/{decided}/freeze")
    api.post(f"/v1/licenses/{decided}/reactivate")
    expected = {single, *ids(order)} - {order[1]["id"], order[2]["id"]}
    for limit in (7, 100):
        found = every(api, limit, status="frozen")
        assert (len(found), set(ids(found))) == (len(expected), expected)
        assert found[0]["id"] == single  # its hold is the newest


def test_a_page_of_frozen_ones_may_be_empty_and_go_on(api: VendorApi, world: World, monkeypatch: Any) -> None:
    """Each was frozen by itself, then all by a refund: the index names an order and its three, in two parts of two."""
    monkeypatch.setattr("keystack.management.lists.LOOKED_AT", 2)
    order = licenses(issue(api, quantity=3, livemode=False, stripe={"payment_intent": "pi_1"}))
    for each in order:
        api.post(f"/v1/licenses/{each['id']}/freeze")
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_1", created=4_000_000_000))
    assert sorted(ids(every(api, 2, status="frozen"))) == sorted(ids(order))


def test_one_frozen_again_after_its_whole_order_was_decided_about(api: VendorApi, world: World) -> None:
    [license] = licenses(issue(api, livemode=False, stripe={"payment_intent": "pi_1"}))
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_1"))
    api.post(f"/v1/licenses/{license['id']}/reactivate")
    assert every(api, 5, status="frozen") == []
    api.post(f"/v1/licenses/{license['id']}/freeze")
    assert ids(every(api, 5, status="frozen")) == [license["id"]]


def test_a_list_is_few_calls(api: VendorApi) -> None:
    issue(api, quantity=30)
    with counted() as calls:
        api.get("/v1/licenses", limit=20)
    assert calls == ["BatchGetItem", "Query", "BatchGetItem", "BatchGetItem"]  # the first: the authorizer


@pytest.mark.parametrize("query", [{"status": "odd"}, {"status": ""}, {"email": "x" * 255}, {"plan": "pro"}])
def test_a_filter_that_does_not_fit(api: VendorApi, query: dict[str, Any]) -> None:
    assert api.get("/v1/licenses", **query).problem == "invalid-request"


def test_a_cursor_is_good_for_its_filters_only(api: VendorApi, clock: Clock) -> None:
    issued_in_turn(api, clock, 3)
    cursor = api.get("/v1/licenses", limit=1).json["cursor"]
    for filters in ({"status": "active"}, {"email": ADA}):
        assert api.get("/v1/licenses", limit=1, cursor=cursor, **filters).problem == "invalid-request"


# ----------------------------------------------------------------- decisions


def test_freeze_reactivate_revoke_each_audited(api: VendorApi, world: World) -> None:
    [license] = licenses(issue(api))
    place = f"/v1/licenses/{license['id']}"
    admin = api_with("admin", name="Grace")
    assert admin.post(f"{place}/freeze", {"reason": "chargeback call"}).json["status"] == "frozen"
    assert admin.post(f"{place}/reactivate", {}).json["status"] == "active"
    assert admin.post(f"{place}/revoke").json["status"] == "revoked"
    entries = sorted(
        (item for item in world.items("AuditTable") if "license" in item["detail"]), key=lambda item: item["at"]
    )
    assert [(each["action"], each["source"], each["detail"]["reason"]) for each in entries] == [
        ("license.frozen", "Grace", "chargeback call"),
        ("license.reactivated", "Grace", ""),
        ("license.revoked", "Grace", ""),
    ]


def test_what_the_state_does_not_allow(api: VendorApi) -> None:
    [license] = licenses(issue(api))
    place = f"/v1/licenses/{license['id']}"
    answer = api.post(f"{place}/reactivate")
    assert (answer.problem, "not frozen" in answer.json["detail"]) == ("conflict", True)
    api.post(f"{place}/freeze", {"reason": "odd"})
    assert "frozen already (odd)" in api.post(f"{place}/freeze").json["detail"]
    api.post(f"{place}/revoke")
    for verb in ("freeze", "reactivate", "revoke"):
        answer = api.post(f"{place}/{verb}")
        assert (answer.status, "revoked, which is final" in answer.json["detail"]) == (409, True)


@pytest.mark.parametrize("body", [{"reason": "x" * 501}, {"reason": 5}, {"because": "x"}])
def test_a_reason_that_does_not_fit(api: VendorApi, body: dict[str, Any]) -> None:
    [license] = licenses(issue(api))
    assert api.post(f"/v1/licenses/{license['id']}/freeze", body).problem == "invalid-request"
    assert api.get(f"/v1/licenses/{license['id']}").json["status"] == "active"


# -------------------------------------------------------------------- resend


def test_resend_sends_the_email_once_more_each_time(api: VendorApi, world: World) -> None:
    [event] = world.sold(1)
    world.issue(event)
    [license] = world.licenses("cs_test_1")
    for sent in (2, 3):
        answer = api.post(f"/v1/licenses/{license.id}/resend", {"reason": "lost it"})
        assert (answer.status, answer.json["order"]["effects"]["email"]["state"]) == (200, "pending")
        [delivery] = work(world)
        assert (len(world.mails.sent), world.delivery(delivery)["status"]) == (sent, "succeeded")
    assert license.key in world.mails.texts()[-1]
    assert api.get(f"/v1/licenses/{license.id}").json["order"]["effects"]["email"]["state"] == "done"
    entries = [item for item in world.items("AuditTable") if item["action"] == "email.requested"]
    assert [(each["source"], each["detail"]["reason"]) for each in entries] == [("tests", "lost it")] * 2
    assert len([each for each in world.stripe.requests if each["method"] == "POST"]) == 1  # the metadata stays


def test_resend_is_refused_when_nothing_would_be_sent(api: VendorApi, world: World) -> None:
    event = purchase(1, customer=None, customer_details=None, customer_email=None)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    [without] = world.licenses("cs_test_1")
    answer = api.post(f"/v1/licenses/{without.id}/resend")
    assert (answer.problem, "has no e-mail address" in answer.json["detail"]) == ("conflict", True)
    [license] = licenses(issue(api))
    for verb, status in (("freeze", "frozen"), ("revoke", "revoked")):
        api.post(f"/v1/licenses/{license['id']}/{verb}")
        answer = api.post(f"/v1/licenses/{license['id']}/resend")
        assert (answer.problem, f"it is {status}" in answer.json["detail"]) == ("conflict", True)
    assert messages() == []


def test_resend_waits_for_an_email_that_is_being_sent(api: VendorApi, world: World) -> None:
    [event] = world.sold(1)
    answers: list[Any] = []

    def meanwhile() -> None:
        [license] = world.licenses("cs_test_1")
        answers.append(api.post(f"/v1/licenses/{license.id}/resend"))

    world.stripe.once("POST", "/v1/customers", meanwhile)
    world.issue(event)
    assert (answers[0].status, answers[0].problem) == (503, "retry-later")
    assert (len(world.mails.sent), messages()) == (1, [])


def test_resend_and_a_refund_at_the_same_moment(api: VendorApi, world: World) -> None:
    [license] = licenses(issue(api, livemode=False, stripe={"payment_intent": "pi_1"}))
    raced = [lambda: world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_1"))]
    with world.before("TransactWriteItems", lambda: raced.pop()() if raced else None):
        answer = api.post(f"/v1/licenses/{license['id']}/resend")
    assert (answer.problem, messages()) == ("conflict", [])


# ------------------------------------------------------------------- tenants


@pytest.fixture
def other(api: VendorApi, world: World) -> VendorApi:
    world.configure(org="acme-2")
    return api_with("admin", org="acme-2")


def test_nobody_sees_or_touches_anothers_licenses(api: VendorApi, other: VendorApi, world: World, clock: Clock) -> None:
    mine = issued_in_turn(api, clock, 3, send_email=True)
    work(world)
    before = world.items("LicensesTable"), world.items("AuditTable")
    for filters in ({}, {"email": ADA}, {"status": "active"}, {"status": "frozen"}):
        assert every(other, 2, **filters) == []
    for license in mine:
        assert other.get(f"/v1/licenses/{license}").status == 404
        for verb in ("freeze", "reactivate", "revoke", "resend"):
            assert other.post(f"/v1/licenses/{license}/{verb}").status == 404
    cursor = api.get("/v1/licenses", limit=1).json["cursor"]
    assert other.get("/v1/licenses", limit=1, cursor=cursor).status == 400
    assert (world.items("LicensesTable"), world.items("AuditTable")) == before
    assert (messages(), len(world.mails.sent)) == ([], 3)


@pytest.mark.parametrize(
    "after", ["", "#", "~", "2999-01-01T00:00:00Z#lic_x", "1@~", "@", "x@y", "99999@~", "-1@~", "é"]
)
@pytest.mark.parametrize("filters", [{}, {"email": ADA}, {"status": "frozen"}, {"status": "active"}])
def test_a_forged_cursor_reads_nothing_but_ones_own(
    api: VendorApi, other: VendorApi, after: str, filters: dict[str, str]
) -> None:
    from keystack.web.cursors import cursor_after

    [license] = licenses(issue(api))
    api.post(f"/v1/licenses/{license['id']}/freeze")
    listing = f"licenses\n{filters.get('status')}\n{filters.get('email', '')}"
    answer = other.get("/v1/licenses", cursor=cursor_after("acme-2", listing, after), **filters)
    assert answer.status in (200, 400)
    assert answer.json.get("items", []) == []
