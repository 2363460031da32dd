"""The licenses follow the items of their subscription; their keys never change."""

from dataclasses import replace

import pytest
from keystack.domain.facts import HoldLifted, OrderFact, Paid, with_facts
from keystack.domain.following import changed_items, needs_first_invoice
from keystack.domain.minting import Purchase
from keystack.domain.plans import settle_issued

from unit.billing_facts import item, seen
from unit.subscribed import NOW, PLANS, SESSION, STUB, Shop, bought, first_invoice

ONE = Shop().subscribed(bought("price_month"))
UNITS = Shop().subscribed(bought("price_unit", 3))


# ------------------------------------------------------------ price and quantity


def test_while_it_is_as_it_was_bought_nothing_changes_but_the_item_becomes_known() -> None:
    shop = Shop().sells(bought("price_month")).has(2_000, ("si_1", "price_month", 1))
    assert (shop.plans(), shop.actions, shop.waiting) == (["month"], [], [])
    assert [settled.item for settled in shop.order.settled] == ["si_1"]
    assert changed_items(shop.order) == []


def test_the_plan_follows_the_price_and_the_key_stays() -> None:
    shop = ONE.has(2_001, ("si_1", "price_year", 1))
    assert (shop.plans(), shop.keys) == (["year"], ONE.keys)
    assert shop.actions == ["license.changed"]
    back = shop.has(2_002, ("si_1", "price_month", 1))
    assert (back.plans(), back.keys, back.actions) == (["month"], ONE.keys, ["license.changed"])


def test_the_seats_follow_the_quantity_also_of_another_plan() -> None:
    shop = Shop().subscribed(bought("price_seats", 5))
    grown = shop.has(2_001, ("si_1", "price_seats_year", 12))
    assert (grown.valid(), grown.keys) == ([("year", 12)], shop.keys)
    assert grown.has(2_002, ("si_1", "price_seats", 1)).valid() == [("month", 1)]


def test_more_units_mint_more_keys_and_mail_them() -> None:
    grown = UNITS.has(2_001, ("si_1", "price_unit", 5))
    assert grown.last is not None
    assert [license.unit for license in grown.last.licenses] == [4, 5]
    assert grown.keys[:3] == UNITS.keys
    assert grown.actions == ["license.issued"]
    assert grown.last.order.waiting_effects == {"email", "metadata"}
    assert not grown.last.order.minted
    assert grown.valid() == [("month", 1)] * 5


def test_fewer_units_freeze_the_newest_and_more_lift_them_again_before_new_ones_are_minted() -> None:
    less = UNITS.has(2_001, ("si_1", "price_unit", 2))
    assert (less.statuses(), less.actions) == (["active", "active", "frozen"], ["license.frozen"])
    assert less.keys == UNITS.keys
    more = less.has(2_002, ("si_1", "price_unit", 4))
    assert more.statuses() == ["active"] * 4
    assert more.keys[:3] == UNITS.keys
    assert more.actions == ["license.reactivated", "license.issued"]
    least = more.has(2_003, ("si_1", "price_unit", 1))
    assert least.statuses() == ["active", "frozen", "frozen", "frozen"]
    assert least.has(2_004, ("si_1", "price_unit", 4)).statuses() == ["active"] * 4


def test_a_change_of_price_and_quantity_at_once_is_both() -> None:
    shop = UNITS.has(2_000, ("si_1", "price_unit_year", 2))
    assert shop.statuses() == ["active", "active", "frozen"]
    assert shop.plans() == ["year", "year", "year"]
    assert shop.actions == ["license.frozen"]


def test_each_further_change_has_an_entry_of_its_own() -> None:
    shop, ids = UNITS, list[str]()
    for step, units in enumerate((2, 4, 2, 4, 6, 5)):
        shop = shop.has(2_001 + step, ("si_1", "price_unit", units))
        assert shop.last is not None
        ids += [entry.id for entry in shop.last.entries]
    assert len(set(ids)) == len(ids) >= 6


def test_so_has_each_of_several_changes_within_one_second() -> None:
    shop, ids = ONE, list[str]()
    for answer, price in enumerate(("price_year", "price_month", "price_year"), 1):
        shop = shop.sees(seen("active", 2_001, item("si_1", price), answer=answer))
        assert shop.last is not None
        ids += [entry.id for entry in shop.last.entries]
    assert len(set(ids)) == len(ids) == 3


