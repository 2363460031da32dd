"""The operator creates an organization with one document: all of it is checked before any of it is written."""

from typing import Any

import pytest
from invocations import Context
from keystack.storage import secrets
from keystack.storage.audit.entries import entries_of
from keystack.storage.mappings import existence
from keystack.storage.mappings.organizations import load_organization
from keystack.storage.mappings.plans import load_plans
from samples import request, sample, signature

from integration.aws import Cloud, client, function
from integration.vendor_api import VendorApi
from integration.world import ORG, World


def configure(**changed: Any) -> dict[str, Any]:
    answer: dict[str, Any] = function("organizations").handler(
        {**sample("organizations"), "org": ORG, **changed}, Context()
    )
    return answer


def test_the_sample_creates_organization_secrets_and_first_key(aws: Cloud) -> None:
    answer = configure()
    assert answer["webhook_url"].endswith("/v1/webhooks/stripe/acme")
    assert answer["api_key"].startswith("ks_acme_first_")
    organization = load_organization(ORG)
    assert (organization.name, organization.branding.from_address) == ("Acme Inc.", "licenses@acme.example")
    assert set(load_plans(ORG, ["pro", "year", "nobody"])) == {"pro", "year"}
    assert secrets.webhook_secrets(ORG) == ["whsec_replace_me"]
    assert secrets.stripe_key(ORG, livemode=False) == "rk_test_replace_me"


def test_secrets_are_encrypted_and_only_a_hash_of_the_api_key_is_kept(world: World) -> None:
    key = configure(org="other")["api_key"]
    for name in ("stripe-key", "webhook-secret"):
        found = client("ssm").get_parameter(Name=f"/keystack/test/{name}/other")["Parameter"]
        assert found["Type"] == "SecureString"
    stored = str(world.items("MappingsTable"))
    assert not any(secret in stored for secret in (key, key.split("_", 3)[3], "whsec_", "rk_test_"))


def test_a_second_run_gives_no_second_key_and_changes_what_it_names(world: World) -> None:
    answer = configure(plans=[{"code": "pro", "name": "Pro 2", "kind": "subscription"}])
    assert "api_key" not in answer
    assert load_plans(ORG, ["pro"])["pro"].name == "Pro 2"


def test_what_a_document_does_not_speak_of_stays(world: World) -> None:
    before = load_organization(ORG)
    answer = function("organizations").handler({"org": ORG, "webhook_secrets": ["whsec_new"]}, Context())
    assert "error" not in answer
    assert load_organization(ORG) == before
    assert secrets.webhook_secrets(ORG) == ["whsec_new"]
    assert secrets.stripe_key(ORG, livemode=False) == "rk_test_replace_me"


@pytest.mark.parametrize("document", [{}, {"webhook_secrets": ["whsec_new"]}, {"plans": [{"code": "pro"}]}])
def test_the_shortest_document_makes_an_organization_that_the_verifier_knows(
    aws: Cloud, document: dict[str, Any]
) -> None:
    assert "error" not in function("organizations").handler({"org": ORG, **document}, Context())
    secrets.store_webhook_secrets(ORG, ["whsec_new"])
    raw = b'{"id": "evt_1", "type": "charge.refunded"}'
    shaped = request(raw, signature(raw, "whsec_new"))
    assert function("verifier").handler(shaped, Context())["statusCode"] == 200
    assert load_organization(ORG).name == ORG


def test_an_organization_of_before_that_has_only_secrets_is_mended_by_one_invocation(aws: Cloud) -> None:
    secrets.store_webhook_secrets(ORG, ["whsec_old"])
    raw = b'{"id": "evt_1", "type": "charge.refunded"}'
    shaped = request(raw, signature(raw, "whsec_old"))
    assert function("verifier").handler(shaped, Context())["statusCode"] == 400
    function("organizations").handler({"org": ORG}, Context())
    existence.forget_all()  # ten seconds later, or in another process
    assert function("verifier").handler(shaped, Context())["statusCode"] == 200


@pytest.mark.parametrize("setting", ["freeze_on_partial_refund", "freeze_on_paused_collection"])
def test_a_setting_alone_leaves_the_name_as_it_is(world: World, setting: str) -> None:
    function("organizations").handler({"org": ORG, setting: True}, Context())
    organization = load_organization(ORG)
    assert (getattr(organization, setting), organization.name) == (True, "Acme Inc.")
    function("organizations").handler({"org": ORG, setting: False}, Context())
    assert not getattr(load_organization(ORG), setting)


