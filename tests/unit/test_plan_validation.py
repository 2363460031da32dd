"""A plan or mapping that is wrong is refused with a sentence that names the field."""

from typing import Any

import pytest
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Grant, Mapping, Plan
from keystack.errors import InvalidInputError
from keystack.storage.mappings.mappings import mapping_from, target_kind
from keystack.storage.mappings.plans import plan_from


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": "x" * 101}),
        ("name", {"name": 7}),
        ("name", {"name": None}),
        ("kind", {"kind": "lifetime"}),
        ("kind", {"kind": ["fixed"]}),
        ("duration_days", {"kind": "fixed"}),
        ("duration_days", {"kind": "fixed", "duration_days": 0}),
        ("duration_days", {"kind": "fixed", "duration_days": 36_501}),
        ("duration_days", {"kind": "fixed", "duration_days": "30"}),
        ("duration_days", {"kind": "fixed", "duration_days": 30.0}),
        ("duration_days", {"kind": "perpetual", "duration_days": 30}),
        ("seats", {"seats": 0}),
        ("seats", {"seats": 1_000_001}),
        ("seats", {"seats": True}),
        ("seats", {"seats": None}),
        ("key_prefix", {"key_prefix": ""}),
        ("key_prefix", {"key_prefix": "pro"}),
        ("key_prefix", {"key_prefix": "A-B"}),
        ("key_prefix", {"key_prefix": "A" * 13}),
        ("key_prefix", {"key_prefix": 5}),
        ("entitlements", {"entitlements": ["export"]}),
        ("entitlements", {"entitlements": {"text": "x" * 4_000}}),
    ],
)
def test_a_plan_that_is_wrong_names_its_field(field: str, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=f"plan 'pro': .*{field}"):
        plan_from("pro", values)


@pytest.mark.parametrize("code", ["", "Pro", "-pro", "pro plan", "p" * 41, "pro#1", "pro\n"])
def test_a_plans_code_is_small_letters_digits_and_hyphens(code: str) -> None:
    with pytest.raises(InvalidInputError, match="a code is 1 to 40"):
        plan_from(code, {})


def test_a_plan_left_alone_is_perpetual_with_one_seat_and_its_code_for_a_name() -> None:
    assert plan_from("pro", {}) == Plan("pro", "pro", PlanKind.PERPETUAL, None, 1, "KEY", {})


def test_a_plan_is_what_it_was_told_to_be() -> None:
    values = {
        "name": "Pro", "kind": "fixed", "duration_days": 365, "seats": 5, "key_prefix": "PRO",
        "entitlements": {"export": True},
    }  # fmt: skip
    assert plan_from("pro", values) == Plan("pro", "Pro", PlanKind.FIXED, 365, 5, "PRO", {"export": True})


@pytest.mark.parametrize(
    ("field", "grant"),
    [
        ("keys", {"keys": "per_seat"}),
        ("keys", {"keys": 0}),
        ("keys", {"keys": 1_001}),
        ("keys", {"keys": True}),
        ("keys", {"keys": 2.0}),
        ("keys", {"keys": []}),
        ("seats", {"seats": "per_unit"}),
        ("seats", {"seats": 0}),
        ("seats", {"seats": None}),
        ("min_quantity", {"min_quantity": 0}),
        ("min_quantity", {"min_quantity": "2"}),
        ("max_quantity", {"max_quantity": -1}),
        ("min_quantity is above max_quantity", {"min_quantity": 3, "max_quantity": 2}),
        ("plan must be a plan's code", {"plan": "No Such"}),
        ("does not know quantity", {"quantity": 2}),
    ],
)
def test_a_grant_that_is_wrong_names_its_field(field: str, grant: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=field):
        mapping_from("price_1", {"grants": [{"plan": "pro", **grant}]})


@pytest.mark.parametrize("grant", [{}, {"plan": None}, {"plan": 7}])
def test_a_grant_needs_a_plan(grant: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="mapping of price_1: a grant needs a plan"):
        mapping_from("price_1", {"grants": [grant]})


@pytest.mark.parametrize("grants", [None, {}, "pro", ["pro"], [{"plan": "pro"}] * 21])
def test_grants_are_a_list_of_at_most_twenty_objects(grants: Any) -> None:
    with pytest.raises(InvalidInputError, match="mapping of price_1: grants must be a list"):
        mapping_from("price_1", {"grants": grants})


def test_a_mapping_is_its_grants_in_their_order() -> None:
    values = {"grants": [{"plan": "pro", "keys": "per_unit", "max_quantity": 9}, {"plan": "addon", "seats": 4}]}
    expected = (Grant("pro", keys="per_unit", max_quantity=9), Grant("addon", seats=4))
    assert mapping_from("price_1", values) == Mapping("price_1", expected)
    assert mapping_from("prod_1", {"grants": []}) == Mapping("prod_1", ())


@pytest.mark.parametrize(("target", "kind"), [("price_1", "PRICE"), ("plan_1", "PRICE"), ("prod_1", "PRODUCT")])
def test_a_mapping_is_of_a_price_or_a_product(target: str, kind: str) -> None:
    assert target_kind(target) == kind


@pytest.mark.parametrize("target", ["", "sku_1", "PRICE_1", "price_" + "x" * 250])
def test_nothing_else_can_be_mapped(target: str) -> None:
    with pytest.raises(InvalidInputError, match="neither a Stripe price"):
        target_kind(target)