def test_the_same_observation_again_changes_nothing() -> None:
    shop = UNITS.has(2_000, ("si_1", "price_unit", 4))
    again = shop.has(2_000, ("si_1", "price_unit", 4))
    assert again.last is not None
    assert not again.last.changes_order
    assert again.last.licenses == ()


def test_an_older_observation_that_comes_late_changes_nothing() -> None:
    shop = ONE.has(2_005, ("si_1", "price_year", 1)).has(2_001, ("si_1", "price_month", 7))
    assert (shop.plans(), shop.actions) == (["year"], [])


def test_a_person_may_lift_the_hold_of_a_surplus_license_and_a_further_fall_is_a_new_one() -> None:
    less = UNITS.has(2_000, ("si_1", "price_unit", 2))
    lifted = replace(less.known.licenses[2], facts=with_facts({}, [HoldLifted("quantity:2", "ada", NOW)]))
    shop = Shop(replace(less.known, licenses=[*less.known.licenses[:2], lifted]))
    assert shop.statuses() == ["active", "active", "active"]
    assert shop.has(2_001, ("si_1", "price_unit", 1)).statuses() == ["active", "frozen", "frozen"]


# ------------------------------------------------------------------ what waits


def test_a_price_without_mapping_keeps_what_there_is_and_says_so_each_time() -> None:
    shop = ONE.has(2_001, ("si_1", "price_new", 1))
    assert (shop.plans(), shop.statuses()) == (["month"], ["active"])
    assert "price price_new is not mapped to a plan" in shop.waiting[0]
    again = shop.sees(seen("active", 2_002, item("si_1", "price_new", 1)))
    assert len(again.waiting) == 1


def test_once_it_is_mapped_a_replay_follows() -> None:
    shop = ONE.has(2_001, ("si_1", "price_seats", 9))
    unmapped = Shop(replace(ONE.known, mappings={})).has(2_001, ("si_1", "price_seats", 9))
    assert unmapped.valid() == [("month", 1)]
    mapped = Shop(replace(unmapped.known, mappings=shop.known.mappings)).sees()
    assert mapped.valid() == shop.valid() == [("month", 9)]


def test_a_quantity_that_the_mapping_does_not_grant_keeps_what_there_is() -> None:
    shop = Shop().subscribed(bought("price_small", 2)).has(2_000, ("si_1", "price_small", 7))
    assert (shop.valid(), len(shop.waiting)) == ([("month", 1)], 1)
    assert "has no grant for a quantity of 7" in shop.waiting[0]


def test_a_price_that_is_not_licensed_on_purpose_freezes_what_there_is() -> None:
    shop = ONE.has(2_000, ("si_1", "price_shirt", 1))
    assert (shop.statuses(), shop.waiting, shop.actions) == (["frozen"], [], ["license.frozen"])
    assert shop.has(2_001, ("si_1", "price_year", 1)).valid() == [("year", 1)]


def test_an_item_whose_price_is_not_told_is_not_followed() -> None:
    shop = ONE.has(2_000, ("si_1", "", 9))
    assert (shop.plans(), shop.actions) == (["month"], [])


# -------------------------------------------------------- added and removed items


def test_an_item_that_was_added_gets_licenses_of_the_same_order_with_its_id_as_their_line() -> None:
    shop = ONE.has(2_001, ("si_1", "price_month", 1), ("si_2", "price_unit", 2))
    assert [license.line for license in shop.known.licenses] == ["li_1", "si_2", "si_2"]
    assert shop.actions == ["license.issued"]
    assert shop.has(2_002, ("si_1", "price_month", 1), ("si_2", "price_unit", 1)).statuses() == [
        "active",
        "active",
        "frozen",
    ]


def test_an_item_that_was_removed_expires_its_own_licenses_at_once() -> None:
    both = ONE.has(2_001, ("si_1", "price_month", 1), ("si_2", "price_year", 1))
    less = both.has(2_002, ("si_2", "price_year", 1))
    assert (less.statuses(), less.actions) == (["expired", "active"], ["license.expired"])
    assert less.statuses(now=2_001) == ["active", "active"]


def test_what_was_removed_stays_ended_since_then_whatever_becomes_of_the_others() -> None:
    both = Shop().subscribed(bought("price_month"), bought("price_unit", identity="li_2"))
    less = both.has(2_000, ("si_2", "price_unit", 1))
    later = less.has(3_000, ("si_2", "price_unit_year", 1))
    assert later.actions == ["license.changed"]
    assert later.statuses(now=2_000) == ["expired", "active"]


