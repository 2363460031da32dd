"""A mapping of several grants: each keeps its keys when the item's price or quantity changes; so do quantity tiers."""

from keystack.domain.grants import as_granted, is_surplus
from keystack.domain.licenses import License
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Award, Current, Line, Settled

from unit.subscribed import Shop, bought

BUNDLE = Shop().subscribed(bought("price_bundle"))
TIERS = Shop().subscribed(bought("price_tiers", 2))


def prefixes(shop: Shop) -> list[str]:
    return [key.partition("-")[0] for key in shop.keys]


def test_each_grant_of_a_bundle_keeps_its_keys_and_gets_its_own_plan() -> None:
    assert BUNDLE.plans() == ["month", "addon", "addon"]
    year = BUNDLE.has(2_000, ("si_1", "price_bundle_year", 1))
    assert year.plans() == ["year", "addon", "addon", "addon"]
    assert year.keys[:3] == BUNDLE.keys
    assert prefixes(year) == ["MONTH", "ADDON", "ADDON", "ADDON"]
    back = year.has(2_001, ("si_1", "price_bundle", 1))
    assert (back.plans()[:3], back.statuses()) == (["month", "addon", "addon"], ["active"] * 3 + ["frozen"])


def test_a_grant_that_the_new_price_does_not_have_freezes_its_licenses_which_keep_their_plan() -> None:
    less = BUNDLE.has(2_000, ("si_1", "price_year", 1))
    assert (less.plans(), less.statuses()) == (["year", "addon", "addon"], ["active", "frozen", "frozen"])
    assert less.has(2_001, ("si_1", "price_bundle", 1)).statuses() == ["active"] * 3


def test_a_grant_that_the_old_price_did_not_have_mints_its_licenses() -> None:
    more = Shop().subscribed(bought("price_month")).has(2_000, ("si_1", "price_bundle", 1))
    assert (more.plans(), more.statuses()) == (["month", "addon", "addon"], ["active"] * 3)


def test_a_higher_tier_changes_the_plan_of_the_keys_that_there_are_and_mints_the_rest() -> None:
    high = TIERS.has(2_000, ("si_1", "price_tiers", 5))
    assert (high.plans(), high.statuses()) == (["year"] * 5, ["active"] * 5)
    assert high.keys[:2] == TIERS.keys
    low = high.has(2_001, ("si_1", "price_tiers", 1))
    assert (low.plans(), low.statuses()) == (["month"] * 5, ["active"] + ["frozen"] * 4)


def test_within_a_tier_the_newest_are_frozen_and_lifted() -> None:
    less = TIERS.has(2_000, ("si_1", "price_tiers", 1))
    assert less.statuses() == ["active", "frozen"]
    assert less.has(2_001, ("si_1", "price_tiers", 3)).statuses() == ["active"] * 3


# --------------------------------------------------------------- the newest units


def award(plan: str, count: int, grant: int) -> Award:
    return Award(plan, PlanKind.SUBSCRIPTION, None, "KEY", 1, count, grant)


# Bought: two of the first grant (units 1, 2), one of the second (3). Came later: one of each (4, 5).
LINE = Line("li_1", "price", None, 1, True)
HAD = tuple(award(plan, count, grant) for plan, count, grant in (("a", 2, 0), ("b", 1, 1), ("a", 1, 0), ("b", 1, 1)))


def now(*awards: Award) -> Settled:
    return Settled(LINE, HAD, "si_1", Current("price_new", 1, awards, 2_000))


def test_the_newest_units_of_each_grant_are_too_many() -> None:
    def surplus(first: int, second: int) -> list[int]:
        settled = now(award("a", first, 0), award("b", second, 1))
        return [unit for unit in range(1, 6) if is_surplus(settled, unit)]

    assert surplus(3, 2) == []
    assert surplus(2, 2) == [4]
    assert surplus(1, 1) == [2, 4, 5]
    assert surplus(0, 2) == [1, 2, 4]
    assert surplus(9, 0) == [3, 5]


def test_nothing_is_too_much_while_nothing_was_changed() -> None:
    assert not any(is_surplus(Settled(LINE, HAD), unit) for unit in range(1, 9))


def test_each_unit_has_what_its_own_grant_gives_now() -> None:
    settled = now(award("new_a", 3, 0), award("new_b", 2, 1))
    order = Order("acme", "cs_1", True, 0, settled=(settled,))
    assert [as_granted(order, license).plan for license, _ in licenses_of(order)] == [
        "new_a",
        "new_a",
        "new_b",
        "new_a",
        "new_b",
    ]


def test_a_license_of_a_line_that_is_not_known_stays_as_it_is() -> None:
    license = License("lic_1", "KEY", "pro", PlanKind.PERPETUAL, 1, "li_9", 1, 0)
    assert as_granted(Order("acme", "cs_1", True, 0, settled=(now(award("a", 3, 0)),)), license) is license
