"""Sign-in, sign-out, keys that may read only, keys that are deleted."""

import json
import urllib.request
from typing import Any

from playwright.sync_api import expect

from browser.person import Person


def api_key(person: Person, scope: str) -> dict[str, Any]:
    """Make another API key by the API."""
    asked = urllib.request.Request(
        f"{person.state['url']}/v1/api-keys",
        json.dumps({"name": f"A key to {scope}", "scopes": [scope]}).encode(),
        {"Authorization": f"Bearer {person.state['api_key']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked) as answer:
        return dict(json.load(answer))


def test_the_page_that_was_wanted_is_shown_after_sign_in(person: Person) -> None:
    person.open("/settings/api-keys?mode=test")
    expect(person.page).to_have_title("Sign in · KeyStack")
    person.page.get_by_label("API key").fill(person.state["api_key"])
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("heading", name="API keys", exact=True)).to_be_visible()
    assert person.page.url.endswith("/dashboard/settings/api-keys?mode=test")


def test_a_wrong_key_is_refused_at_its_field_and_says_what_to_do(person: Person) -> None:
    person.sign_in("ks_acme_first_wrong")
    expect(person.page.get_by_role("alert")).to_contain_text("There is no such API key")
    person.complaints.clear()  # Chromium notes every answer of 403


def test_after_sign_out_back_shows_nothing(person: Person) -> None:
    person.sign_in()
    person.open("/settings/api-keys")
    person.page.locator("details.account summary").click()
    person.page.get_by_role("button", name="Sign out").click()
    expect(person.page).to_have_title("Sign in · KeyStack")
    person.page.go_back()
    expect(person.page.get_by_role("heading", name="Sign in to KeyStack")).to_be_visible()


def test_a_key_that_may_read_sees_no_form(person: Person) -> None:
    person.sign_in(api_key(person, "read")["key"])
    person.open("/settings/api-keys")
    expect(person.page.get_by_role("cell", name="first", exact=True).first).to_be_visible()
    assert person.page.get_by_role("button", name="Make the key").count() == 0
    assert person.page.get_by_role("link", name="Delete…").count() == 0


def test_a_session_ends_with_its_key(person: Person) -> None:
    made = api_key(person, "admin")
    person.sign_in(made["key"])
    person.open("/settings/api-keys")
    row = person.page.get_by_role("row").filter(has_text=made["id"])
    row.get_by_role("link", name="Delete…").click()
    expect(person.page.get_by_role("button", name="Cancel")).to_be_focused()
    person.page.get_by_role("button", name="Delete the key").click()
    expect(person.page).to_have_title("Sign in · KeyStack")
