"""What is known before a license is there makes it frozen or expired from the beginning: told once, and of it alone."""

from dataclasses import replace

from keystack.domain.facts import OrderFact, Refunded
from keystack.domain.plan_kinds import DAY, PlanKind
from keystack.domain.plans import Grant, Mapping, Plan

from unit.billing_facts import disputed, ended, item, paid_until, renewal_refunded, seen
from unit.subscribed import MAPPINGS, PAID_AT, PLANS, Shop, bought, first_invoice

LATER, LATEST = 9_000, 10_000
INVOICE = first_invoice(("si_1", "price_month"), ("si_2", "price_late"))
MONTH, LATE = bought("price_month"), bought("price_late", identity="li_late")
FOR_LIFE = bought("price_for_life", identity="li_life", recurs=False)
WEEK = Plan("week", "Week", PlanKind.FIXED, duration_days=7)
LATE_MAPPINGS = {
    **MAPPINGS,
    **{price: Mapping(price, grants) for price, grants in (
        ("price_late", (Grant("month", keys=2),)),
        ("price_for_life", (Grant("life", keys=2),)),
        ("price_week", (Grant("week"),)),
    )},
}  # fmt: skip


def later_mapped(*facts: OrderFact) -> Shop:
    """Three lines were bought, one of which was mapped; facts became known; then all is mapped, and replayed."""
    lines = MONTH, LATE, FOR_LIFE
    shop = Shop().sells(*lines).sees(INVOICE).sees(*facts)
    return Shop(replace(shop.known, mappings=LATE_MAPPINGS)).sells(*lines)


def told(shop: Shop) -> list[tuple[str, object]]:
    assert shop.last is not None
    return [(str(entry.action), entry.detail.get("licenses")) for entry in shop.last.entries]


REFUNDED = Refunded("ch_1", 100, True, True, 2_000)


def test_licenses_of_an_order_that_was_refunded_are_born_frozen() -> None:
    assert told(later_mapped(REFUNDED)) == [("license.issued", 4), ("license.frozen", 4)]


def test_licenses_that_the_hold_does_not_concern_are_not() -> None:
    shop = later_mapped(renewal_refunded(until=LATER))
    assert told(shop) == [("license.issued", 4), ("license.frozen", 2)]
    assert shop.statuses() == ["frozen"] * 3 + ["active"] * 2


def test_a_hold_that_begins_later_is_told_when_it_begins() -> None:
    shop = later_mapped(seen("paused", 2_000, item(), item("si_2", "price_late"), trial_end=LATER))
    assert told(shop) == [("license.issued", 4)]
    after, found = shop.swept(LATER)
    assert found == ["license.frozen"]
    assert after.swept(LATEST)[1] == []


def test_a_subscription_that_was_unpaid_before_its_first_license_was_there_is_told_once() -> None:
    unpaid = seen("unpaid", 2_000, item("si_2", "price_late"))
    shop = Shop().sells(LATE).sees(first_invoice(("si_2", "price_late")), unpaid)
    assert shop.keys == []
    shop = Shop(replace(shop.known, mappings=LATE_MAPPINGS)).sells(LATE)
    assert told(shop) == [("license.issued", 2), ("license.frozen", 2)]
    assert shop.swept(LATEST)[1] == []


def test_refunded_and_unpaid_is_frozen_once() -> None:
    for refund in (replace(REFUNDED, at=1_500), replace(REFUNDED, at=2_500)):
        unpaid = seen("unpaid", 2_000, item("si_2", "price_late"))
        shop = Shop().sells(LATE).sees(first_invoice(("si_2", "price_late")), unpaid, refund)
        shop = Shop(replace(shop.known, mappings=LATE_MAPPINGS)).sells(LATE)
        assert told(shop) == [("license.issued", 2), ("license.frozen", 2)]
        assert shop.swept(LATEST)[1] == []


def test_licenses_that_come_after_the_end_are_told_as_expired_though_that_end_is_in_the_log() -> None:
    shop = later_mapped(ended(2_000, 2_000, item(), item("si_2", "price_late")))
    assert told(shop) == [("license.issued", 4), ("license.expired", 2)]
    assert shop.statuses() == ["expired"] * 3 + ["active"] * 2
    assert shop.swept(LATEST)[1] == []


def test_an_end_of_older_licenses_that_no_sweep_has_told_yet_is_told_of_them() -> None:
    """Their subscription ended at 2,000; that is past when the other line is mapped, and the sweep is not there yet."""
    shop = Shop().sells(MONTH, LATE).sees(INVOICE)
    shop = shop.sees(ended(2_000, 1_900, item(), item("si_2", "price_late")), now=1_900)
    assert shop.actions == ["license.expiring"]
    shop = Shop(replace(shop.known, mappings=LATE_MAPPINGS)).sells(MONTH, LATE)
    assert sorted(told(shop), key=str) == [("license.expired", 1), ("license.expired", 2), ("license.issued", 2)]
    assert shop.swept(LATEST)[1] == []


