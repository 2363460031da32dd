"""What holds for every page: axe finds nothing, nothing is wider than its window, no script of others runs."""

import json
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Visit
from browser.every_page import SCRIPT, Busy, make_busy
from browser.person import Person
from local.tools.child_stack import ChildStack

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
WIDTHS = (360, 768, 1024, 1440)
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def busy(stack: ChildStack) -> Busy:
    return make_busy(stack.state, "busy")


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
        person.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        page = look_at(person, path)
        page.evaluate(AXE)
        wrong = [each for width in WIDTHS for each in faults(page, width)]
        if wrong:
            found[path] = wrong
    assert found == {}


def faults(page: Page, width: int) -> list[str]:
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
    for path in busy.paths:
        page = look_at(person, path)
        assert page.title() != "taken", path
        assert page.locator("img, main script").count() == 0, path
        if SCRIPT in page.locator("main").inner_text():
            shown.add(path.split("/")[-1] if path.endswith("mappings") else path.split("/")[1])
    assert {"orders", "mappings"} <= shown
