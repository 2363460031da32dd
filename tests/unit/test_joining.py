"""A line that was bought is joined once to the subscription item that it is billed as; nothing is guessed."""

from dataclasses import replace

import pytest
from keystack.domain.plans import Grant, Mapping

from unit.billing_facts import item, seen
from unit.subscribed import MAPPINGS, SESSION, Shop, bought, first_invoice

MONTH, YEAR = ("si_1", "price_month", 1), ("si_2", "price_year", 1)
LATE = bought("price_late", identity="li_late")  # nobody has mapped it yet
TWO = bought("price_month", identity="li_1"), bought("price_year", identity="li_2")
CANNOT_TELL = "subscription item si_1 cannot be told from the lines of order cs_1"


def joined(shop: Shop) -> dict[str, str | None]:
    return {settled.line.id: settled.item for settled in shop.order.settled}


def maps_late(shop: Shop) -> Shop:
    """The vendor maps the price, and the checkout's event is replayed."""
    late = Mapping("price_late", (Grant("month"),))
    known = replace(shop.known, mappings={**MAPPINGS, "price_late": late})
    return Shop(known).sells(bought("price_month"), LATE)


# --------------------------------------------------------------------- as bought


def test_while_it_is_as_it_was_bought_the_items_themselves_tell() -> None:
    assert joined(Shop().sells(*TWO).has(2_000, YEAR, MONTH)) == {"li_1": "si_1", "li_2": "si_2"}


def test_a_checkout_that_comes_late_is_joined_to_what_waited_for_it() -> None:
    shop = Shop().sells(*TWO, parked=[seen("active", 2_000, item(*MONTH), item(*YEAR))])
    assert joined(shop) == {"li_1": "si_1", "li_2": "si_2"}
    assert shop.valid() == [("month", 1), ("year", 1)]


def test_what_is_joined_stays_so_whatever_its_price_is_then() -> None:
    shop = Shop().sells(*TWO).has(2_000, YEAR, MONTH)
    swapped = shop.has(2_001, ("si_1", "price_year", 1), ("si_2", "price_month", 1))
    assert joined(swapped) == {"li_1": "si_1", "li_2": "si_2"}
    assert swapped.plans() == ["year", "month"]


def test_two_lines_of_one_price_are_two_items() -> None:
    lines = bought("price_month", identity="li_1"), bought("price_month", identity="li_2")
    shop = Shop().sells(*lines).has(2_000, MONTH, ("si_2", "price_month", 1))
    assert joined(shop) == {"li_1": "si_1", "li_2": "si_2"}
    assert len(shop.keys) == 2


# -------------------------------------------------------------- the first invoice


def test_what_was_changed_before_it_was_ever_seen_is_joined_by_the_first_invoice() -> None:
    shop = (
        Shop()
        .sells(bought("price_month"))
        .sees(first_invoice(("si_1", "price_month")), seen("active", 2_000, item("si_1", "price_year")))
    )
    assert (joined(shop), shop.plans(), shop.waiting) == ({"li_1": "si_1"}, ["year"], [])


def test_a_checkout_that_comes_after_the_change_mints_what_there_is_then() -> None:
    two_of_a_year = seen("active", 2_000, item("si_1", "price_unit_year", 2))
    shop = Shop().sells(bought("price_unit", 3), parked=[first_invoice(("si_1", "price_unit")), two_of_a_year])
    assert shop.valid() == [("year", 1), ("year", 1)]
    assert shop.statuses() == ["active", "active", "frozen"]


def test_without_the_first_invoice_a_changed_line_cannot_be_joined_and_keeps_what_it_has() -> None:
    shop = Shop().sells(bought("price_month")).has(2_000, ("si_1", "price_year", 1))
    assert (joined(shop), shop.plans(), shop.waiting) == ({"li_1": None}, ["month"], [CANNOT_TELL])
    told = shop.sees(first_invoice(("si_1", "price_month")))
    assert (joined(told), told.plans(), told.waiting) == ({"li_1": "si_1"}, ["year"], [])


def test_that_another_item_has_the_price_by_now_joins_nothing() -> None:
    """What was bought for a month may be the one that is paid yearly by now: the first invoice would tell."""
    shop = Shop().sells(*TWO).has(2_000, ("si_1", "price_year", 1), ("si_2", "price_unit", 2))
    assert (joined(shop), shop.waiting) == ({"li_1": None, "li_2": None}, [CANNOT_TELL])
    assert shop.plans() == ["month", "year"]


def test_an_item_that_was_there_from_the_beginning_is_not_taken_for_one_that_was_added() -> None:
    invoice = first_invoice(("si_1", "price_month"), ("si_2", "price_gone"))
    shop = Shop().sells(bought("price_month")).sees(invoice, seen("active", 2_000, item(*MONTH), item(*YEAR)))
    assert (shop.plans(), shop.waiting) == (["month"], [])