def test_a_fixed_license_that_is_paid_long_before_it_is_issued_is_born_expired() -> None:
    known = replace(Shop().known, mappings=LATE_MAPPINGS, plans={**PLANS, "week": WEEK})
    shop = Shop(known).sells(bought("price_week", recurs=False), now=PAID_AT + 7 * DAY)
    assert told(shop) == [("order.created", 1), ("license.expired", 1)]
    assert shop.swept(PAID_AT + 8 * DAY)[1] == []
    assert Shop(known).sells(bought("price_week", recurs=False), now=PAID_AT + 7 * DAY - 1).actions == ["order.created"]


def test_what_arrives_with_the_payment_is_told_by_its_own_entry() -> None:
    shop = Shop().sells(MONTH, parked=[disputed("lost", 1_100)])
    assert told(shop) == [("order.created", 1), ("license.frozen", 1)]


# ------------------------------------------------------------------ further units


def units(quantity: int, at: int, status: str = "active") -> OrderFact:
    return seen(status, at, item("si_1", "price_unit", quantity))


UNITS = Shop().subscribed(bought("price_unit", 2))


def test_further_units_of_a_frozen_order_are_born_frozen_each_time() -> None:
    shop = UNITS.sees(REFUNDED)
    three = shop.sees(units(3, 2_001))
    five = three.sees(units(5, 2_002))
    assert told(three) == [("license.issued", 1), ("license.frozen", 1)]
    assert told(five) == [("license.issued", 2), ("license.frozen", 2)]
    ids = [entry.id for each in (three, five) if each.last for entry in each.last.entries]
    assert len(set(ids)) == len(ids) == 4


def test_further_units_are_mailed_only_if_one_of_them_is_valid() -> None:
    def mail(shop: Shop) -> str:
        assert shop.last is not None
        return str(shop.last.order.effects["email"].state)

    assert mail(UNITS.sees(units(3, 2_001))) == "pending"
    assert mail(UNITS.sees(REFUNDED).sees(units(3, 2_001))) == "skipped"
    assert mail(UNITS.sees(units(3, 2_001, "unpaid"))) == "skipped"


def test_further_units_that_come_with_what_freezes_the_others_are_told_as_frozen_too() -> None:
    shop = UNITS.sees(units(3, 2_001, "unpaid"))
    assert told(shop) == [("license.frozen", 2), ("license.issued", 1), ("license.frozen", 1)]
    assert shop.swept(LATEST)[1] == []


def test_further_units_of_a_subscription_that_has_ended_are_born_expired() -> None:
    shop = UNITS.sees(ended(2_000, 2_000, item("si_1", "price_unit", 3)), paid_until(1_500))
    assert told(shop) == [("license.expired", 2), ("license.issued", 1), ("license.expired", 1)]
    assert shop.swept(LATEST)[1] == []


def test_an_item_that_was_removed_is_told_as_expired_once() -> None:
    both = Shop().subscribed(MONTH, bought("price_year", identity="li_2"))
    less = both.has(2_000, ("si_2", "price_year", 1))
    assert told(less) == [("license.expired", 1)]
    assert less.swept(LATEST)[1] == []


def test_units_that_are_too_many_are_told_as_frozen_once() -> None:
    less = UNITS.sees(units(1, 2_001))
    assert told(less) == [("license.frozen", 1)]
    assert less.swept(LATEST)[1] == []


def test_what_follows_from_several_items_at_once_has_an_entry_for_each_word() -> None:
    shop = Shop().subscribed(MONTH, bought("price_unit", 4, "li_2"), bought("price_unit", 2, "li_3"))
    shop = shop.has(2_000, ("si_1", "price_month", 1), ("si_2", "price_unit", 4), ("si_3", "price_unit", 1))
    all_at_once = shop.has(2_001, ("si_2", "price_unit_year", 1), ("si_3", "price_unit", 3))
    assert told(all_at_once) == [
        ("license.expired", 1),
        ("license.frozen", 3),
        ("license.reactivated", None),
        ("license.issued", 1),
    ]
    assert all_at_once.statuses() == ["expired"] + ["active"] + ["frozen"] * 3 + ["active"] * 3


def test_a_surplus_license_whose_hold_ends_after_the_subscription_did_is_not_called_reactivated() -> None:
    less = UNITS.sees(units(1, 2_001)).sees(ended(2_100, 2_100, item("si_1", "price_unit", 1)), paid_until(1_500))
    assert less.statuses() == ["expired", "frozen"]
    more = less.sees(ended(2_100, 2_200, item("si_1", "price_unit", 2)))
    assert (more.statuses(), more.actions) == (["expired", "expired"], ["hold.lifted"])
