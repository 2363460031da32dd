"""The audit log: newest first, across months, by subject; and nobody else's."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from keystack.domain import decisions as verbs
from keystack.domain.audit import Action, AuditEntry
from keystack.management import decide
from keystack.storage import dynamodb
from keystack.storage.audit import lists
from keystack.storage.audit.entries import put_entries
from keystack.web.cursors import cursor_after
from samples import purchase, stripe_event

from integration.vendor_api import VendorApi, api_with
from integration.world import ORG, World

DAY = 86_400


@pytest.fixture
def told(api: VendorApi, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put an entry into the log as if it had happened at that time."""

    def tell(at: str, identity: str, subject: str = "cs_1", org: str = ORG, **detail: Any) -> str:
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: moment)
            dynamodb.write(put_entries(org, [AuditEntry(identity, Action.ORDER_CREATED, subject, detail)], "evt_1"))
        return identity

    return tell


def every(api: VendorApi, limit: int = 50, **query: Any) -> list[str]:
    """Read to the end; the ids."""
    return [each["id"] for each in entries(api, limit, **query)]


def entries(api: VendorApi, limit: int = 50, **query: Any) -> list[Any]:
    items: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get("/v1/audit", limit=limit, cursor=cursor, **query)
        assert page.status == 200, page.text
        assert len(page.json["items"]) <= limit
        items, cursor = items + page.json["items"], page.json["cursor"]
    return items


def test_what_happened_is_told_with_who_and_when(api: VendorApi, world: World) -> None:
    world.issue(*world.sold(1))
    answer = entries(api, subject="cs_test_1")
    assert len(answer) == 1
    assert datetime.now(UTC).timestamp() - datetime.fromisoformat(answer[0].pop("at")).timestamp() < 10
    assert answer[0].pop("id")
    assert answer[0] == {
        "action": "order.created",
        "subject": "cs_test_1",
        "license": None,
        "source": "evt_1",
        "livemode": False,
        "detail": {"licenses": 1, "livemode": False},
    }


def test_a_change_of_the_configuration_is_told_too(world: World) -> None:
    ada = api_with("admin", name="Ada")
    ada.put("/v1/mappings/price_new", {"grants": [{"plan": "pro"}]})
    [entry] = entries(ada, subject="mapping:price_new")
    assert (entry["action"], entry["source"], entry["detail"]["by"]) == ("mapping.created", "Ada", "Ada")
    assert entry["id"] in every(ada)


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_the_list_goes_on_across_months_and_through_empty_ones(api: VendorApi, told: Any, limit: int) -> None:
    ids = [
        told("2025-02-01T00:00:00", "a"),
        told("2025-02-28T23:59:59.999", "b"),
        told("2025-03-01T00:00:00", "c"),
        told("2025-12-31T23:59:59.999", "d"),
        told("2026-01-01T00:00:00", "e"),
        told("2026-01-15T12:00:00", "f"),
    ]
    window: dict[str, Any] = {"since": "2025-02-01", "until": "2026-02-01T00:00:00Z"}
    assert every(api, limit, **window) == ids[::-1]
    assert every(api, limit, subject="cs_1", **window) == ids[::-1]


@pytest.mark.parametrize("query", [{}, {"subject": "cs_1"}])
def test_since_is_included_and_until_is_not(api: VendorApi, told: Any, query: dict[str, Any]) -> None:
    for number, at in enumerate(["09:59:59.999", "10:00:00.000", "10:59:59.999", "11:00:00.000"]):
        told(f"2026-01-15T{at}", str(number))
    for since, until in (
        ("2026-01-15T10:00:00Z", "2026-01-15T11:00:00Z"),
        ("2026-01-15T12:00:00+02:00", "2026-01-15T06:00:00-05:00"),
        ("2026-01-15T10:00:00", "2026-01-15 11:00:00"),
    ):
        assert every(api, 1, since=since, until=until, **query) == ["2", "1"]
    assert every(api, since="2026-01-15T11:00:00Z", until="2026-01-15T10:00:00Z", **query) == []


def test_the_last_90_days_are_listed_when_nobody_says_since_when(api: VendorApi, told: Any) -> None:
    now = time.time()
    for days in (100, 91, 89, 1):
        told(datetime.fromtimestamp(now - days * DAY, UTC).isoformat(), f"-{days}")
    listed = [each for each in every(api) if each.startswith("-")]
    assert listed == ["-1", "-89"]


