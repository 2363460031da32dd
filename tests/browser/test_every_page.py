"""What holds for every page: axe finds nothing, nothing is wider than its window, no script of others runs."""

import json
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Visit
from browser.every_page import SCRIPT, Busy
from browser.person import Person
from browser.vendors import new_organization
from local.tools.child_stack import ChildStack

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
WIDTHS = (360, 768, 1024, 1440)
# Pages with a customer's name, a session's metadata, a price's nickname.
STRANGERS = ("/orders", "/search?q=eve", "/settings/webhooks", "/settings/stripe/mappings")
NEWCOMERS = ("", "/licenses", "/audit", "/settings/webhooks/deliveries", "/settings/stripe/mappings", "/settings/plans")
OPEN_ALL = "document.querySelectorAll('main details, aside details').forEach((each) => { each.open = true; })"
# How much wider the page gets, in pixels, as each time in turn shows its long form.
WIDER_BY_TIMES = """() => Math.max(0, ...[...document.querySelectorAll('time[tabindex]')].map((each) => {
  each.focus();
  return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}))"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def look_at(person: Person, path: str) -> Page:
    """Open a page in test mode, where everything happened, and wait for what it loads afterwards."""
    person.open(f"{path}{'&' if '?' in path else '?'}mode=test")
    expect(person.page.locator("#replay[hx-get]")).to_have_count(0)  # the only part that is loaded afterwards
    person.complaints = [each for each in person.complaints if "the server responded with a status of 404" not in each]
    return person.page


def violations(page: Page, width: int, rules: dict[str, Any]) -> list[str]:
    """Ask axe, and tell each finding by its rule and its element."""
    asked = json.dumps({"runOnly": rules, "resultTypes": ["violations"]})
    found: list[dict[str, Any]] = page.evaluate(f"axe.run(document, {asked}).then((all) => all.violations)")
    return [f"{each['id']} at {width} px: {node['html'][:160]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("half", [0, 1])  # two workers, one each
def test_axe_finds_nothing_and_nothing_is_wider_than_its_window(busy: Busy, visit: Visit, half: int) -> None:
    person = visit(busy.state, reduced_motion="reduce")  # a colour that changes slowly is none yet
    found: dict[str, list[str]] = {}
    for path in busy.paths[half::2]:
        if wrong := faults(person, path):
            found[path] = wrong
    assert found == {}


def test_nor_on_the_pages_of_a_newcomer(stack: ChildStack, visit: Visit) -> None:
    person = visit(new_organization(stack.state, "empty"), reduced_motion="reduce")
    found = {path: wrong for path in NEWCOMERS if (wrong := faults(person, path))}
    person.page.context.clear_cookies()
    for path in ("/sign-in", "/sign-in/link?token=some"):
        found |= {path: wrong} if (wrong := faults(person, path)) else {}
    assert found == {}


def faults(person: Person, path: str) -> list[str]:
    """Tell what is wrong with a page at any width."""
    person.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page = look_at(person, path)
    page.evaluate(AXE)
    page.evaluate(OPEN_ALL)
    wider = page.evaluate(WIDER_BY_TIMES)
    found = [f"{wider} px wider by a time"] if wider else []
    return found + [each for width in WIDTHS for each in faults_at(page, width)]


def faults_at(page: Page, width: int) -> list[str]:
    """Tell what is wrong with a page at a width, in pixels; of the dark, whether it has enough contrast."""
    page.set_viewport_size({"width": width, "height": 900})
    wider = page.evaluate(WIDER)
    found = [f"{wider} px wider than {width} px"] if wider else []
    if width in (WIDTHS[0], WIDTHS[-1]):
        found += violations(page, width, {"type": "tag", "values": RULES})
        page.emulate_media(color_scheme="dark")
        found += violations(page, width, {"type": "rule", "values": ["color-contrast"]})
        page.emulate_media(color_scheme="light")
    return found


def test_what_customers_and_stripe_write_stays_text(busy: Busy, visit: Visit) -> None:
    person = visit(busy.state)
    shown = set()
    for path in (each for each in busy.paths if each.startswith(STRANGERS)):
        page = look_at(person, path)
        assert page.title() != "taken", path
        assert page.locator("img, main script").count() == 0, path
        if SCRIPT in (page.locator("main").text_content() or ""):
            shown.add(path.split("/")[-1] if path.endswith("mappings") else path.split("/")[1].partition("?")[0])
    assert shown == {"orders", "search", "settings", "mappings"}
