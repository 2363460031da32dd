"""What a page of the dashboard weighs as sent, with full lists of texts as long as real ones; headers count, too."""

import base64
import re
from hashlib import sha512
from typing import Any

import pytest
from keystack.domain.api_keys import Scope
from keystack.management import api_keys
from samples import Json, purchase, stripe_event

from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.stand_ins import Stripe
from integration.vendor_api import NOW
from integration.world import ORG, World

KB = 1_000
FIRST_LOAD, EACH_PAGE = 60 * KB, 15 * KB
GZIP = {"Accept-Encoding": "gzip, deflate, br"}
ROWS = 60  # more than a list shows at once
FAMILIES = (
    "Lovelace",
    "Hopper",
    "Müller-Lüdenscheidt",
    "田中",
    "לוי",
    "Hương",
    "الخوارزمي",
    "Wiśniewska",
    "Παπαδόπουλος",
)


def random_text(seed: str, length: int) -> str:
    """Make up the random part of an id, the same each time; nothing compresses it."""
    digest = base64.b64encode(sha512(seed.encode()).digest()).decode()
    return re.sub(r"[+/=]", "x", digest)[:length]


def sold(number: int, world: World) -> Json:
    """Sell something under ids as long as Stripe's are."""
    person = f"{random_text(f'name {number}', 7)}.{FAMILIES[number % len(FAMILIES)]}"
    own: dict[str, Any] = {
        "id": f"cs_test_a1{random_text(f'session {number}', 56)}",
        "customer": f"cus_{random_text(f'customer {number}', 14)}",
        "subscription": f"sub_1{random_text(f'subscription {number}', 23)}",
        "invoice": f"in_1{random_text(f'invoice {number}', 23)}",
        "customer_details": {"email": f"{random_text(person, 9)}@example-{number}.com", "name": person},
    }
    event = {**purchase(number, **own), "id": f"evt_1{random_text(f'event {number}', 23)}"}
    world.stripe.sell(event, (f"price_{'unmapped' if number % 3 == 0 else 'pro_monthly'}", 1))
    return event


def put_prices(stripe: Stripe, count: int) -> None:
    for number in range(count):
        id = f"price_1{random_text(f'price {number}', 23)}"
        about = {"unit_amount": 1_900 + number, "currency": "eur", "nickname": f"Edition {number}", "active": True}
        stripe.objects.put({"id": id, "object": "price", "livemode": False, "product": "prod_1", **about})


def full(world: World) -> dict[str, str]:
    """Fill everything; return the address of each page by its name."""
    plans = [{"code": f"plan-{n}", "name": f"Plan number {n}", "kind": "perpetual"} for n in range(ROWS)]
    ids = [f"price_1{random_text(f'price {number}', 23)}" for number in range(0, ROWS, 2)]
    world.configure(plans=plans, mappings={each: {"grants": [{"plan": "pro"}]} for each in ids})
    put_prices(world.stripe, ROWS)
    events = [sold(number, world) for number in range(1, ROWS + ROWS // 2)]
    for each in events:
        world.issue(each)
    big = events[0]["data"]["object"]
    refund = {"payment_intent": None, "invoice": big["invoice"]}
    world.freeze(stripe_event("freezer.refund_full", "evt_refund", 0, False, **refund))
    order = world.order(events[1]["data"]["object"]["id"])
    assert order is not None
    [license] = world.licenses(order.id)
    one, settings = f"/licenses/{license.id}", "/settings"
    return {
        "home": "",
        "licenses": "/licenses",
        "filtered licenses": "/licenses?status=active&plan=pro",
        "license": one,
        "freeze": f"{one}/freeze",
        "order": f"/orders/{order.id}",
        "customer": f"/customers/{order.customer}",
        "audit": "/audit",
        "deliveries": f"{settings}/webhooks/deliveries",
        "failed deliveries": f"{settings}/webhooks/deliveries?status=failed",
        "delivery": f"{settings}/webhooks/deliveries/{events[0]['id']}",
        "replay": f"{settings}/webhooks/deliveries/{events[0]['id']}/replay",
        "connect": f"{settings}/stripe",
        "mappings": f"{settings}/stripe/mappings",
        "choice of rules": f"{settings}/stripe/rules",
        "rules": f"{settings}/stripe/rules?target={ids[0]}",
        "plans": f"{settings}/plans",
        "plan": f"{settings}/plans/pro",
        "branding": f"{settings}/branding",
        "mail": f"{settings}/branding/mail",
        "API keys": f"{settings}/api-keys",
        "organization": f"{settings}/organization",
    }


def weight(shown: Shown) -> int:
    return len(shown.body) + sum(len(name) + len(value) + 4 for name, value in shown.headers.items())


def test_the_first_load_is_light(world: World) -> None:
    visitor = Visitor()
    first = visitor.get("/dashboard/sign-in", GZIP)
    assets = re.findall(r'(?:href|src)="(/dashboard/assets/[^"]+)"', first.html)
    assert len(assets) == 5
    loaded = [first, *(visitor.get(each, GZIP) for each in assets)]
    assert all(each.headers["content-encoding"] == "gzip" for each in loaded)
    weights = {each.address.rpartition("/")[2]: weight(each) for each in loaded}
    assert sum(weights.values()) < FIRST_LOAD, weights


def test_each_page_after_it_is_light_with_full_lists(world: World) -> None:
    pages = full(world)
    ada = sign_in_as("admin")
    for number in range(20):
        api_keys.create(ORG, f"Key number {number}", [Scope.READ], "a test", NOW)
    shown = {name: ada.get(f"/dashboard{path}", GZIP) for name, path in pages.items()}
    assert {name: each.status for name, each in shown.items() if each.status != 200} == {}
    for name in ("licenses", "deliveries", "audit", "plans"):
        assert shown[name].html.count("<tr data-row>") == 50, name
    weights = {name: weight(each) for name, each in shown.items()}
    assert {name: each for name, each in weights.items() if each >= EACH_PAGE} == {}


def test_the_weight_of_headers_counts() -> None:
    assert weight(Shown("/", 200, {"a": "bc"}, b"defgh")) == 5 + 3 + 4


@pytest.mark.parametrize("length", [1, 56])
def test_made_up_ids_do_not_compress(length: int) -> None:
    assert len(random_text("a", length)) == length
    assert random_text("a", 56) != random_text("b", 56)
