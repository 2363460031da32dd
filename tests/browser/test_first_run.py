"""A vendor's first visit: from the operator's link to the first license, by clicking."""

import secrets

from playwright.sync_api import Locator, expect

from browser.person import Person
from browser.vendors import as_operator, buy, new_organization
from local.tools.demo import wait_for
from local.tools.vendor_view import VendorView


def test_the_four_steps_tick_themselves_off_and_the_first_license_appears_by_itself(person: Person) -> None:
    state = new_organization(person.state, "newcomer")
    page = person.page
    page.goto(as_operator(state, {"org": "newcomer", "sign_in_link": True})["sign_in_link"])
    page.get_by_role("button", name="Sign in").click()
    home = page.context.new_page()  # stays open beside the pages where things are done
    home.goto(f"{state['url']}/dashboard")
    expect(home.get_by_role("heading", name="Four steps to your first license")).to_be_visible()
    expect(done(home.locator(".steps"))).to_have_count(0)

    page.get_by_role("link", name="Connect Stripe").click()
    page.get_by_label("Restricted key").fill(f"rk_test_{secrets.token_hex(16)}")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("The key of test mode is stored")).to_be_visible()
    expect(done(home.locator(".steps"))).to_contain_text(["Connect Stripe"])

    page.get_by_label("Pages").get_by_role("link", name="Plans", exact=True).click()
    page.get_by_role("link", name="Create the first one").click()
    page.get_by_label("Code").fill("pro")
    page.get_by_label("Name", exact=True).fill("Newcomer Pro")
    page.get_by_label("Keys begin with").fill("NEW")
    page.get_by_role("button", name="Create the plan").click()
    page.get_by_label("Pages").get_by_role("link", name="Price → plan mapping").click()
    price = page.get_by_role("row").filter(has_text="price_pro_lifetime")
    price.get_by_label("Earns").select_option("pro")
    price.get_by_role("button", name="Map").click()
    expect(done(home.locator(".steps"))).to_contain_text(["Connect Stripe", "Map prices"])

    page.get_by_label("Pages").get_by_role("link", name="Connect").click()
    state["webhook_secret"] = "whsec_" + secrets.token_urlsafe(24)
    page.get_by_label("Signing secret", exact=True).fill(state["webhook_secret"])
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_text("The signing secret is stored.")).to_be_visible()
    expect(done(home.locator(".steps"))).to_contain_text(["Connect Stripe", "Map prices", "Paste the webhook"])
    expect(home.get_by_text("waiting for your first test purchase…")).to_be_visible()

    view = VendorView(state)
    bought = buy(view, "price_pro_lifetime", "first@example.com")
    wait_for("the license", lambda: view.licenses(bought))
    expect(home.get_by_role("heading", name="Your first license is there")).to_be_visible(timeout=2_000)
    assert "newcomer" in wait_for("the mail", lambda: view.mails("first@example.com"))[0]["text"].lower()
    home.get_by_role("link", name="audit log", exact=True).click()
    expect(home.get_by_role("row").filter(has_text="order.created")).to_have_count(1)


def done(steps: Locator) -> Locator:
    return steps.locator("li.done")
