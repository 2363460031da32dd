"""Reading a page: copy buttons, times, filters that stay with Back and reload."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Visit
from browser.person import Person
from browser.vendors import buy_license, new_shop
from local.tools.child_stack import ChildStack
from local.tools.vendor_view import VendorView


@pytest.fixture(scope="module")
def shop(stack: ChildStack) -> dict[str, str]:
    """An organization with one license."""
    state = new_shop(stack.state, "reader")
    _, license = buy_license(VendorView(state), "price_pro_lifetime", "ada@example.com")
    return {**state, "license": license}


@pytest.fixture
def reader(shop: dict[str, str], visit: Visit) -> Person:
    return visit(shop, permissions=["clipboard-read", "clipboard-write"])


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_a_copy_button_copies_the_whole_id(reader: Person, shop: dict[str, str]) -> None:
    reader.open(f"/licenses/{shop['license']}")
    button = reader.page.get_by_role("button", name=f"Copy {shop['license']}")
    button.click()
    expect(button).to_have_class("copy needs-script copied")
    assert clipboard(reader.page) == shop["license"]
    reader.page.get_by_role("button", name="Show the whole key").click()
    key = reader.page.get_by_role("status").locator("code").inner_text()
    reader.page.get_by_role("button", name=f"Copy {key}").click()
    assert clipboard(reader.page) == key


def test_a_payload_is_copied_as_json(reader: Person) -> None:
    reader.open("/settings/webhooks/deliveries")
    reader.page.get_by_role("link", name="checkout.session.completed").click()
    reader.page.get_by_text("The event as it came").click()
    reader.page.get_by_role("button", name="Copy the event").click()
    assert '"type": "checkout.session.completed"' in clipboard(reader.page)


def test_a_time_shows_local_utc_and_unix_on_focus(reader: Person, shop: dict[str, str]) -> None:
    reader.open(f"/licenses/{shop['license']}")
    bought = reader.page.locator("dd > time").first
    bought.focus()
    shown = bought.evaluate("(time) => getComputedStyle(time, '::before').content + time.dataset.tooltip")
    at = datetime.fromisoformat(str(bought.get_attribute("datetime")))
    assert abs(at.timestamp() - time.time()) < 600
    local = at.astimezone(ZoneInfo("Europe/Vienna"))
    assert f"{local:%H:%M:%S} here" in shown
    assert f"{at.astimezone(UTC):%H:%M:%S}" in shown.partition("here")[2]
    assert f"Unix {int(at.timestamp())}" in shown
    assert bought.evaluate("(time) => getComputedStyle(time, '::before').display") != "none"


def test_back_and_reload_keep_filters_and_mode(reader: Person) -> None:
    page = reader.page
    reader.open("/licenses?mode=test")
    page.get_by_label("Status").select_option("frozen")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("No license matches")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Status")).to_have_value("frozen")
    page.get_by_label("Status").select_option("active")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("row").filter(has_text="ada@example.com").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="What you can do")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Status")).to_have_value("active")
    expect(page.get_by_role("row").filter(has_text="ada@example.com")).to_have_count(1)
    page.go_back()
    expect(page.get_by_text("No license matches")).to_be_visible()
    page.get_by_label("Mode", exact=True).get_by_role("link", name="Live").click()
    assert "status=frozen" in page.url
    assert "mode=live" in page.url


def test_a_telephone_that_is_turned_shows_the_menu(reader: Person) -> None:
    page, menu = reader.page, reader.page.get_by_label("Pages", exact=True)
    page.set_viewport_size({"width": 360, "height": 740})
    reader.open("/licenses")
    expect(menu).to_be_hidden()
    page.get_by_text("Menu", exact=True).click()
    expect(menu).to_be_visible()
    page.get_by_text("Menu", exact=True).click()
    page.set_viewport_size({"width": 1024, "height": 740})
    expect(menu).to_be_visible()
