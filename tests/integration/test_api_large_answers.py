"""Lambda takes back 6 MB: a list ends its page early, with a cursor, and nothing of it is lost."""

import json
from itertools import chain
from typing import Any

import pytest
from cursors import MAX_PAGE_BYTES
from keystack.domain.audit import Action, AuditEntry
from keystack.domain.deliveries import DeliveryStatus
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.deliveries import deliveries
from samples import purchase

from integration.aws_calls import counted
from integration.issued import ADA, issue, licenses
from integration.vendor_api import Answer, VendorApi
from integration.world import ORG, World
from local.stack.limits import MAX_ANSWER, json_bytes

# The largest metadata that a call of the API may bring. A face takes 14 bytes of an answer: two escapes of six, whose
# backslashes are escaped once more.
FACES = {f"{place:02}" + "\U0001f600" * 38: "\U0001f600" * 500 for place in range(50)}
LARGEST = json.dumps({"email": ADA, "plan": "pro", "metadata": FACES}, ensure_ascii=False).encode()


def carried(answer: Answer) -> int:
    """Measure an answer as Lambda does: a string in the JSON that the handler returns."""
    return json_bytes({"statusCode": answer.status, "headers": answer.headers, "body": answer.text})


def pages(api: VendorApi, path: str, **filters: Any) -> list[list[str]]:
    """Read a list to its end; returns the ids of each page."""
    found: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = api.get(path, limit=100, cursor=cursor, **filters)
        assert answer.status == 200, answer.text[:500]
        assert carried(answer) < MAX_ANSWER
        found.append([each.get("id") or each["code"] for each in answer.json["items"]])
        cursor = answer.json["cursor"]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("filters", [{}, {"status": "active"}, {"email": ADA}], ids=str)
def test_a_list_of_the_largest_orders_ends_its_pages_early(api: VendorApi, filters: dict[str, str]) -> None:
    issued = [licenses(api.call("POST", "/v1/issue", LARGEST))[0]["id"] for _ in range(25)]
    found = pages(api, "/v1/licenses", **filters)
    assert sorted(chain(*found)) == sorted(issued)
    assert [len(page) for page in found] == [11, 11, 3]  # 379 kB each


@pytest.mark.slow
def test_the_largest_order_alone_is_shown(api: VendorApi) -> None:
    [license] = licenses(api.call("POST", "/v1/issue", LARGEST))
    answer = api.get(f"/v1/licenses/{license['id']}")
    assert answer.json["order"]["metadata"] == FACES
    assert 350_000 < carried(answer) < 400_000


@pytest.mark.slow
def test_frozen_ones_of_one_large_order_too(api: VendorApi, world: World) -> None:
    body = json.dumps({**json.loads(LARGEST), "quantity": 25}, ensure_ascii=False).encode()
    issued = licenses(api.call("POST", "/v1/issue", body))
    for each in issued:
        assert api.post(f"/v1/licenses/{each['id']}/freeze").status == 200
    found = pages(api, "/v1/licenses", status="frozen")
    assert sorted(chain(*found)) == sorted(each["id"] for each in issued)
    assert max(len(page) for page in found) == 11


def test_a_page_has_one_item_at_least(api: VendorApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cursors.MAX_PAGE_BYTES", 1)
    plans = pages(api, "/v1/plans")
    assert [len(page) for page in plans] == [1] * len(plans)
    assert len(plans) > 2


@pytest.mark.parametrize("path", ["/v1/plans", "/v1/mappings", "/v1/api-keys", "/v1/audit", "/v1/deliveries"])
def test_every_list_ends_its_page_where_it_gets_too_large(
    api: VendorApi, world: World, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    for number in range(3):
        issue(api)
        api.put(f"/v1/plans/p{number}", {"name": "P"})
        api.put(f"/v1/mappings/price_{number}", {"grants": []})
        api.post("/v1/api-keys", {"name": "x", "scopes": ["read"]})
        deliveries.record(deliveries.Delivery(ORG, purchase(number), number, DeliveryStatus.FAILED, "why"), number)
    whole = pages(api, path)
    assert len(whole) == 1
    monkeypatch.setattr("cursors.MAX_PAGE_BYTES", 400)
    parts = pages(api, path)
    assert list(chain(*parts)) == whole[0]
    assert len(parts) > 1


@pytest.mark.slow
def test_the_reasons_of_a_hundred_deliveries_are_no_reason_to_fail(api: VendorApi) -> None:
    why = "\U0001f600" * 1_000
    for number in range(100):
        told = {"email": why, "metadata": why, "licenses": why, "fact": why}
        event = {**purchase(number), "id": f"evt_{number:03}"}
        deliveries.record(deliveries.Delivery(ORG, event, 1, DeliveryStatus.FAILED, why, told), 1)
    found = pages(api, "/v1/deliveries", status="failed")
    assert [len(page) for page in found] == [59, 41]  # 70 kB each
    assert len(set(chain(*found))) == 100


def test_entries_of_the_largest_plans_are_a_page_as_they_are(api: VendorApi) -> None:
    plan = {"name": "x" * 100, "entitlements": {"x": '"' * 1_990}}
    detail = {**plan, "entitlements": json.dumps(plan["entitlements"])}
    for number in range(100):
        entry = AuditEntry(f"{number}", Action.PLAN_CREATED, "plan:x", detail)
        dynamodb.write(put_entries(ORG, [entry], "a test"))
    assert [len(page) for page in pages(api, "/v1/audit", subject="plan:x", since="2026-01-01")] == [100]


def test_a_list_that_fits_is_read_once(api: VendorApi) -> None:
    api.get("/v1/plans")  # the key's last use is noted
    with counted() as calls:
        api.get("/v1/plans")
    assert calls == ["BatchGetItem", "Query"]  # the first: the authorizer


def test_a_body_is_measured_in_bytes(api: VendorApi) -> None:
    for letter, many, status in (("€", 90_000, 413), ("e", 261_000, 400), ("e", 262_200, 413)):
        body = json.dumps({"name": "P", "entitlements": {"x": letter * many}}, ensure_ascii=False).encode()
        assert api.call("PUT", "/v1/plans/p", body).status == status


def test_the_bound_leaves_room_for_headers_and_cursor() -> None:
    assert MAX_PAGE_BYTES + 1_000_000 < MAX_ANSWER
