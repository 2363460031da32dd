"""Plan rules in a browser: what they would mint shows while somebody types; what is stored counts."""

from playwright.sync_api import expect

from browser.conftest import Visit
from browser.vendors import buy, buy_license, new_shop
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for
from local.tools.vendor_view import VendorView


def test_what_rules_would_mint_shows_while_somebody_types(stack: ChildStack, visit: Visit) -> None:
    state = new_shop(stack.state, "ruler")
    view = VendorView(state)
    buy_license(view, "price_team", "lin@example.com", quantity=3)

    person = visit(state)
    page = person.page
    person.open("/settings/stripe/rules")
    page.get_by_role("link", name="price_team").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("1 × price_team: 1 key of team with 1 seat")
    page.get_by_label("Try it with").press_sequentially("2")  # before the 1
    expect(preview).to_contain_text("21 × price_team: 1 key of team with 21 seats")
    first = page.get_by_role("group", name="Grant 1")
    first.get_by_label("Keys").first.select_option("per_unit")
    first.get_by_label("Seats of each key").select_option("number")
    first.get_by_label("Number of seats").press_sequentially("4")
    expect(preview).to_contain_text("21 × price_team: 21 keys of team with 4 seats")
    cart = preview.get_by_role("listitem").filter(has=page.get_by_role("link", name="lin@example.com"))
    expect(cart).to_contain_text("now it would be 3 keys of team with 4 seats")

    page.get_by_role("button", name="Store the rules").click()
    expect(page.get_by_role("status")).to_contain_text("stored")
    bought = buy(view, "price_team", "kay@example.com", quantity=2)
    wait_for("two licenses", lambda: [each.seats for each in view.licenses(bought)] == [4, 4])
