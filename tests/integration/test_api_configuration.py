"""Plans, mappings and API keys: what a vendor stores is what it reads, sells by, and what the audit log tells."""

from typing import Any

import pytest
from keystack.domain.audit_changes import changes_of
from keystack.storage.audit.entries import entries_of
from keystack.storage.mappings import api_keys as stored_keys
from keystack.storage.mappings import mappings as stored_mappings
from keystack.storage.mappings.mappings import mapping_that_grants
from keystack.storage.mappings.plans import load_plans

from integration.vendor_api import VendorApi, api_with
from integration.world import ORG, World

PLAN = {
    "name": "Pro",
    "kind": "fixed",
    "duration_days": 30,
    "seats": 3,
    "key_prefix": "PRO",
    "entitlements": {"export": True, "ratio": 1.5, "deep": {"list": [1, None]}},
}
GRANT = {"plan": "pro", "keys": "per_line", "seats": "plan", "min_quantity": None, "max_quantity": None}


def told(subject: str) -> list[tuple[str, str]]:
    """What the audit log tells of a subject, and who did it."""
    return [(entry["action"], entry["source"]) for entry in entries_of(ORG, subject)]


# ------------------------------------------------------------------ plans


def test_a_plan_reads_as_it_was_stored(api: VendorApi) -> None:
    answer = api.put("/v1/plans/new-plan", PLAN)
    assert (answer.status, answer.json) == (200, {"code": "new-plan", **PLAN})
    assert api.get("/v1/plans/new-plan").json == answer.json
    assert answer.json in api.every("/v1/plans", limit=2)
    assert load_plans(ORG, ["new-plan"])["new-plan"].seats == 3


def test_a_plan_has_its_defaults(api: VendorApi) -> None:
    answer = api.put("/v1/plans/small", {"name": "Small"}).json
    assert (answer["kind"], answer["seats"], answer["key_prefix"], answer["entitlements"]) == (
        "perpetual",
        1,
        "KEY",
        {},
    )


def test_changes_of_a_plan_are_in_the_audit_log_with_who_made_them(world: World) -> None:
    ada, bob = api_with("admin", name="Ada"), api_with("admin", name="Bob")
    ada.put("/v1/plans/new", PLAN)
    bob.put("/v1/plans/new", PLAN)  # changes nothing, so tells nothing
    bob.put("/v1/plans/new", {**PLAN, "seats": 4})
    ada.delete("/v1/plans/new")
    assert told("plan:new") == [("plan.created", "Ada"), ("plan.changed", "Bob"), ("plan.deleted", "Ada")]
    created, changed, deleted = (changes_of(each["action"], each["detail"]) for each in entries_of(ORG, "plan:new"))
    assert {each.before for each in created} == {None}
    assert changed == [("seats", 3, 4)]
    assert ("seats", 4, None) in deleted
    assert ("entitlements.ratio", 1.5, None) in deleted


