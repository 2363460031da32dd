"""Plans, branding and its mail, in a browser: what is typed shows in the mail; of two people the second is told."""

from playwright.sync_api import Page, expect

from browser.person import Person


def test_the_mail_shows_what_is_typed_and_a_test_mail_arrives(person: Person, page: Page) -> None:
    person.open("/settings/branding")
    before = page.get_by_label("Footer").input_value()
    page.get_by_label("Product", exact=True).fill("Größe & Co <script>alert(1)</script>")
    mail = page.frame_locator("iframe.wide")
    expect(mail.get_by_role("heading").first).to_contain_text("Your Größe & Co <script>alert(1)</script> license key")
    expect(page.frame_locator("iframe.narrow").get_by_text("SAMPL-ESAMP")).to_be_visible()
    assert page.locator("iframe[sandbox='']").count() == 2
    person.open("/settings/branding")
    expect(page.get_by_label("Footer")).to_have_value(before)  # nothing was stored
    page.get_by_label("To", exact=True).fill("bob@example.com")
    page.get_by_role("button", name="Send a test mail").click()
    expect(page.get_by_role("status").filter(has_text="The mail server took the test mail.")).to_be_visible()
    page.reload()
    mailbox = page.request.get(f"{person.state['url']}/local/mailbox").text()
    assert mailbox.count("[Test mail] Your Acme Studio license key") > 0


def test_of_two_people_who_change_a_plan_the_second_is_told_what_the_first_did(person: Person, page: Page) -> None:
    other = page.context.new_page()
    for each in (page, other):
        each.goto(f"{person.state['url']}/dashboard/settings/plans/team")
    other.get_by_label("Seats").fill("12")
    other.get_by_role("button", name="Store the plan").click()
    expect(other.get_by_text("The plan is stored.")).to_be_visible()
    page.get_by_label("Seats").fill("34")
    page.get_by_role("button", name="Store the plan").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing of yours was stored.")
    expect(page.get_by_label("Seats")).to_have_value("12")
    expect(page.get_by_role("alert")).to_contain_text("34")
    person.complaints.clear()  # Chromium notes every answer of 409


def test_days_are_asked_for_where_they_count(person: Person, page: Page) -> None:
    person.open("/settings/plans/new")
    expect(page.get_by_label("Days")).to_be_hidden()
    page.get_by_label("Kind").select_option("fixed")
    expect(page.get_by_label("Days")).to_be_visible()
