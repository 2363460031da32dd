"""A configuration is checked before any of it is used, and what is wrong is named."""

from typing import Any

import pytest
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Grant, Mapping, Plan
from keystack.errors import InvalidInputError
from keystack.management.organizations import read_configuration

GOOD: dict[str, Any] = {
    "org": "acme",
    "name": "ACME Ltd.",
    "freeze_on_partial_refund": True,
    "freeze_on_paused_collection": True,
    "branding": {"product_name": "Rocket", "from": "ACME <keys@acme.example>", "accent_color": "#0b1f3a"},
    "plans": [{"code": "pro", "name": "Pro", "kind": "fixed", "duration_days": 30, "seats": 2, "key_prefix": "PRO"}],
    "mappings": {"price_1": {"grants": [{"plan": "pro"}, {"plan": "addon"}]}, "prod_1": {"grants": []}},
    "stripe_keys": ["rk_test_abc", "rk_live_abc"],
    "webhook_secrets": ["whsec_new", "whsec_old"],
}


def test_a_good_document_is_read_whole() -> None:
    read = read_configuration(GOOD)
    settings = read.request.to_settings()
    assert (read.request.org, settings.name) == ("acme", "ACME Ltd.")
    assert (settings.freeze_on_partial_refund, settings.freeze_on_paused_collection) == (True, True)
    assert read.plans == [Plan("pro", "Pro", PlanKind.FIXED, 30, 2, "PRO")]
    assert read.mappings == [Mapping("price_1", (Grant("pro"), Grant("addon"))), Mapping("prod_1", ())]
    assert read.request.stripe_keys == ["rk_test_abc", "rk_live_abc"]
    assert read.request.webhook_secrets == ["whsec_new", "whsec_old"]
    assert not read.request.reset_api_key


def test_a_branding_replaces_the_stored_one_as_a_whole() -> None:
    branding = read_configuration(GOOD).request.to_settings().branding
    assert branding is not None
    assert branding.model_dump(by_alias=True) == {
        "product_name": "Rocket",
        "from": "ACME <keys@acme.example>",
        "reply_to": "",
        "logo_url": "",
        "accent_color": "#0b1f3a",
        "support_url": "",
        "footer": "",
    }


def test_plans_that_are_granted_and_not_defined_here_are_known_by_name() -> None:
    assert read_configuration(GOOD).granted_plans == ["addon"]


def test_an_organization_needs_only_its_slug() -> None:
    read = read_configuration({"org": "acme"})
    assert set(read.request.to_settings().model_dump().values()) == {None}
    assert (read.plans, read.mappings, read.request.stripe_keys, read.request.webhook_secrets) == ([], [], [], [])


def test_a_plan_without_a_name_is_called_by_its_code() -> None:
    read = read_configuration({"org": "acme", "plans": [{"code": "pro"}, {"code": "plus", "name": ""}]})
    assert read.plans == [Plan("pro", "pro"), Plan("plus", "plus")]


@pytest.mark.parametrize("org", [None, "", "ac", "Acme", "-acme", "acme-", "ac#me", "a" * 41, 7, "acme\n"])
def test_a_slug_that_is_none_is_refused(org: Any) -> None:
    with pytest.raises(InvalidInputError, match="org must be 3 to 40"):
        read_configuration({**GOOD, "org": org})