def test_changes_of_a_mapping_tell_what_it_granted_before(world: World) -> None:
    ada = api_with("admin", name="Ada")
    ada.put("/v1/mappings/price_new", {"grants": [{"plan": "pro"}]})
    ada.put("/v1/mappings/price_new", {"grants": []})
    ada.delete("/v1/mappings/price_new")
    pro = [{"plan": "pro", "keys": "per_line", "seats": "plan"}]
    told = [changes_of(each["action"], each["detail"]) for each in entries_of(ORG, "mapping:price_new")]
    assert told == [[("grants", None, pro)], [("grants", pro, [])], [("grants", [], None)]]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"duration_days": None}, "needs duration_days"),
        ({"kind": "perpetual"}, "belongs to kind fixed only"),
        ({"seats": 0}, "seats"),
        ({"seats": True}, "seats"),
        ({"name": ""}, "name"),
        ({"key_prefix": "pro"}, "key_prefix"),
        ({"code": "other"}, "code"),
        ({"entitlements": {"x": "y" * 4_000}}, "at most 4,000"),
        ({"entitlements": []}, "entitlements"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(api: VendorApi, changed: dict[str, Any], sentence: str) -> None:
    answer = api.put("/v1/plans/new", {**PLAN, **changed})
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert sentence in answer.json["detail"]
    assert api.get("/v1/plans/new").status == 404


def test_a_plan_in_use_stays(api: VendorApi) -> None:
    refused = api.delete("/v1/plans/pro")
    assert (refused.status, refused.problem) == (409, "conflict")
    assert "price_pro_monthly" in refused.json["detail"]
    assert api.get("/v1/plans/pro").status == 200


def test_a_plan_goes_once_no_mapping_grants_it(api: VendorApi) -> None:
    api.put("/v1/plans/new", PLAN)
    api.put("/v1/mappings/prod_new", {"grants": [{"plan": "pro"}, {"plan": "new"}]})
    assert "prod_new" in api.delete("/v1/plans/new").json["detail"]
    api.put("/v1/mappings/prod_new", {"grants": []})
    answer = api.delete("/v1/plans/new")
    assert (answer.status, answer.text) == (204, "")
    assert api.get("/v1/plans/new").status == 404


def test_a_plan_that_is_mapped_while_it_is_deleted_stays(api: VendorApi, monkeypatch: pytest.MonkeyPatch) -> None:
    api.put("/v1/plans/new", PLAN)
    look, others = mapping_that_grants, [{"grants": [{"plan": "new"}]}]

    def mapped_after_we_looked(org: str, code: str) -> str | None:
        found = look(org, code)
        while others:
            assert api.put("/v1/mappings/price_late", others.pop()).status == 200
        return found

    monkeypatch.setattr(stored_mappings, "mapping_that_grants", mapped_after_we_looked)
    assert api.delete("/v1/plans/new").status == 409
    assert api.get("/v1/plans/new").status == 200


# --------------------------------------------------------------- mappings


def test_a_mapping_reads_as_it_was_stored_and_is_in_effect(api: VendorApi, world: World) -> None:
    body = {"grants": [{"plan": "pro", "keys": 2, "seats": "quantity", "min_quantity": 1, "max_quantity": 9}]}
    answer = api.put("/v1/mappings/price_new", body)
    assert (answer.status, answer.json) == (200, {"id": "price_new", **body})
    assert api.get("/v1/mappings/price_new").json == answer.json
    world.issue(*world.sold(1, price="price_new"))
    assert len(world.keys("cs_test_1")) == 2


def test_a_mapping_to_nothing_is_one(api: VendorApi) -> None:
    assert api.put("/v1/mappings/prod_shirt", {"grants": []}).json == {"id": "prod_shirt", "grants": []}


def test_the_plan_of_a_mapping_must_exist(api: VendorApi) -> None:
    answer = api.put("/v1/mappings/price_new", {"grants": [{"plan": "pro"}, {"plan": "nobody"}]})
    assert (answer.status, answer.problem) == (409, "conflict")
    assert "plan nobody, which does not exist" in answer.json["detail"]
    assert api.get("/v1/mappings/price_new").status == 404


def test_a_grant_of_no_quantity_is_refused(api: VendorApi) -> None:
    grant = {"plan": "pro", "min_quantity": 5, "max_quantity": 4}
    assert "min_quantity is above" in api.put("/v1/mappings/price_new", {"grants": [grant]}).json["detail"]


def test_changes_of_a_mapping_are_in_the_audit_log(api: VendorApi) -> None:
    bodies: list[dict[str, Any]] = [{"grants": [{"plan": "pro"}]}, {"grants": []}, {"grants": []}]
    for body in bodies:
        api.put("/v1/mappings/price_new", body)
    assert api.delete("/v1/mappings/price_new").status == 204
    assert api.delete("/v1/mappings/price_new").status == 404
    assert [action for action, _ in told("mapping:price_new")] == [
        "mapping.created",
        "mapping.changed",
        "mapping.deleted",
    ]


# --------------------------------------------------------------- api keys


def test_a_key_is_shown_once_and_works(api: VendorApi, world: World) -> None:
    made = api.post("/v1/api-keys", {"name": "shop", "scopes": ["read", "read"]})
    assert (made.status, made.headers["cache-control"]) == (201, "no-store")
    key = made.json.pop("key")
    shop = VendorApi(made.json["key"])
    assert shop.get("/v1/plans").status == 200
    assert shop.get("/v1/api-keys").status == 403
    listed = {each["id"]: each for each in api.every("/v1/api-keys", limit=1)}[made.json["id"]]
    assert (listed["name"], listed["scopes"]) == ("shop", ["read"])
    assert listed["created_at"].endswith("Z")
    assert listed["last_used_at"].endswith("Z")
    assert "key" not in listed
    assert key.split("_", 3)[3] not in str(world.items("MappingsTable") + world.items("AuditTable"))
    assert told(f"api_key:{made.json['id']}") == [("api_key.created", "tests")]


def test_a_deleted_key_is_refused(api: VendorApi) -> None:
    made = api.post("/v1/api-keys", {"name": "shop", "scopes": ["read"]}).json
    assert api.delete(f"/v1/api-keys/{made['id']}").status == 204
    assert VendorApi(made["key"]).get("/v1/plans").status == 403
    assert api.delete(f"/v1/api-keys/{made['id']}").status == 404
    assert [action for action, _ in told(f"api_key:{made['id']}")] == ["api_key.created", "api_key.deleted"]


def test_the_last_admin_key_stays(api: VendorApi) -> None:
    own = api.key.split("_")[2]
    assert api.delete("/v1/api-keys/first").status == 204
    api.post("/v1/api-keys", {"name": "shop", "scopes": ["read", "issue"]})
    refused = api.delete(f"/v1/api-keys/{own}")
    assert (refused.status, refused.problem) == (409, "conflict")
    assert "create another one first" in refused.json["detail"]
    assert api.get("/v1/api-keys").status == 200


def test_two_who_delete_each_others_key_do_not_both_succeed(api: VendorApi, monkeypatch: pytest.MonkeyPatch) -> None:
    own, look = api.key.split("_")[2], stored_keys.list_api_keys

    def deleted_after_we_looked(*how: Any) -> Any:
        page = look(*how)
        monkeypatch.setattr(stored_keys, "list_api_keys", look)
        assert VendorApi(api.key).delete("/v1/api-keys/first").status == 204
        return page

    monkeypatch.setattr(stored_keys, "list_api_keys", deleted_after_we_looked)
    assert api.delete(f"/v1/api-keys/{own}").status == 409
    assert api.get("/v1/api-keys").status == 200


@pytest.mark.parametrize("scopes", [[], ["root"], ["read"] * 4, "read", None])
def test_a_key_has_scopes_that_exist(api: VendorApi, scopes: Any) -> None:
    assert api.post("/v1/api-keys", {"name": "shop", "scopes": scopes}).status == 400