def test_an_item_that_was_removed_and_is_seen_again_after_all_is_valid_again() -> None:
    """As when two observations of one second could be told apart only by a third."""
    both = ONE.has(2_001, ("si_1", "price_month", 1), ("si_2", "price_year", 1))
    back = both.has(2_002, ("si_2", "price_year", 1)).has(2_003, ("si_1", "price_month", 1), ("si_2", "price_year", 1))
    assert (back.statuses(), back.actions) == (["active", "active"], ["license.reactivated"])
    assert back.keys == both.keys


def test_an_item_that_is_added_without_mapping_waits_and_the_others_go_on() -> None:
    shop = ONE.has(2_001, ("si_1", "price_year", 1), ("si_2", "price_new", 1))
    assert shop.valid() == [("year", 1)]
    assert "price price_new is not mapped" in shop.waiting[0]


def test_an_item_that_was_removed_expires_its_own_whatever_the_plans_kind() -> None:
    """Else it would depend on the order of events whether there is a license for what came and went."""
    both = Shop().subscribed(bought("price_life"))
    both = both.has(2_000, ("si_1", "price_life", 1), ("si_2", "price_month", 1), ("si_3", "price_life", 1))
    assert both.statuses() == ["active"] * 3
    assert both.has(2_001, ("si_1", "price_life", 1)).statuses() == ["active", "expired", "expired"]


# ------------------------------------------------------- the customer's metadata


def test_the_key_ring_tells_the_plan_that_the_key_has_now() -> None:
    shop = ONE.has(2_000, ("si_1", "price_year", 1))
    assert [each.plan for each in shop.known.key_ring.newest] == ["year"]
    assert shop.known.key_ring.license_count == 1
    assert shop.last is not None
    assert shop.last.order.waiting_effects == {"metadata"}  # nobody is mailed for it


def test_seats_that_change_are_told_to_nobody_outside() -> None:
    shop = Shop().subscribed(bought("price_seats", 5)).has(2_000, ("si_1", "price_seats", 6))
    assert shop.last is not None
    assert shop.last.order.waiting_effects == frozenset()


# ---------------------------------------------------------------- what is followed


def test_nothing_is_followed_before_the_order_is_paid() -> None:
    shop = Shop().decides(Purchase(SESSION, (), ())).has(2_000, ("si_1", "price_unit", 9))
    assert (shop.order.settled, shop.waiting) == ((), [])


def test_an_order_that_the_api_issued_follows_nothing() -> None:
    call = Purchase(SESSION, (Paid(NOW),), issued=settle_issued(PLANS["month"], 1, None), key="key_1")
    shop = Shop().decides(call).has(2_000, ("si_1", "price_year", 7), ("si_2", "price_year", 1))
    assert (shop.valid(), shop.waiting) == ([("month", 1)], [])
    assert shop.sees(seen("unpaid", 2_001)).statuses() == ["frozen"]  # the money it follows all the same


@pytest.mark.parametrize("identity", ["si_1", "si_9"])
def test_a_line_that_does_not_recur_is_no_item_of_the_subscription(identity: str) -> None:
    lines = bought("price_life", identity="li_life", recurs=False), bought("price_month")
    shop = Shop().sells(*lines).has(2_000, (identity, "price_year", 1), ("si_2", "price_life", 1))
    joined = [(settled.line.id, settled.item) for settled in shop.order.settled]
    assert joined[0] == ("li_life", None)


def test_the_first_invoice_is_needed_only_once_it_is_not_as_it_was_bought() -> None:
    same, other = seen("active", 2_000, item(price="price_month")), seen("active", 2_000, item(price="price_year"))
    sold = Shop().sells(bought("price_month"))

    def needed(shop: Shop, fact: OrderFact) -> bool:
        return needs_first_invoice(replace(shop.order, facts=with_facts(shop.order.facts, [fact])))

    assert [needed(sold, fact) for fact in (same, other)] == [False, True]
    assert not needed(sold.sees(same), other)  # it is joined by then
    assert not needed(sold.sees(first_invoice(("si_1", "price_month"))), other)
    assert not needed(Shop().sells(bought("price_month"), order=replace(SESSION, invoice=None)), other)
    assert not needs_first_invoice(STUB)