@pytest.mark.parametrize(
    ("named", "wrong"),
    [
        ("plan is not a known field", {"plan": []}),
        ("name must be text", {"name": 7}),
        ("name must be text", {"name": "x" * 501}),
        ("freeze_on_partial_refund must be true or false", {"freeze_on_partial_refund": "yes"}),
        ("freeze_on_partial_refund must be true or false", {"freeze_on_partial_refund": 1}),
        ("freeze_on_paused_collection must be true or false", {"freeze_on_paused_collection": "no"}),
        ("branding must be an object", {"branding": "blue"}),
        ("branding.colour is not a known field", {"branding": {"colour": "blue"}}),
        ("accent_color must be text", {"branding": {"accent_color": 7}}),
        ("plans must be a list", {"plans": {"pro": {}}}),
        ("plans.0 must be an object", {"plans": ["pro"]}),
        ("plans.0.code must be given", {"plans": [{"name": "Pro"}]}),
        ("plans.0.duration is not a known field", {"plans": [{"code": "pro", "duration": 30}]}),
        ("plans.0.kind must be 'perpetual', 'subscription' or 'fixed'", {"plans": [{"code": "pro", "kind": "rental"}]}),
        ("plans.0.seats must be 1 or more", {"plans": [{"code": "pro", "seats": 0}]}),
        ("mappings must be an object", {"mappings": [{"price": "price_1"}]}),
        (
            "mappings.sku_1 must be the id of a Stripe price (price_…) or product (prod_…)",
            {"mappings": {"sku_1": {"grants": []}}},
        ),
        ("mappings.price_1 must be an object", {"mappings": {"price_1": [{"plan": "pro"}]}}),
        ("mappings.price_1.grants must be given", {"mappings": {"price_1": {"plan": "pro"}}}),
        ("mappings.price_1.grants must be a list", {"mappings": {"price_1": {"grants": {"plan": "pro"}}}}),
        (
            "mappings.price_1.grants.0.keys must be 'per_line' or 'per_unit' or 1 or more",
            {"mappings": {"price_1": {"grants": [{"plan": "pro", "keys": 0}]}}},
        ),
        ("stripe_keys must be a list", {"stripe_keys": "rk_test_abc"}),
        ("stripe_keys.0 must start with rk_live_ or rk_test_", {"stripe_keys": ["sk_test_abc"]}),
        ("stripe_keys.0 must start", {"stripe_keys": [7]}),
        ("webhook_secrets.0 must start with whsec_", {"webhook_secrets": ["secret"]}),
    ],
)
def test_what_is_wrong_is_named(named: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as raised:
        read_configuration({**GOOD, **wrong})
    assert named in str(raised.value)


@pytest.mark.parametrize("field", ["stripe_keys", "webhook_secrets"])
@pytest.mark.parametrize("odd", [",", " ", "\n", "\t", "ü"])
def test_a_secret_has_no_separators_and_is_not_told_in_the_refusal(field: str, odd: str) -> None:
    secret = f"{GOOD[field][0]}HUSH{odd}HUSH"
    with pytest.raises(InvalidInputError, match=rf"{field}\.0 must start with") as raised:
        read_configuration({**GOOD, field: [secret]})
    assert "HUSH" not in str(raised.value)
    assert raised.value.__suppress_context__  # Pydantic's own message quotes the document
    assert raised.value.__cause__ is None


def test_a_plan_without_a_code_is_one_mistake() -> None:
    with pytest.raises(InvalidInputError, match=r"^plans\.0\.code must be given$"):
        read_configuration({**GOOD, "plans": [{"kind": "perpetual"}]})


def test_several_mistakes_are_named_at_once() -> None:
    with pytest.raises(
        InvalidInputError, match=r"^name must be text; plans must be a list; reset_api_key must be true or"
    ):
        read_configuration({**GOOD, "name": 7, "plans": {}, "reset_api_key": "yes"})


def test_a_wrong_sender_is_named_as_the_vendor_wrote_it() -> None:
    with pytest.raises(InvalidInputError, match=r"\bfrom must be text"):
        read_configuration({**GOOD, "branding": {"from": 7}})


@pytest.mark.parametrize(("field", "value"), [("plans", 0), ("plans", {}), ("mappings", []), ("branding", "")])
def test_an_empty_value_of_the_wrong_kind_is_named_too(field: str, value: Any) -> None:
    with pytest.raises(InvalidInputError, match=f"{field} must be"):
        read_configuration({**GOOD, field: value})


@pytest.mark.parametrize("field", ["from", "reply_to"])
def test_an_address_that_no_mail_could_carry_is_refused_before_the_first_sale(field: str) -> None:
    with pytest.raises(InvalidInputError, match=f"branding's {field}"):
        read_configuration({**GOOD, "branding": {field: "licenses at acme.example"}})


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("logo_url", "http://acme.example/logo.png", "must be an https URL"),
        ("support_url", "javascript:alert(1)", "must be an https URL"),
        ("support_url", "https://", "must be an https URL"),
        ("accent_color", "blue", "must be like #4f46e5"),
        ("accent_color", "#4f46e", "must be like #4f46e5"),
    ],
)
def test_a_look_that_no_mail_would_have_is_refused(field: str, value: str, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=f"branding's {field} {sentence}"):
        read_configuration({**GOOD, "branding": {field: value}})
