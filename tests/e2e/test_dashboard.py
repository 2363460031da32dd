"""The dashboard over HTTP, by a visitor without scripts: a vendor's way through every page, with every form sent.

test_calls_and_rights.py looks at what it made the function do.
"""

import importlib
import pkgutil
import re
from dataclasses import replace
from functools import cached_property
from urllib.parse import quote, urlencode

import pages as page_modules
import pytest

from e2e.browsing import Browser, Seen
from e2e.own_organization import invoke, own_organization
from local.stripe.catalogue import catalogue
from local.stripe.purchases import Json, Purchase, new_purchase
from local.stripe.shapes import charge, event, session
from local.stripe.subscriptions import canceled_subscription
from local.stripe.webhooks import Target
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for

ORG, SECRET, EMAIL = "clicks", "whsec_of_clicks_2345", "zoe@example.com"
DELIVERIES = "/dashboard/settings/webhooks/deliveries"


def declared() -> set[tuple[str, str]]:
    """Every page and form, as its module declares it."""
    modules = [importlib.import_module(f"pages.{each.name}") for each in pkgutil.iter_modules(page_modules.__path__)]
    return {(method, path) for each in modules for method, path, _ in each.pages.declared}


def matches(pattern: str, path: str) -> bool:
    regex = re.sub(r"<\w+>", "[^/]+", "/dashboard" + pattern)
    return re.fullmatch(regex, path) is not None


class Vendor:
    """An organization that begins with nothing, and its Stripe account."""

    def __init__(self, stack: ChildStack) -> None:
        self.api_key = own_organization(stack, ORG)
        self.link = str(invoke(stack, {"org": ORG, "sign_in_link": True})["sign_in_link"])
        self.browser = Browser(stack.state["url"])
        self.stripe = Target(stack.state["url"], ORG, SECRET, stack.state["stripe_api_base"])

    @cached_property
    def bought(self) -> Purchase:
        return self.buy("price_plus_monthly")

    def buy(self, price: str) -> Purchase:
        chosen = next(each for each in catalogue() if each["id"] == price)
        made = new_purchase(chosen, EMAIL, 1)
        assert self.stripe.put(made)
        self.tell(event("checkout.session.completed", session(made)))
        return made

    def tell(self, told: Json, status: str = "") -> str:
        """Send an event; with `status`, wait until its delivery has it. Return the event's id."""
        assert self.stripe.send(told)[0] == 200
        if status:
            address = f"{DELIVERIES}/{told['id']}"
            wait_for(f"{status} delivery", lambda: f"status-{status}" in self.look(address))
        return str(told["id"])

    def look(self, address: str) -> str:
        return self.browser.request("GET", address, {}).text


def rows(seen: Seen, beginning: str) -> list[str]:
    """Return the addresses on a page that go on from `beginning` by one name."""
    found = re.findall(rf'href="({re.escape(beginning)}/[^/"?]+)(?:\?[^"]*)?"', seen.text)
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def vendor(stack: ChildStack) -> Vendor:
    """Walk through everything, once."""
    vendor = Vendor(stack)
    for way in (signs_in_by_link, sets_up, sells, decides, looks_around, mends, changes_settings, leaves):
        way(vendor, vendor.browser)
    return vendor


def test_every_page_was_opened_and_every_form_sent(vendor: Vendor) -> None:
    patterns = declared()
    assert len(patterns) > 60
    walked = {each for each in patterns for method, path in vendor.browser.asked if matches_one(each, method, path)}
    assert patterns - walked == set()


def matches_one(declared: tuple[str, str], method: str, path: str) -> bool:
    return declared[0] == method and matches(declared[1], path)


