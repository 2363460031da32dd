"""`make screenshots`: a picture of every page, wide and narrow, into docs/screenshots; three also in the dark."""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from browser.chromium import FLAGS, HOW_TO_GET_IT, find_chromium
from browser.person import Person
from browser.seed import seed
from local.settings import ROOT
from local.tools.child_stack import ChildStack
from local.tools.vendor_view import VendorView

FOLDER = ROOT / "docs" / "screenshots"
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
DARK = ("home", "license", "delivery")  # of these a picture in the dark, too
TALLEST = 1600  # pixels of a picture


class Shot(NamedTuple):
    name: str
    path: str


def shots(state: dict[str, str]) -> list[Shot]:
    """Name every page, with things of the seeded organization on those that show one."""
    view, purchases = VendorView(state), seed(state)
    frozen, bought = purchases[4], purchases[-1]
    license = view.license_ids(frozen)[0]
    failed = view.deliveries("failed")[0]["id"]
    return [
        Shot("home", ""),
        Shot("licenses", "/licenses"),
        Shot("license", f"/licenses/{license}"),
        Shot("revoke", f"/licenses/{license}/revoke"),
        Shot("order", f"/orders/{frozen.order}"),
        Shot("customer", f"/search?q={bought.email}"),
        Shot("deliveries", "/settings/webhooks/deliveries"),
        Shot("delivery", f"/settings/webhooks/deliveries/{failed}"),
        Shot("audit", "/audit"),
        Shot("connect", "/settings/stripe"),
        Shot("mappings", "/settings/stripe/mappings"),
        Shot("rules", "/settings/stripe/rules?target=price_team"),
        Shot("plans", "/settings/plans"),
        Shot("plan", "/settings/plans/pro"),
        Shot("branding", "/settings/branding"),
        Shot("api-keys", "/settings/api-keys"),
        Shot("organization", "/settings/organization"),
    ]


def take(browser: Browser, state: dict[str, str], wanted: list[Shot], size: ViewportSize, dark: bool) -> None:
    """Take pictures of pages, signed in."""
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light", locale="en-GB")
    person = Person(context.new_page(), state)
    suffix = ("-narrow" if size == NARROW else "") + ("-dark" if dark else "")
    if size == WIDE and not dark:
        person.open("/sign-in")
        person.page.screenshot(path=FOLDER / "sign-in.png")
    person.sign_in()
    for shot in wanted:
        person.open(f"{shot.path}{'&' if '?' in shot.path else '?'}mode=test")
        person.page.wait_for_load_state("networkidle")
        tall = min(int(person.page.evaluate("document.documentElement.scrollHeight")), TALLEST)
        person.page.set_viewport_size({"width": size["width"], "height": max(tall, size["height"])})
        person.page.wait_for_timeout(300)  # frames are painted once they can be seen
        person.page.screenshot(path=FOLDER / f"{shot.name}{suffix}.png")
        person.page.set_viewport_size(size)
    person.check()
    context.close()


def main() -> int:
    path = find_chromium()
    if path is None:
        print(HOW_TO_GET_IT, file=sys.stderr)  # noqa: T201 - a command
        return 1
    FOLDER.mkdir(exist_ok=True)
    own = {"STRIPE_API_BASE": "", "STRIPE_API_KEY": "", "SMTP_URL": ""}
    with ChildStack(Path(tempfile.mkdtemp(prefix="keystack-screenshots-")), **own) as stack, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        wanted = shots(stack.state)
        for size in (WIDE, NARROW):
            take(browser, stack.state, wanted, size, dark=False)
        take(browser, stack.state, [each for each in wanted if each.name in DARK], WIDE, dark=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
