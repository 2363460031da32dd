"""Keys alone: / j k Enter Esc ?, and Tab, which reaches everything, shows where it is, and is never caught."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Visit
from browser.vendors import buy_license, new_shop
from local.tools.child_stack import ChildStack
from local.tools.vendor_view import VendorView

# What a person can use: all of it, and what has the focus. A radio group is one stop, at what is chosen.
REACHABLE = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, time[tabindex], pre[tabindex]')]
  .filter((each) => each.checkVisibility() && !each.disabled && !(each.type === 'radio' && !each.checked))
  .map((each, place) => { each.dataset.place = place; return each.outerHTML.slice(0, 120); })"""
# It must look otherwise than without the focus: an outline, a shadow, or a background that shows.
FOCUSED = """() => {
  const one = document.activeElement, look = getComputedStyle(one), box = one.getBoundingClientRect();
  const outlined = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0;
  return { place: one.dataset.place, body: one === document.body, html: one.outerHTML.slice(0, 120),
    seen: (outlined || look.boxShadow !== 'none') && box.width > 0 && box.right > 0 };
}"""


@pytest.fixture(scope="module")
def shop(stack: ChildStack) -> dict[str, Any]:
    """An organization with two licenses."""
    state = new_shop(stack.state, "typist")
    view = VendorView(state)
    licenses = [buy_license(view, "price_pro_lifetime", f"{name}@example.com")[1] for name in ("ada", "bob")]
    return {**state, "licenses": licenses}


def test_a_license_is_found_looked_at_and_revoked_by_keys_alone(shop: dict[str, Any], visit: Visit) -> None:
    person = visit(shop)
    page, keys = person.page, person.page.keyboard
    person.open("/licenses")
    first, second = page.locator("tr[data-row] code").all_inner_texts()

    keys.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    keys.press("j")  # a dialog is open: nothing moves
    keys.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()

    keys.press("j")
    expect(focused(page)).to_have_attribute("href", f"/dashboard/licenses/{first}")
    keys.press("j")
    keys.press("j")  # there is no third one
    expect(focused(page)).to_have_attribute("href", f"/dashboard/licenses/{second}")
    keys.press("k")
    keys.press("Enter")
    expect(page.get_by_text(first, exact=True)).to_be_visible()

    keys.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    keys.type("jk?")  # in a field they are letters
    expect(page.get_by_role("searchbox")).to_have_value("jk?")
    keys.press("Escape")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    keys.press("/")
    keys.type(second)
    keys.press("Enter")
    expect(page.get_by_text(second, exact=True)).to_be_visible()

    tab_to(page, "Revoke…")
    keys.press("Space")  # it looks like a button, and is pressed like one
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    keys.press("Shift+Tab")
    keys.type("Lost for good")
    tab_to(page, "Revoke")
    keys.press("Enter")
    expect(page.locator(".head").get_by_text("revoked", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    "path", ["", "/licenses", "/licenses/{}", "/settings/stripe/rules?target=price_team", "/settings/api-keys"]
)
def test_tab_reaches_everything_and_shows_where_it_is(shop: dict[str, Any], visit: Visit, path: str) -> None:
    person = visit(shop)
    page = person.page
    person.open(path.format(shop["licenses"][0]))
    wanted = dict(enumerate(page.evaluate(REACHABLE)))
    unseen = []
    for _ in range(len(wanted) + 10):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at["body"]:  # past the last one
            break
        wanted.pop(int(at["place"] or -1), None)
        if not at["seen"]:
            unseen.append(at["html"])
    assert wanted == {}
    assert unseen == []


def focused(page: Page) -> Any:
    return page.locator(":focus")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == name:
            return
    raise AssertionError(f"Tab does not reach {name}")