def signs_in_by_link(vendor: Vendor, browser: Browser) -> None:
    seen = browser.open(vendor.link)
    assert seen.headers["referrer-policy"] == "no-referrer"
    home = browser.send(seen.form("/sign-in/link"))
    assert "Four steps to your first license" in home.page.text
    assert "a link works once" in browser.send(seen.form("/sign-in/link"), 403).page.text
    for asset in re.findall(r'(?:href|src)="(/dashboard/assets/[^"]+)"', home.text):
        assert browser.open(asset).headers["cache-control"] == "public, max-age=31536000, immutable"
        browser.open(asset.replace("/assets/", "/assets/0"), 404)


def sets_up(vendor: Vendor, browser: Browser) -> None:
    """Follow the four steps: connect, map, paste the secret; the fourth is to sell."""
    connect = "/dashboard/settings/stripe"
    browser.send(browser.open(connect).form("/stripe/key"), 422, key="pk_test_1")
    tried = browser.send(browser.open(connect).form("/stripe/key"), key="rk_test_of_clicks_1234567890")
    assert "The key of test mode is stored" in tried.page.text
    browser.open(f"{connect}/key")  # as a reload of the answer does
    stored = browser.send(browser.open(connect).form("/stripe/secret"), secret=SECRET)
    assert "The signing secret is stored" in stored.page.text
    browser.open(f"{connect}/secret")

    for code, kind in (("plus", "subscription"), ("spare", "perpetual")):
        form = browser.open("/dashboard/settings/plans/new").form("/plans/new")
        made = browser.send(form, code=code, name=f"Plan {code}", kind=kind, key_prefix=code.upper())
        assert "The plan is created" in made.page.text
    browser.send(browser.open("/dashboard/settings/plans/spare").form("/plans/spare"), seats="3")

    mappings = browser.open(f"{connect}/mappings")
    assert "Acme Studio Plus, monthly" in mappings.page.text
    mapped = browser.send(mappings.form("/mappings"), target="price_plus_monthly", grants__0__plan="plus")
    assert "It is mapped" in mapped.page.text
    assert "waiting for your first test purchase" in browser.open("/dashboard").page.text


def sells(vendor: Vendor, browser: Browser) -> None:
    assert vendor.bought
    wait_for("the first license", lambda: "Your first license is there" in first_steps(browser))
    browser.open("/dashboard/first-steps")
    assert "Last 30 days" in browser.open("/dashboard").page.text
    assert EMAIL in browser.open(f"/dashboard/orders/{vendor.bought.order}").text


def first_steps(browser: Browser) -> str:
    return browser.request("GET", "/dashboard/first-steps", {"HX-Request": "true"}).text


def decides(vendor: Vendor, browser: Browser) -> None:
    """Look at the license, show its key, and decide everything that can be decided about it."""
    [license] = rows(browser.open("/dashboard/licenses"), "/dashboard/licenses")
    shown = browser.send(browser.open(license).form("/reveal"))
    assert re.search(r"TEST-PLUS-(\w+-)+\w+", shown.page.text)
    browser.open(f"{license}/reveal")
    for decision, said in (("freeze", "is frozen"), ("reactivate", "is lifted"), ("resend", "on its way again")):
        done = browser.send(browser.open(f"{license}/{decision}").form(decision), reason="They asked")
        assert said in done.page.text
    browser.open(f"{license}/email")
    browser.open(f"{license}/email", by_htmx=True)
    wait_for("the mail", lambda: "status-done" in vendor.look(license))

    refund = vendor.tell(event("charge.refunded", charge(vendor.bought, vendor.bought.amount)), "succeeded")
    assert "was refunded in full" in browser.open(license).page.text
    ended = canceled_subscription(vendor.bought, vendor.bought.created, payment_failed=False)
    deleted = vendor.tell(event("customer.subscription.deleted", ended), "succeeded")
    assert "Decide" in browser.open("/dashboard").page.links
    for each in (refund, deleted):  # the one to the freezer's queue, the other to the expirer's
        replay(browser, f"{DELIVERIES}/{each}")
    browser.send(browser.open(f"{license}/revoke").form("/revoke"), reason="Fraud")
    assert "is revoked" in browser.open(f"{license}?done=revoke").page.text