def test_an_order_without_an_invoice_is_joined_by_price_as_far_as_that_goes() -> None:
    free = replace(SESSION, invoice=None)
    shop = Shop().sells(*TWO, order=free).has(2_000, MONTH, ("si_2", "price_unit", 1))
    assert joined(shop) == {"li_1": "si_1", "li_2": None}
    assert len(shop.waiting) == 1


def test_of_several_lines_each_is_joined_to_the_item_that_was_billed_at_its_price() -> None:
    invoice = first_invoice(("si_2", "price_year"), ("si_1", "price_month"))
    both = seen("active", 2_000, item("si_1", "price_year"), item("si_2", "price_month"))
    shop = Shop().sells(*TWO).sees(invoice, both)
    assert joined(shop) == {"li_1": "si_1", "li_2": "si_2"}
    assert shop.plans() == ["year", "month"]


def test_an_item_that_was_removed_before_anything_was_seen_expires_its_line() -> None:
    invoice = first_invoice(("si_1", "price_month"), ("si_2", "price_year"))
    shop = Shop().sells(*TWO).sees(invoice, seen("active", 2_000, item("si_1", "price_month")))
    assert joined(shop) == {"li_1": "si_1", "li_2": "si_2"}
    assert shop.statuses() == ["active", "expired"]


def test_an_item_that_was_added_before_anything_was_seen_gets_licenses_of_its_own() -> None:
    three = seen("active", 2_000, item(*MONTH), item(*YEAR), item("si_3", "price_unit", 2))
    shop = Shop().sells(*TWO).sees(first_invoice(("si_1", "price_month"), ("si_2", "price_year")), three)
    assert joined(shop) == {"li_1": "si_1", "li_2": "si_2", "si_3": "si_3"}
    assert [license.line for license in shop.known.licenses] == ["li_1", "li_2", "si_3", "si_3"]


def test_while_a_line_cannot_be_joined_no_item_gets_licenses_it_might_be_the_lines_own() -> None:
    shop = Shop().sells(bought("price_month")).has(2_000, ("si_1", "price_year", 1), ("si_2", "price_unit", 3))
    assert (shop.keys, shop.waiting) == (["MONTH-00000-00000-00000-00000-00001"], [CANNOT_TELL])


def test_a_metered_item_that_is_on_no_first_invoice_is_joined_by_its_price() -> None:
    metered = bought("price_unit", identity="li_metered")
    two = seen("active", 2_000, item("si_1", "price_year"), item("si_m", "price_unit"))
    shop = Shop().sells(bought("price_month"), metered).sees(first_invoice(("si_1", "price_month")), two)
    assert joined(shop) == {"li_1": "si_1", "li_metered": "si_m"}
    assert shop.valid() == [("month", 1), ("year", 1)]


# ----------------------------------------------------------- lines that wait


def test_the_item_of_a_line_that_waits_for_its_mapping_gets_no_licenses_as_if_it_were_new() -> None:
    shop = Shop().sells(bought("price_month"), LATE).has(2_000, MONTH, ("si_2", "price_late", 1))
    assert (shop.plans(), shop.waiting) == (["month"], [])
    changed = shop.has(2_001, MONTH, ("si_2", "price_year", 1))  # the first invoice would tell, and is not known
    assert (changed.plans(), len(changed.waiting)) == (["month"], 1)


@pytest.mark.parametrize("price", ["price_late", "price_year"])
def test_a_line_that_waits_is_minted_once_when_it_is_mapped_whatever_its_item_has_become(price: str) -> None:
    shop = Shop().sells(bought("price_month"), LATE)
    shop = shop.sees(first_invoice(("si_1", "price_month"), ("si_2", "price_late")))
    mapped = maps_late(shop.has(2_000, MONTH, ("si_2", price, 1)))
    assert [license.line for license in mapped.known.licenses] == ["li_1", "li_late"]
    assert joined(mapped) == {"li_1": "si_1", "li_late": "si_2"}
    assert mapped.plans() == ["month", "month" if price == "price_late" else "year"]
    again = maps_late(mapped)
    assert again.keys == mapped.keys


def test_it_is_minted_once_also_if_its_item_was_removed_meanwhile() -> None:
    shop = Shop().sells(bought("price_month"), LATE)
    shop = shop.sees(first_invoice(("si_1", "price_month"), ("si_2", "price_late")))
    mapped = maps_late(shop.has(2_000, MONTH))
    assert mapped.statuses() == ["active", "expired"]


def test_an_item_that_was_added_beside_a_line_that_waits_gets_its_own() -> None:
    shop = Shop().sells(bought("price_month"), LATE)
    shop = shop.sees(first_invoice(("si_1", "price_month"), ("si_2", "price_late")))
    shop = shop.has(2_000, MONTH, ("si_2", "price_late", 1), ("si_3", "price_unit", 2))
    assert [license.line for license in shop.known.licenses] == ["li_1", "si_3", "si_3"]
    assert [license.line for license in maps_late(shop).known.licenses] == ["li_1", "si_3", "si_3", "li_late"]
