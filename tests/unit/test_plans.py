"""What a paid line item earns, by the mapping of its price or product."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystack.domain.licenses import license_id
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Award, Grant, Line, Mapping, Plan, Settled, Unsettled, settle, settle_issued

PRO = Plan("pro", "Pro", kind=PlanKind.SUBSCRIPTION, seats=3, key_prefix="PRO")
ADDON = Plan("addon", "Add-on", kind=PlanKind.FIXED, duration_days=30)
PLANS = {"pro": PRO, "addon": ADDON}


def line(quantity: int = 5, price: str | None = "price_1", product: str | None = "prod_1") -> Line:
    return Line("li_1", price, product, quantity)


def settled(bought: Line, *grants: Grant, target: str = "price_1") -> tuple[Award, ...]:
    result = settle(bought, {target: Mapping(target, grants)}, PLANS)
    assert isinstance(result, Settled), result
    assert result.line == bought
    return result.awards


def why_not(bought: Line, *mappings: Mapping) -> str:
    result = settle(bought, {mapping.target: mapping for mapping in mappings}, PLANS)
    assert isinstance(result, Unsettled), result
    assert result.line == bought
    return result.reason


@pytest.mark.parametrize(("keys", "count"), [("per_line", 1), ("per_unit", 5), (7, 7), (1_000, 1_000)])
def test_a_grant_gives_keys_by_line_by_unit_or_a_number(keys: Any, count: int) -> None:
    (award,) = settled(line(quantity=5), Grant("pro", keys=keys))
    assert award == Award("pro", PlanKind.SUBSCRIPTION, None, "PRO", seats=3, count=count)


@pytest.mark.parametrize(("seats", "expected"), [("plan", 3), ("quantity", 5), (50, 50)])
def test_a_grant_gives_seats_of_the_plan_by_quantity_or_a_number(seats: Any, expected: int) -> None:
    (award,) = settled(line(quantity=5), Grant("pro", seats=seats))
    assert (award.seats, award.count) == (expected, 1)


def test_a_grant_left_alone_gives_one_key_with_the_plans_seats() -> None:
    assert Grant("pro") == Grant("pro", keys="per_line", seats="plan", min_quantity=None, max_quantity=None)


def test_an_award_remembers_what_the_plan_says_today() -> None:
    assert settled(line(), Grant("addon")) == (Award("addon", PlanKind.FIXED, 30, "KEY", 1, 1),)


@pytest.mark.parametrize(
    ("quantity", "least", "most", "holds"),
    [
        (5, 5, 5, True), (5, None, None, True), (5, 6, None, False), (5, None, 4, False),
        (5, 5, None, True), (5, None, 5, True), (4, 5, 9, False), (10, 5, 9, False),
    ],
)  # fmt: skip
def test_a_grant_holds_within_its_bounds(quantity: int, least: int | None, most: int | None, holds: bool) -> None:
    assert Grant("pro", min_quantity=least, max_quantity=most).holds_for(quantity) is holds


def test_quantity_tiers_pick_their_own_grant() -> None:
    tiers = [Grant("addon", max_quantity=9), Grant("pro", min_quantity=10)]
    assert [award.plan for award in settled(line(9), *tiers)] == ["addon"]
    assert [award.plan for award in settled(line(10), *tiers)] == ["pro"]


def test_several_grants_make_a_bundle_in_the_order_they_are_written() -> None:
    awards = settled(line(2), Grant("pro", keys="per_unit"), Grant("addon", keys=3))
    assert [(award.plan, award.count) for award in awards] == [("pro", 2), ("addon", 3)]


def test_empty_grants_say_on_purpose_not_licensed() -> None:
    assert settled(line()) == ()


def test_the_price_is_asked_before_the_product_even_if_it_grants_nothing() -> None:
    mappings = {"price_1": Mapping("price_1", ()), "prod_1": Mapping("prod_1", (Grant("pro"),))}
    assert settle(line(), mappings, PLANS) == Settled(line(), ())


@pytest.mark.parametrize("price", ["price_unmapped", None])
def test_failing_the_price_the_product_is_asked(price: str | None) -> None:
    (award,) = settled(line(price=price), Grant("pro"), target="prod_1")
    assert award.plan == "pro"


def test_an_unmapped_price_is_named() -> None:
    assert "price price_1 is not mapped to a plan" in why_not(line())
    assert "price price_1 is not mapped to a plan" in why_not(line(product=None))


def test_a_price_that_sells_again_is_to_be_mapped_and_no_more_is_said() -> None:
    assert why_not(replace(line(), is_ad_hoc=False)) == "price price_1 is not mapped to a plan: map it"


def test_one_that_price_data_made_is_mapped_by_its_product_which_is_what_the_failure_is_about() -> None:
    """Each sale has another price: a mapping of this one would be for nothing."""
    waits = settle(replace(line(), is_ad_hoc=True), {}, PLANS)
    assert isinstance(waits, Unsettled)
    assert waits.reason == (
        "price price_1 is not mapped to a plan, and never sells again, as price_data made it (or it is archived):"
        " map its product prod_1, and use price_data with an existing product for later sales"
    )
    assert waits.cause == "product_unmapped:prod_1"


@pytest.mark.parametrize("changed", [{}, {"is_ad_hoc": True, "product": None}])
def test_where_it_cannot_be_told_both_are_said(changed: dict[str, Any]) -> None:
    assert why_not(replace(line(), **changed)) == (
        "price price_1 is not mapped to a plan: map it (one that price_data made never sells again: use price_data with"
        " an existing product, and map that product)"
    )


def test_a_line_is_the_same_when_its_price_is_archived_later() -> None:
    assert replace(line(), is_ad_hoc=True) == replace(line(), is_ad_hoc=False) == line()


def test_without_a_price_the_unmapped_product_is_named() -> None:
    assert "product prod_1 is not mapped to a plan" in why_not(line(price=None))


def test_a_line_with_neither_price_nor_product_is_named_and_meets_no_mapping() -> None:
    assert "li_1 has neither price nor product" in why_not(line(price=None, product=None))


@pytest.mark.parametrize("keys", ["per_line", "per_unit", 3])
def test_a_line_of_nothing_earns_nothing(keys: Any) -> None:
    """Stripe lets a cart's quantity be adjusted down to 0."""
    assert settled(line(quantity=0), Grant("pro", keys=keys)) == ()