def replay(browser: Browser, delivery: str) -> None:
    browser.open(delivery, by_htmx=True)
    browser.open(f"{delivery}/replay", by_htmx=True)
    assert "Replayed" in browser.send(browser.open(f"{delivery}/replay").form("/replay")).page.text


def looks_around(vendor: Vendor, browser: Browser) -> None:
    """Search for all that can be searched for; lists, filters, files."""
    bought = vendor.bought
    [license] = rows(browser.open("/dashboard/licenses"), "/dashboard/licenses")
    key = re.search(r"TEST-PLUS-(\w+-)+\w+", browser.send(browser.open(license).form("/reveal")).page.text)
    assert key
    customer = rows(browser.open(license), "/dashboard/customers")[0]
    order = f"/dashboard/orders/{bought.order}"
    for text, lands in (
        (EMAIL, customer),
        (key[0], license),
        (license.rpartition("/")[2], license),
        (bought.order, order),
        (str(bought.subscription), order),
        (str(bought.invoice), order),
        (bought.customer, customer),
        (bought.charge, order),
    ):
        assert browser.open(f"/dashboard/search?{urlencode({'q': text})}").address.startswith(lands), text
    for missing in ("ch_of_nobody1234567890", "cus_of_nobody1234567", "nobody@example.com", "evt_of_nobody12345"):
        browser.open(f"/dashboard/search?q={missing}", 404)
    browser.open("/dashboard/search?q=")
    browser.open(customer)
    for query in ("status=revoked", "status=frozen", f"email={quote(EMAIL)}", "plan=plus", "mode=live"):
        browser.open(f"/dashboard/licenses?{query}")
    assert "TEST-PLUS-" in browser.open("/dashboard/licenses.csv").text
    for query in ("", f"subject={bought.order}", "subject=plan:plus", "who=nobody", "action=license.&since=2026-01-01"):
        browser.open(f"/dashboard/audit?{query}")
    assert "license.revoked" in browser.open("/dashboard/audit.csv").text
    browser.open("/dashboard/nothing", 404)


def mends(vendor: Vendor, browser: Browser) -> None:
    """What is not mapped fails. It is replayed from its delivery, mapped at home, and replayed from there."""
    sold = vendor.buy("price_pro_lifetime")
    wait_for("a failed delivery", lambda: rows(browser.open(f"{DELIVERIES}?status=failed"), DELIVERIES))
    browser.open(f"{DELIVERIES}?status=failed", by_htmx=True)
    assert len(rows(browser.open(DELIVERIES), DELIVERIES)) > 3
    [failed] = rows(browser.open(f"{DELIVERIES}?status=failed&type=checkout.&id={sold.order}"), DELIVERIES)
    assert "fails again" in browser.open(f"{failed}/replay").page.text
    again = browser.send(browser.open(f"{failed}/replay-since").form("/replay-since"))
    assert "1" in again.page.text
    assert "That was all" in again.page.text

    home = wait_for("the failure at home", lambda: mapping_at_home(browser))
    assert home
    asked = browser.send(home.form("/mappings"), grants__0__plan="spare")
    assert "price_pro_lifetime is mapped now" in asked.page.text
    assert "That was all" in browser.send(asked.form("/attention/replay")).page.text
    wait_for("its license", lambda: "TEST-SPARE-" in vendor.look(f"/dashboard/orders/{sold.order}"))
    wait_for("all clear", lambda: "price_pro_lifetime" not in vendor.look("/dashboard"))


def mapping_at_home(browser: Browser) -> Seen | None:
    home = browser.open("/dashboard")
    return home if "price_pro_lifetime" in home.text else None