def test_a_year_of_nothing_is_read_in_bounded_steps(api: VendorApi, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PARTS", 3)
    told("2025-01-01T00:00:00", "first")
    window: dict[str, Any] = {"since": "1970-01-01", "until": "2026-02-01"}
    page = api.get("/v1/audit", **window).json
    assert (page["items"], bool(page["cursor"])) == ([], True)
    assert every(api, **window) == ["first"]


def test_times_far_away_cost_nothing(api: VendorApi, told: Any) -> None:
    page = api.get("/v1/audit", since="1970-01-01", until="9999-12-31T23:59:59Z", subject="cs_nobody").json
    assert page == {"items": [], "cursor": None}
    assert api.get("/v1/audit", since="9000-01-01").json == {"items": [], "cursor": None}


def test_entries_of_one_moment_keep_their_order(api: VendorApi, monkeypatch: pytest.MonkeyPatch) -> None:
    new = [AuditEntry(identity, Action.ORDER_CREATED, "cs_1") for identity in ("z", "a", "m")]
    dynamodb.write(put_entries(ORG, new, "evt_1"))
    assert every(api, 1, subject="cs_1") == ["m", "a", "z"]


# ----------------------------------------------------------------- licenses


def test_a_licenses_history_is_its_orders_without_what_was_about_the_others(api: VendorApi, world: World) -> None:
    event = purchase(1, "issuer.payment_paid", id="cs_test_1", payment_intent="pi_1")
    world.stripe.sell(event, ("price_pro_lifetime", 2))
    world.issue(event)
    one, two = (each.id for each in world.licenses("cs_test_1"))
    decide.decide(ORG, one, verbs.freeze, "Ada", "asked", int(time.time()))
    decide.decide(ORG, two, verbs.revoke, "Ada", "abuse", int(time.time()))
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_1"))
    told = {who: [each["action"] for each in entries(api, 1, subject=who)] for who in (one, two, "cs_test_1")}
    assert told[one] == ["refund.recorded", "license.frozen", "order.created"]
    assert told[two] == ["refund.recorded", "license.revoked", "order.created"]
    assert len(told["cs_test_1"]) == 4
    assert [each["license"] for each in entries(api, subject=two)] == [None, two, None]


def test_a_license_that_nobody_has_has_no_history(api: VendorApi) -> None:
    assert entries(api, subject="lic_nobody") == []


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"since": "yesterday"}, "since: must be a time in ISO 8601"),
        ({"since": "2026-01-15T12:00:00 02:00"}, "a + is written %2B"),
        ({"since": "1767225600"}, "since: must be a time"),
        ({"since": ""}, "since: must be a time"),
        ({"until": "2026-13-01"}, "until"),
        ({"since": "0001-01-01"}, "since: must be a time"),
        ({"until": "9999-12-31T23:59:59-10:00"}, "until: must be a time"),
        ({"subject": "x" * 301}, "subject"),
        ({"action": "order.created"}, "'action' is not a parameter"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_what_does_not_fit_is_refused(api: VendorApi, query: dict[str, Any], told: str) -> None:
    answer = api.get("/v1/audit", **query)
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert told in answer.json["detail"]


# ------------------------------------------------------------------- tenants


@pytest.fixture
def other(api: VendorApi, world: World, told: Any) -> VendorApi:
    """Another organization, with an order of the same id as one of ours."""
    world.configure(org="acme-2")
    told("2026-01-15T12:00:00", "ours")
    for number in range(3):
        told(f"2026-01-15T12:00:0{number}", f"theirs-{number}", org="acme-2")
    return api_with("admin", org="acme-2")


def test_each_sees_its_own(api: VendorApi, other: VendorApi) -> None:
    for query in ({}, {"subject": "cs_1"}):
        assert every(api, 1, since="2026-01-01", until="2026-02-01", **query) == ["ours"]
    assert every(other, 1, since="2026-01-01", until="2026-02-01") == ["theirs-2", "theirs-1", "theirs-0"]


def test_anothers_license_has_no_history_here(api: VendorApi, other: VendorApi, world: World) -> None:
    world.issue(*world.sold(1))
    [license] = world.licenses("cs_test_1")
    assert len(entries(api, subject=license.id)) == 1
    assert entries(other, subject=license.id) == []


def test_a_cursor_is_good_for_its_organization_and_filters_only(api: VendorApi, other: VendorApi) -> None:
    window: dict[str, Any] = {"since": "2026-01-01", "until": "2026-02-01"}
    cursor = other.get("/v1/audit", limit=1, **window).json["cursor"]
    assert other.get("/v1/audit", cursor=cursor, **window).status == 200
    assert api.get("/v1/audit", cursor=cursor, **window).status == 400
    assert other.get("/v1/audit", cursor=cursor).status == 400
    assert other.get("/v1/audit", cursor=cursor, subject="cs_1", **window).status == 400


@pytest.mark.parametrize(
    "after",
    ["", "\x00", "zzz", "2026-01", "2026-01~", "2026-01-15T12:00:01.000Z#00theirs-1", "2026-99-01", "9999-12", "é"],
)
@pytest.mark.parametrize("subject", ["", "cs_1"])
def test_a_forged_cursor_reads_nothing_but_ones_own(api: VendorApi, other: VendorApi, subject: str, after: str) -> None:
    since = "2026-01-01T00:00:00+00:00"
    cursor = cursor_after(ORG, "\n".join(("audit", since, "", subject)), after)
    answer = api.get("/v1/audit", since=since, subject=subject, cursor=cursor)
    assert answer.status in (200, 400)
    assert not any(each["id"].startswith("theirs") for each in answer.json.get("items", []))
    if after.startswith("2026-01-15"):
        assert [each["id"] for each in answer.json["items"]] == ["ours"]