def test_a_branding_is_replaced_as_a_whole(world: World) -> None:
    function("organizations").handler({"org": ORG, "branding": {"footer": "new"}}, Context())
    branding = load_organization(ORG).branding
    assert (branding.footer, branding.product_name) == ("new", "")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"org": "Not A Slug"}, "org must be"),
        ({"org": None}, "org must be"),
        ({"unknown": 1}, "unknown is not a known field"),
        ({"reset_api_key": 1}, "must be true or false"),
        ({"reset_api_key": True}, "there is no organization acme whose API key could be reset"),
        ({"name": 5}, "name must be text"),
        ({"freeze_on_partial_refund": "yes"}, "must be true or false"),
        ({"branding": {"colour": "red"}}, "branding.colour is not a known field"),
        ({"branding": ["red"]}, "branding must be an object"),
        ({"branding": "red"}, "branding must be an object"),
        ({"plans": {"pro": {}}}, "plans must be a list"),
        ({"plans": [{"code": "UPPER"}]}, "plans.0.code must match ^[a-z0-9][a-z0-9_-]{0,39}$"),
        ({"plans": [{"code": "pro", "kind": "fixed"}]}, "needs duration_days"),
        ({"plans": [{"code": "pro", "seats": 0}]}, "seats must be"),
        ({"plans": [{"code": "pro", "entitlements": {"x": "y" * 5_000}}]}, "entitlements must be"),
        ({"plans": [{"code": "pro", "price": 1}]}, "plans.0.price is not a known field"),
        ({"mappings": {"sku_1": {"grants": []}}}, "mappings.sku_1 must be the id of a Stripe price"),
        ({"mappings": {"price_1": [{"plan": "pro"}]}}, "mappings.price_1 must be an object"),
        ({"mappings": {"price_1": {"grants": [{"plan": "nobody"}]}}}, "which does not exist: add it to plans"),
        ({"mappings": {"price_1": {"grants": [{"plan": "pro", "keys": "per_person"}]}}}, "keys must be"),
        ({"stripe_keys": ["sk_live_secret"]}, "must start with rk_live_ or rk_test_"),
        ({"webhook_secrets": ["whsec_a,whsec_b"]}, "must start with whsec_"),
        ({"webhook_secrets": "whsec_a"}, "must be a list"),
    ],
)
def test_a_mistake_is_a_sentence_and_nothing_is_written(
    aws: Cloud, world: World, changed: dict[str, Any], sentence: str
) -> None:
    aws.empty()
    answer = configure(**changed)
    assert sentence in answer["error"]
    assert "sk_live_secret" not in answer["error"]
    assert world.items("MappingsTable") == []
    assert client("ssm").describe_parameters()["Parameters"] == []


def test_a_mapping_may_name_a_plan_of_an_earlier_run(world: World) -> None:
    assert "error" not in configure(plans=[], mappings={"price_new": {"grants": [{"plan": "pro"}]}})


def test_a_document_that_is_none_is_a_sentence(aws: Cloud) -> None:
    assert "org must be" in function("organizations").handler({}, Context())["error"]


@pytest.mark.parametrize("document", [[], "acme", None, 7])
def test_a_document_that_is_no_object_is_a_sentence_too(aws: Cloud, document: Any) -> None:
    assert function("organizations").handler(document, Context())["error"] == "the document must be an object"


# ------------------------------------------------------------------ audit log


def audited(world: World, org: str = ORG) -> list[tuple[str, str]]:
    """What the audit log says of everything but secrets, as action and subject."""
    entries = [item for item in world.items("AuditTable") if item["org"] == org]
    assert {(entry["source"], entry["detail"]["by"]) for entry in entries} <= {("operator", "operator")}
    said = [(entry["action"], entry["subject"].removeprefix(f"{org}#")) for entry in entries]
    return sorted(each for each in said if each[1] not in ("settings:stripe-key", "settings:webhook-secret"))


CREATED = [
    ("api_key.created", "api_key:first"),
    ("mapping.created", "mapping:price_bundle"),
    ("mapping.created", "mapping:price_pro_lifetime"),
    ("mapping.created", "mapping:price_pro_monthly"),
    ("mapping.created", "mapping:price_team"),
    ("mapping.created", "mapping:price_tshirt"),
    ("mapping.created", "mapping:price_year_pass"),
    ("mapping.created", "mapping:prod_any_seat"),
    ("plan.created", "plan:assets"),
    ("plan.created", "plan:lifetime"),
    ("plan.created", "plan:pro"),
    ("plan.created", "plan:team"),
    ("plan.created", "plan:year"),
    ("settings.created", "settings:organization"),
]


def test_all_that_the_operator_creates_is_in_the_audit_log_once(aws: Cloud, world: World) -> None:
    aws.empty()
    configure()
    assert audited(world) == CREATED
    configure()
    assert audited(world) == CREATED