def changes_settings(vendor: Vendor, browser: Browser) -> None:
    settings = "/dashboard/settings"
    browser.open(f"{settings}/stripe/rules")
    rules = browser.open(f"{settings}/stripe/rules?target=price_pro_lifetime")
    tried = browser.send(rules.form("/rules"), action=f"{settings}/stripe/rules/preview", cart_quantity="4")
    browser.open(f"{settings}/stripe/rules/preview")
    assert "spare" in tried.page.text
    stored = browser.send(rules.form("/rules"), grants__0__keys="per_unit")
    assert "The rules are stored" in stored.page.text

    branding = browser.open(f"{settings}/branding")
    shown = browser.send(branding.form("/branding"), action=f"{settings}/branding/preview", product_name="Émail")
    browser.open(f"{settings}/branding/preview")
    [frame] = set(re.findall(r'<iframe [^>]*src="([^"]+)"', shown.text))
    mail = browser.open(frame.replace("&amp;", "&"))
    assert "Émail" in mail.text
    assert "sandbox" in mail.headers["content-security-policy"]
    form = branding.form("/branding")
    form.fields["from"] = "sales@clicks.example"
    assert "The branding is stored" in browser.send(form, product_name="Émail").page.text
    sent = browser.send(browser.open(f"{settings}/branding").form("/test-mail"), to="me@clicks.example")
    assert "The mail server took the test mail" in sent.page.text
    browser.open(f"{settings}/branding/test-mail")

    organization = browser.open(f"{settings}/organization").form("/organization")
    assert "The organization is stored" in browser.send(organization, name="Clicks & Söhne").page.text
    for path in ("plans/spare", "stripe/mappings/price_pro_lifetime"):
        browser.open(f"{settings}/{path}/delete")
    assert "cannot be deleted" in browser.open(f"{settings}/plans/spare/delete").page.text
    removed = browser.send(browser.open(f"{settings}/stripe/mappings/price_pro_lifetime/delete").form("/delete"))
    assert "The mapping is gone" in removed.page.text
    gone = browser.send(browser.open(f"{settings}/plans/spare/delete").form("/delete"), reason="A mistake")
    assert "The plan is deleted" in gone.page.text


def leaves(vendor: Vendor, browser: Browser) -> None:
    """Make a key that may read only, come back with it, and lose it."""
    keys = "/dashboard/settings/api-keys"
    made = browser.send(browser.open(keys).form("/api-keys"), name="auditor", scope="read")
    text = re.search(r"ks_clicks_[\w-]+", made.page.text)
    assert text
    out = browser.send(browser.open("/dashboard").form("/sign-out"))
    assert out.page.title == "Sign in · KeyStack"

    wrong = f"ks_{ORG}_first_of-somebody-else"
    assert "Nothing" not in browser.send(out.form("/sign-in"), 403, api_key=wrong).page.text
    reader = replace(browser, cookies={})
    reader.send(reader.open("/dashboard/licenses?plan=plus").form("/sign-in"), api_key=text[0])
    assert reader.open("/dashboard/sign-in").page.title.startswith("Home · KeyStack")
    forms = [each.action for each in reader.open(f"/dashboard/orders/{vendor.bought.order}").page.forms]
    assert not any("settings" in each for each in forms)

    browser.send(browser.open("/dashboard/sign-in").form("/sign-in"), api_key=vendor.api_key)
    browser.send(browser.open(keys).form("/api-keys"), name="another", scope="admin")
    others = [each for each in to_delete(browser, keys) if "/first/" not in each]
    assert len(others) == 2
    for each in others:
        assert "deleted" in browser.send(browser.open(each).form("/delete")).page.text
    assert reader.open("/dashboard").page.title == "Sign in · KeyStack"
    last = browser.send(browser.open(f"{keys}/first/delete").form("/delete"), 409)
    assert last.page.title == "Delete API key · KeyStack"


def to_delete(browser: Browser, keys: str) -> list[str]:
    return re.findall(rf'href="({keys}/[^/"]+/delete)', browser.open(keys).text)
