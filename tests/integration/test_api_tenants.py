"""No organization sees or touches another's, by any id or cursor; and lists come in pages."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from keystack.storage import dynamodb
from keystack.web.cursors import cursor_after

from integration.aws_calls import hooked
from integration.vendor_api import VendorApi, api_with
from integration.world import World

LISTS = ("/v1/plans", "/v1/mappings", "/v1/api-keys")


@pytest.fixture
def other(api: VendorApi, world: World) -> VendorApi:
    """Another organization's API, with a plan, a mapping and keys of its own."""
    world.configure(
        org="acme-2",
        plans=[{"code": "theirs"}, {"code": "pro"}, {"code": "zeta"}],
        mappings={"price_theirs": {"grants": [{"plan": "theirs"}]}, "prod_theirs": {"grants": []}},
    )
    return api_with("admin", org="acme-2")


def test_each_sees_its_own(api: VendorApi, other: VendorApi) -> None:
    assert [each["code"] for each in other.every("/v1/plans", 2)] == ["pro", "theirs", "zeta"]
    assert [each["id"] for each in other.every("/v1/mappings", 1)] == ["price_theirs", "prod_theirs"]
    assert "theirs" not in str([api.every(path, 2) for path in LISTS])
    ids = [{each["id"] for each in who.every("/v1/api-keys", 1)} - {"first"} for who in (api, other)]
    assert ids[0].isdisjoint(ids[1])


def test_nobody_reads_or_deletes_what_is_anothers(api: VendorApi, other: VendorApi) -> None:
    key = other.key.split("_")[2]
    for path in ("/v1/plans/theirs", "/v1/mappings/price_theirs", f"/v1/api-keys/{key}"):
        assert api.delete(path).status == 404
    for path in ("/v1/plans/theirs", "/v1/mappings/price_theirs"):
        assert api.get(path).status == 404
        assert other.get(path).status == 200
    assert api.put("/v1/mappings/price_mine", {"grants": [{"plan": "theirs"}]}).status == 409


def test_storing_under_the_same_name_leaves_anothers_alone(api: VendorApi, other: VendorApi) -> None:
    before = other.get("/v1/plans/pro").json
    api.put("/v1/plans/pro", {"name": "Mine"})
    assert other.get("/v1/plans/pro").json == before


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_is_good_for_its_organization_and_list_only(api: VendorApi, other: VendorApi, path: str) -> None:
    cursor = other.get(path, limit=1).json["cursor"]
    assert cursor
    assert api.get(path, cursor=cursor).problem == "invalid-request"
    for elsewhere in set(LISTS) - {path}:
        assert other.get(elsewhere, cursor=cursor).status == 400
    for tampered in (cursor[:-1], cursor + "A", "A" + cursor, cursor.swapcase()):
        assert other.get(path, cursor=tampered).status == 400


@pytest.mark.parametrize("after", ["", "APIKEY#", "#", "\x00", "zzz", "acme-2#PLAN#theirs", "price_", "prod_z", "é"])
@pytest.mark.parametrize("path", LISTS)
def test_a_forged_cursor_reads_nothing_but_ones_own(api: VendorApi, other: VendorApi, path: str, after: str) -> None:
    answer = api.get(path, cursor=cursor_after("acme", path.removeprefix("/v1/"), after))
    assert answer.status in (200, 400)
    own = api.every(path, 100)
    assert all(each in own for each in answer.json.get("items", []))


def test_a_cursor_tells_no_more_than_the_last_items_name(api: VendorApi) -> None:
    cursor = api.get("/v1/plans", limit=1).json["cursor"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert raw[9:].decode() == api.get("/v1/plans", limit=1).json["items"][0]["code"]


@pytest.mark.parametrize("path", LISTS)
def test_a_page_is_one_query_and_the_last_one_says_so(api: VendorApi, path: str) -> None:
    every = api.every(path, 100)
    assert api.every(path, 1) == every
    with queries() as asked:
        page = api.get(path, limit=len(every)).json
    assert (len(page["items"]), page["cursor"], asked) == (len(every), None, ["Query"])


@contextmanager
def queries() -> Iterator[list[str]]:
    """Name what DynamoDB is asked for lists."""
    asked: list[str] = []

    def note(operation: str, _: object) -> None:
        if operation in ("Query", "Scan"):
            asked.append(operation)

    with hooked(dynamodb.client(), before=note):
        yield asked
