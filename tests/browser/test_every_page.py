"""What holds for every page: axe finds nothing, nothing is wider than its window, no script of others runs."""

import json
from pathlib import Path
from typing import Any, Literal

import axe_playwright_python
import pytest
from playwright.sync_api import Page

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
    person.page.wait_for_load_state("networkidle")
    person.complaints = [each for each in person.complaints if "the server responded with a status of 404" not in each]
    return person.page


def violations(page: Page) -> list[str]:
    """Ask axe, and tell each finding by its rule and its element."""
    page.evaluate(AXE)
    asked = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found: list[dict[str, Any]] = page.evaluate(f"axe.run(document, {json.dumps(asked)}).then((all) => all.violations)")
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing(busy: Busy, visit: Visit, scheme: Literal["light", "dark"], width: int) -> None:
    person = visit(busy.state, color_scheme=scheme, viewport={"width": width, "height": 900})
    found = {path: wrong for path in busy.paths if (wrong := violations(look_at(person, path)))}
    assert found == {}


def test_nothing_is_wider_than_its_window(busy: Busy, visit: Visit) -> None:
    person = visit(busy.state)
    found = {}
    for path in busy.paths:
        page = look_at(person, path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if wider := page.evaluate(WIDER):
                found[path, width] = wider
    assert found == {}


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
