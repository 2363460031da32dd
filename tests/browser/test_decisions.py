"""What a vendor decides, by clicking: after a refund; about a price that nobody mapped; about a failed delivery."""

from playwright.sync_api import expect

from browser.conftest import Visit
from browser.vendors import buy, buy_license, failed_delivery, new_shop, tell
from local.stripe.shapes import charge
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for
from local.tools.vendor_view import VendorView


def test_a_refunded_license_is_frozen_until_somebody_reactivates_it_with_a_reason(
    stack: ChildStack, visit: Visit
) -> None:
    state = new_shop(stack.state, "refunder")
    view = VendorView(state)
    bought, license = buy_license(view, "price_pro_lifetime", "grace@example.com")
    tell(view, "charge.refunded", charge(bought, bought.amount))
    wait_for("the freeze", lambda: [each.status for each in view.licenses(bought)] == ["frozen"])

    person = visit(state)
    page = person.page
    person.open()
    page.get_by_role("article").filter(has_text="Frozen:").get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Held since")).to_contain_text(f"{bought.charge} was refunded in full")
    page.get_by_role("row").filter(has_text=license).get_by_role("link").first.click()
    expect(page.locator(".why")).to_contain_text(f"{bought.charge} was refunded in full")
    page.get_by_role("button", name="Reactivate…").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.get_by_label("Reason").fill("Paid again by bank transfer")
    page.get_by_role("button", name="Reactivate").click()
    expect(page.locator(".head").get_by_text("active", exact=True)).to_be_visible()

    assert [each.status for each in view.licenses(bought)] == ["active"]
    page.get_by_role("link", name="What happened to it").click()
    expect(page.get_by_role("row").filter(has_text="Paid again by bank transfer")).to_have_count(1)
    person.choose("Home")
    expect(page.get_by_text("All clear.")).to_be_visible()
    assert license in page.request.get(f"{state['url']}/dashboard/licenses").text()


def test_a_price_that_is_not_mapped_is_mapped_on_the_spot_and_its_delivery_replayed(
    stack: ChildStack, visit: Visit
) -> None:
    state = new_shop(stack.state, "mapper")
    view = VendorView(state)
    bought = buy(view, "price_new_edition", "alan@example.com")
    failed_delivery(view, bought.order)

    person = visit(state)
    page = person.page
    person.open()
    todo = page.get_by_role("article").filter(has_text="price_new_edition is not mapped to a plan")
    expect(todo).to_contain_text("1 ×")
    todo.get_by_label("Earns").select_option("lifetime")
    todo.get_by_role("button", name="Map").click()
    expect(page.get_by_text("price_new_edition is mapped now.")).to_be_visible()
    page.get_by_role("button", name="Replay them").click()
    expect(page.get_by_text("1 of 1 is in its queue again")).to_be_visible()

    wait_for("the license", lambda: view.licenses(bought))
    person.open()
    expect(page.get_by_text("All clear.")).to_be_visible()
    person.choose("Licenses")
    expect(page.get_by_role("row").filter(has_text="alan@example.com")).to_have_count(1)


def test_replay_says_what_it_will_do_and_does_that(stack: ChildStack, visit: Visit) -> None:
    state = new_shop(stack.state, "replayer")
    view = VendorView(state)
    bought = buy(view, "price_late", "joan@example.com")
    delivery = failed_delivery(view, bought.order)

    person = visit(state)
    page = person.page
    person.open("/settings/webhooks/deliveries")
    page.get_by_role("row").filter(has_text=delivery).get_by_role("link").first.click()
    page.get_by_role("link", name="Map").first.click()
    form = page.locator("form.inline").filter(has=page.get_by_label("Price or product"))
    form.get_by_label("Price or product").fill("price_late")
    form.get_by_label("Earns").select_option("lifetime")
    form.get_by_role("button", name="Map").click()
    person.open(f"/settings/webhooks/deliveries/{delivery}")
    expect(page.locator("#replay .will")).to_contain_text(["mint", "e-mail"])
    page.get_by_role("button", name="Replay", exact=True).click()

    expect(page.get_by_text("Replayed: this is what became of it.")).to_be_visible()
    expect(page.locator("#outcome").get_by_text("succeeded")).to_be_visible()
    assert len(view.licenses(bought)) == 1
    wait_for("the mail", lambda: view.mails("joan@example.com"))
    page.reload()
    expect(page.locator("#replay .will-not")).to_contain_text(["e-mail"])
