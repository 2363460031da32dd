"""One customer with a very long address does not spoil the list for the others."""

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from browser.conftest import Visit
from browser.vendors import buy_license, new_shop
from local.tools.child_stack import ChildStack
from local.tools.vendor_view import VendorView

LONG = f"{'very' * 12}long@{'sub.' * 20}example.com"


@pytest.fixture(scope="module")
def shop(stack: ChildStack) -> dict[str, str]:
    state = new_shop(stack.state, "longaddress")
    buy_license(VendorView(state), "price_pro_lifetime", LONG)
    return state


def box(element: Locator) -> FloatRect:
    found = element.bounding_box()
    assert found is not None
    return found


@pytest.mark.parametrize("width", [360, 1280, 1440])
def test_every_column_is_inside_the_list(shop: dict[str, str], visit: Visit, width: int) -> None:
    page = visit(shop, viewport={"width": width, "height": 900}).page
    page.goto(f"{shop['url']}/dashboard/licenses?mode=test")
    expect(page.get_by_role("link", name=LONG)).to_be_visible()
    assert page.locator(".table-scroll").evaluate("each => each.scrollWidth - each.clientWidth") == 0
    who, license = page.locator("td.who"), page.locator("tr[data-row] .copyable code")
    assert who.evaluate("each => each.scrollWidth - each.clientWidth") == 0
    assert box(license)["height"] < 30  # pixels: one line


@pytest.mark.parametrize("width", [360, 900, 901, 1024])
def test_the_search_box_covers_nothing(shop: dict[str, str], visit: Visit, width: int) -> None:
    page = visit(shop, viewport={"width": width, "height": 900}).page
    page.goto(f"{shop['url']}/dashboard/licenses?mode=test")
    search, modes = box(page.get_by_role("searchbox")), box(page.locator(".modes"))
    assert search["x"] + search["width"] <= modes["x"] or search["y"] >= modes["y"] + modes["height"]