def test_only_what_a_second_document_changes_is_in_the_audit_log(world: World) -> None:
    before = audited(world)
    changed = {
        "name": "Acme Ltd.",
        "branding": {**sample("organizations")["branding"], "footer": "New Road 2"},
        "plans": [
            {"code": "pro", "name": "Pro 2"},
            {"code": "assets", "name": "Acme Asset Library", "key_prefix": "LIB"},
        ],
        "mappings": {
            "price_tshirt": {"grants": [{"plan": "assets"}]},
            "price_team": {"grants": [{"plan": "team", "seats": "quantity"}]},
        },
    }
    function("organizations").handler({"org": ORG, **changed}, Context())
    assert sorted(
        [
            *before,
            ("mapping.changed", "mapping:price_tshirt"),
            ("plan.changed", "plan:pro"),
            ("settings.changed", "settings:organization"),
        ]
    ) == audited(world)
    [_, entry] = entries_of(ORG, "settings:organization")
    old = {"name": "Acme Inc.", "branding": {"footer": "Acme Inc., 1 Anvil Road, Tucson AZ"}}
    changed = {"name": "Acme Ltd.", "branding": {"footer": "New Road 2"}}
    assert entry["detail"] == {**changed, "before": old, "by": "operator"}


def test_the_audit_log_tells_how_an_organization_began(aws: Cloud) -> None:
    function("organizations").handler({"org": ORG, "branding": {"footer": "x"}}, Context())
    [entry] = entries_of(ORG, "settings:organization")
    assert (entry["action"], entry["source"]) == ("settings.created", "operator")
    assert entry["detail"] == {"name": ORG, "branding": {"footer": "x"}, "by": "operator"}


@pytest.mark.parametrize(
    ("document", "subject"),
    [
        ({"name": "Acme Ltd."}, "settings:organization"),
        ({"plans": [{"code": "pro", "name": "Pro 2"}]}, "plan:pro"),
        ({"mappings": {"price_tshirt": {"grants": [{"plan": "pro"}]}}}, "mapping:price_tshirt"),
    ],
)
def test_a_change_and_its_audit_entry_are_one_transaction(world: World, document: dict[str, Any], subject: str) -> None:
    before = world.items("MappingsTable"), audited(world)
    with world.crash("TransactWriteItems"):
        function("organizations").handler({"org": ORG, **document}, Context())
    assert (world.items("MappingsTable"), audited(world)) == before
    function("organizations").handler({"org": ORG, **document}, Context())
    assert len(list(entries_of(ORG, subject))) == 2


def test_two_who_create_an_organization_at_once_create_it_once(aws: Cloud, world: World) -> None:
    aws.empty()
    others = [{"org": ORG, "name": "theirs", "freeze_on_partial_refund": True}]

    def other() -> None:
        while others:
            function("organizations").handler(others.pop(), Context())

    with world.before("TransactWriteItems", other):
        answer = function("organizations").handler({"org": ORG, "name": "ours"}, Context())
    assert "error" not in answer
    organization = load_organization(ORG)
    assert (organization.name, organization.freeze_on_partial_refund) == ("ours", True)
    said = [(entry["action"], entry["detail"]["name"]) for entry in entries_of(ORG, "settings:organization")]
    assert said == [("settings.created", "theirs"), ("settings.changed", "ours")]


# ------------------------------------------------------------------ API keys


def reset(org: str = ORG, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = function("organizations").handler({"org": org, "reset_api_key": True, **more}, Context())
    return answer


def test_a_lost_key_is_replaced_by_a_new_one_and_refused_from_then_on(aws: Cloud) -> None:
    old = configure()["api_key"]
    answer = reset()
    new = answer["api_key"]
    assert (answer["org"], new != old) == (ORG, True)
    assert VendorApi(old).get("/v1/plans").status == 403
    assert VendorApi(new).get("/v1/api-keys").status == 200
    assert load_organization(ORG).name == "Acme Inc."


def test_a_reset_helps_also_when_the_first_key_was_deleted(api: VendorApi) -> None:
    assert api.delete("/v1/api-keys/first").status == 204
    assert VendorApi(reset()["api_key"]).get("/v1/api-keys").status == 200


def test_other_keys_stay(api: VendorApi) -> None:
    reset()
    assert api.get("/v1/plans").status == 200


def test_the_audit_log_tells_what_the_operator_did_and_no_secret(aws: Cloud, world: World) -> None:
    aws.empty()
    first, second = configure()["api_key"], reset()["api_key"]
    entries = list(entries_of(ORG, "api_key:first"))
    assert [(each["action"], each["source"]) for each in entries] == [
        ("api_key.created", "operator"),
        ("api_key.changed", "operator"),
    ]
    assert [each["detail"]["modes"] for each in entries_of(ORG, "settings:stripe-key")] == [["test"]]
    assert [each["detail"]["secrets"] for each in entries_of(ORG, "settings:webhook-secret")] == [1]
    stored = str(world.items("AuditTable") + world.items("MappingsTable"))
    assert not any(secret.split("_", 3)[3] in stored for secret in (first, second))
    assert "replace_me" not in stored


def test_what_the_operator_connected_is_seen_in_the_settings(api: VendorApi) -> None:
    told = api.get("/v1/settings").json
    assert (told["stripe_key"], told["webhook_secrets"]) == ({"test": True, "live": False}, 1)
    function("organizations").handler({"org": ORG, "stripe_keys": ["rk_live_x"]}, Context())
    assert api.get("/v1/settings").json["stripe_key"] == {"test": False, "live": True}
