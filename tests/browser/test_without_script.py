"""JavaScript off: every page works by links, forms and reloading."""

from playwright.sync_api import Page, expect

from browser.conftest import Visit
from browser.every_page import Busy
from browser.vendors import buy, failed_delivery, new_shop
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for
from local.tools.vendor_view import VendorView


def test_no_page_shows_what_needs_a_script(busy: Busy, visit: Visit) -> None:
    person = visit(busy.state, java_script_enabled=False)
    for path in busy.paths:
        person.open(path)
        assert_works_without_script(person.page, path)
    person.complaints.clear()  # Chromium notes answers of 404


def assert_works_without_script(page: Page, path: str) -> None:
    expect(page.locator("main h1").first).to_be_visible()
    assert page.locator(".needs-script").filter(visible=True).count() == 0, path
    assert page.get_by_label("Pages", exact=True).get_by_role("link").first.is_visible(), path


def test_a_price_is_mapped_and_its_delivery_replayed(stack: ChildStack, visit: Visit) -> None:
    state = new_shop(stack.state, "quiet")
    view = VendorView(state)
    bought = buy(view, "price_quiet", "quiet@example.com")
    delivery = failed_delivery(view, bought.order)
    person = visit(state, java_script_enabled=False)
    page = person.page

    person.open()
    page.get_by_label("Earns").select_option("lifetime")
    page.get_by_role("button", name="Map").click()
    person.open(f"/settings/webhooks/deliveries/{delivery}")
    page.get_by_role("button", name="See what a replay will do").click()
    expect(page.locator(".will").first).to_be_visible()
    page.get_by_role("button", name="Replay", exact=True).click()
    wait_for("the license", lambda: view.licenses(bought))
    page.goto(page.url)
    expect(page.locator("#outcome").get_by_text("succeeded")).to_be_visible()

    person.choose("Licenses")
    page.get_by_label("Status").select_option("active")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("row").filter(has_text="quiet@example.com").get_by_role("link").first.click()
    page.get_by_role("button", name="Freeze…").click()
    page.get_by_label("Reason").fill("A question")
    page.get_by_role("button", name="Freeze").click()
    expect(page.locator(".head").get_by_text("frozen", exact=True)).to_be_visible()


def test_previews_come_by_a_button(busy: Busy, visit: Visit) -> None:
    person = visit(busy.state, java_script_enabled=False)
    page = person.page
    person.open("/settings/stripe/rules?target=price_team")
    page.get_by_label("Try it with").fill("7")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("7 × price_team: 1 key of team with 7 seats")
    person.open("/settings/branding")
    page.get_by_label("Product", exact=True).fill("Quiet Studio")
    page.get_by_role("button", name="Show the mail").click()
    expect(page.get_by_text("Your Quiet Studio license key")).to_be_visible()
