"""A preview says what would be minted, and mints nothing."""

import os
import subprocess
import sys
from typing import Any

import pytest
from samples import purchase
from template import ROOT

from integration.stand_ins import error
from integration.vendor_api import Answer, VendorApi, api_with
from integration.world import World


def preview(api: VendorApi, **body: Any) -> Answer:
    return api.post("/v1/mappings/preview", body)


def lines(api: VendorApi, *items: dict[str, Any]) -> list[dict[str, Any]]:
    answer = preview(api, line_items=list(items))
    assert answer.status == 200, answer.text
    return list(answer.json["lines"])


def test_each_line_says_what_it_would_earn(api: VendorApi) -> None:
    answer = preview(
        api,
        line_items=[
            {"price": "price_bundle"},
            {"price": "price_pro_lifetime", "quantity": 3},
            {"price": "price_team", "quantity": 7},
            {"price": "price_new", "product": "prod_any_seat", "quantity": 12},
            {"price": "price_tshirt"},
        ],
    ).json
    assert [each["awards"] for each in answer["lines"]] == [
        [{"plan": "lifetime", "count": 1, "seats": 1}, {"plan": "assets", "count": 1, "seats": 1}],
        [{"plan": "lifetime", "count": 3, "seats": 1}],
        [{"plan": "team", "count": 1, "seats": 7}],
        [{"plan": "team", "count": 1, "seats": 100}],
        [],
    ]
    assert (answer["licenses"], answer["reason"]) == (7, None)
    assert {(each["reason"], each["minted"], each["id"]) for each in answer["lines"]} == {(None, False, None)}


def test_a_line_that_would_wait_says_why(api: VendorApi) -> None:
    told = lines(api, {"price": "price_new"}, {"product": "prod_new"}, {}, {"price": "price_pro_monthly"})
    assert [each["reason"] for each in told] == [
        "price price_new is not mapped to a plan: map it",
        "product prod_new is not mapped to a plan: map it",
        "line item line 3 has neither price nor product, so no mapping can apply: issue its license by hand",
        None,
    ]
    assert [each["awards"] for each in told[:3]] == [[], [], []]


def test_an_order_that_would_be_too_large_says_so(api: VendorApi) -> None:
    answer = preview(api, line_items=[{"price": "price_pro_lifetime", "quantity": 1_001}]).json
    assert answer["licenses"] == 1_001
    assert answer["reason"].endswith(
        "the limit is 1000: change the mapping to fewer keys (one key with many seats, for example)"
    )


def test_a_changed_mapping_is_seen_at_once(api: VendorApi) -> None:
    api.put("/v1/mappings/price_new", {"grants": [{"plan": "pro", "keys": 2}]})
    assert lines(api, {"price": "price_new"})[0]["awards"] == [{"plan": "pro", "count": 2, "seats": 1}]


def test_a_session_is_read_from_stripe_and_nothing_is_minted(api: VendorApi, world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_lifetime", 2), ("price_new", 1), (None, 1))
    before = {table: world.items(table) for table in ("LicensesTable", "AuditTable", "DeliveriesTable")}
    answer = preview(api, checkout_session="cs_test_1").json
    assert [(each["id"], each["price"], each["product"], each["quantity"]) for each in answer["lines"]] == [
        ("li_cs_test_1_0001", "price_pro_lifetime", "prod_1", 2),
        ("li_cs_test_1_0002", "price_new", "prod_1", 1),
        ("li_cs_test_1_0003", None, None, 1),
    ]
    assert (answer["licenses"], [bool(each["reason"]) for each in answer["lines"]]) == (2, [False, True, True])
    assert {table: world.items(table) for table in before} == before
    world.issue(event)
    assert len(world.keys("cs_test_1")) == answer["licenses"]


def test_a_line_that_is_minted_keeps_what_it_earned(api: VendorApi, world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1), ("price_new", 1))
    world.issue(event)
    api.put("/v1/mappings/price_pro_monthly", {"grants": [{"plan": "team", "keys": 5}]})
    api.put("/v1/mappings/price_new", {"grants": [{"plan": "lifetime"}]})
    told = preview(api, checkout_session="cs_test_1").json["lines"]
    assert [(each["minted"], each["awards"][0]["plan"]) for each in told] == [(True, "pro"), (False, "lifetime")]


def test_a_session_that_stripe_does_not_have_is_a_conflict(api: VendorApi) -> None:
    answer = preview(api, checkout_session="cs_test_nobody")
    assert (answer.status, answer.problem) == (409, "conflict")
    assert "no Checkout Session cs_test_nobody" in answer.json["detail"]


def test_a_session_of_a_mode_without_key_says_which_key_to_store(api: VendorApi) -> None:
    answer = preview(api, checkout_session="cs_live_1")
    assert (answer.status, answer.problem) == (409, "action-needed")
    assert "no Stripe key for live mode" in answer.json["detail"]


@pytest.mark.parametrize(("status", "answered"), [(403, 409), (401, 409), (429, 503), (500, 503)])
def test_what_goes_wrong_with_stripe_is_told(api: VendorApi, world: World, status: int, answered: int) -> None:
    world.stripe.fails("GET", "/v1/checkout", error(status, "Having the 'rak_checkout_session_read' permission would"))
    assert preview(api, checkout_session="cs_test_1").status == answered


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "exactly one"),
        ({"checkout_session": None}, "exactly one"),
        ({"checkout_session": "cs_test_1", "line_items": [{"price": "price_1"}]}, "exactly one"),
        ({"checkout_session": "pi_1"}, "checkout_session"),
        ({"checkout_session": "cs_test_../../customers"}, "checkout_session"),
        ({"line_items": []}, "line_items"),
        ({"line_items": [{"price": "price_1"}] * 101}, "line_items"),
        ({"line_items": [{"price": "a b"}]}, "line_items.0.price"),
        ({"line_items": [{"price": "price_1", "quantity": -1}]}, "line_items.0.quantity"),
        ({"line_items": [{"price": "price_1", "plan": "pro"}]}, "line_items.0.plan"),
    ],
)
def test_what_does_not_fit_is_refused(api: VendorApi, body: dict[str, Any], told: str) -> None:
    answer = preview(api, **body)
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert told in answer.json["detail"]


def test_each_organization_previews_its_own_mappings(api: VendorApi, world: World) -> None:
    world.configure(
        org="acme-2", plans=[{"code": "theirs"}], mappings={"price_theirs": {"grants": [{"plan": "theirs"}]}}
    )
    other = api_with("read", org="acme-2")
    assert lines(other, {"price": "price_theirs"})[0]["awards"]
    assert lines(api, {"price": "price_theirs"})[0]["awards"] == []


def test_stripes_library_is_imported_only_when_it_is_asked() -> None:
    """It takes as long to import as everything else together, and nearly no request needs it."""
    paths = ["functions/api", "layers/keystack"]
    code = "import sys, api; sys.exit(any(m == 'stripe' or m.startswith(('stripe.', 'jinja2')) for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        env={**os.environ, "PYTHONPATH": ":".join(str(ROOT / p) for p in paths)},
    )
    assert done.returncode == 0