def test_a_quantity_without_a_grant_is_named() -> None:
    reason = why_not(line(5), Mapping("price_1", (Grant("pro", min_quantity=6), Grant("addon", max_quantity=4))))
    assert "price_1 has no grant for a quantity of 5" in reason


def test_a_missing_plan_is_named_and_nothing_of_the_bundle_is_minted() -> None:
    reason = why_not(line(), Mapping("price_1", (Grant("pro"), Grant("gone"))))
    assert "price_1 names plan gone, which does not exist" in reason


def test_a_missing_plan_whose_grant_does_not_hold_is_in_nobodys_way() -> None:
    awards = settled(line(5), Grant("gone", min_quantity=6), Grant("pro"))
    assert [award.plan for award in awards] == ["pro"]


counts = st.lists(st.lists(st.integers(0, 5), max_size=3), max_size=4)


@given(counts, st.randoms(use_true_random=False))
def test_an_orders_license_ids_are_unique_and_stable_whatever_order_its_lines_come_in(counts: Any, random: Any) -> None:
    lines = [
        Settled(
            Line(f"li_{place}", None, None, 1),
            tuple(Award("pro", PlanKind.PERPETUAL, None, "KEY", 1, n) for n in awards),
        )
        for place, awards in enumerate(counts)
    ]
    shuffled = list(lines)
    random.shuffle(shuffled)
    orders = [Order("acme", "cs_1", True, 0, settled=tuple(each)) for each in (lines, shuffled)]
    ids = [[license.id for license, _ in licenses_of(order)] for order in orders]
    assert len(set(ids[0])) == len(ids[0]) == sum(map(sum, counts)) == orders[0].license_count
    assert sorted(ids[0]) == sorted(ids[1])


def test_organization_order_line_and_unit_are_each_part_of_a_licenses_id() -> None:
    parts: list[tuple[str, str, str, int]] = [
        ("a", "cs", "li", 1), ("b", "cs", "li", 1), ("a", "ct", "li", 1), ("a", "cs", "lj", 1), ("a", "cs", "li", 2),
    ]  # fmt: skip
    assert len({license_id(*each) for each in parts}) == len(parts)
    assert license_id("a", "cs", "li", 1) == "lic_47znqc4fzlktb633id6npyyu"  # for ever: replays rely on it


def test_what_the_api_issues_is_settled_by_its_plan() -> None:
    plan = Plan("year", "Year", PlanKind.FIXED, 365, seats=3, key_prefix="YEAR")
    settled = settle_issued(plan, 5, None)
    assert (settled.line.id, settled.license_count) == ("issue", 5)
    assert settled.awards == (Award("year", PlanKind.FIXED, 365, "YEAR", 3, 5),)
    assert settle_issued(plan, 1, 9).awards[0].seats == 9
