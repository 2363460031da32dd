"""The dashboard's search: it lands on the thing itself, or says what to do; and what is typed stays text."""

from urllib.parse import urlencode

import pytest
from keystack.domain.customers import customer_id
from keystack.storage import dynamodb, parameters
from samples import purchase, stripe_event

from integration.aws_calls import counted, failing
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.issued import ADA as ISSUED
from integration.issued import issue
from integration.stand_ins import error
from integration.vendor_api import api_with
from integration.world import World

BUYER = "ada@acme.example"
CUSTOMER = f"/dashboard/customers/{customer_id(False, BUYER, None, '')}?mode=test"
ORDER = "/dashboard/orders/cs_test_1?mode=test"


@pytest.fixture
def sold(world: World) -> World:
    """Ada's subscription cs_test_1: sub_1, in_1, evt_1 and cus_sampleAda."""
    event = purchase(1, customer_details={"email": BUYER, "name": "Ada"})
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    return world


@pytest.fixture
def ada(world: World) -> Visitor:
    return sign_in_as("admin")


def search(visitor: Visitor, text: str, **query: str) -> Shown:
    return visitor.get(f"/dashboard/search?{urlencode({'q': text, **query})}")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (BUYER, CUSTOMER),
        (f"  {BUYER.upper()} ", CUSTOMER),
        (f"Ada <{BUYER}>", CUSTOMER),
        ("cus_sampleAda", CUSTOMER),
        ("cs_test_1", ORDER),
        ("sub_1", ORDER),
        ("in_1", ORDER),
        ("evt_1", "/dashboard/settings/webhooks/deliveries/evt_1"),
    ],
)
def test_it_lands_on_the_thing_itself(ada: Visitor, sold: World, text: str, address: str) -> None:
    shown = search(ada, text)
    assert (shown.status, shown.address) == (200, address)


def test_a_license_by_its_id_and_by_its_key(ada: Visitor, sold: World) -> None:
    [license] = sold.licenses("cs_test_1")
    for text in (license.id, license.key, license.key.lower().replace("-", " ")):
        shown = search(ada, text)
        assert shown.address == f"/dashboard/licenses/{license.id}?mode=test"
        assert license.key not in shown.html


def test_a_charge_that_a_hold_names(ada: Visitor, sold: World) -> None:
    sold.freeze(stripe_event("freezer.refund_full", payment_intent="pi_9", invoice="in_1"))
    assert search(ada, "ch_sampleBob").address == ORDER


def test_what_is_found_is_shown_in_its_own_mode(ada: Visitor, world: World) -> None:
    order = issue(api_with("admin"), livemode=True).json["order"]["id"]
    for text in (ISSUED, order):
        shown = search(ada, text, mode="test")
        assert shown.address.endswith("?mode=live")
        assert "Test mode." not in shown.text


def test_one_address_in_both_modes_is_two_customers_and_each_says_which(ada: Visitor, world: World) -> None:
    api = api_with("admin")
    issue(api)
    issue(api, livemode=False)
    shown = search(ada, ISSUED, mode="live")
    live, test = (customer_id(livemode, ISSUED, None, "") for livemode in (True, False))
    assert (shown.status, shown.page.form("/search").fields["q"]) == (200, ISSUED)
    assert f"customer {live} live customer {test} test" in shown.text
    assert shown.page.links[f"customer {live}"] == f"/dashboard/customers/{live}?mode=live"
    assert shown.page.links[f"customer {test}"] == f"/dashboard/customers/{test}?mode=test"


def test_facts_that_wait_for_their_order_are_told(ada: Visitor, world: World) -> None:
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_7"))
    shown = search(ada, "pi_7")
    assert shown.status == 200
    assert "Known, but its order is not there yet" in shown.text
    assert "Charge ch_sampleBob was refunded in full." in shown.text
    assert shown.page.links["deliveries"] == "/dashboard/settings/webhooks/deliveries"


def test_nothing_typed_is_the_list(ada: Visitor) -> None:
    for text in ("", "  "):
        assert search(ada, text, mode="live").address == "/dashboard/licenses?mode=live"


@pytest.mark.parametrize("text", ["eve@example.com", "cs_test_8", "re_1", "lic_aaaa", "Ada", "x" * 600, "דוד", "🦊"])
def test_what_is_not_there_says_what_to_do(ada: Visitor, sold: World, text: str) -> None:
    shown = search(ada, text)
    assert (shown.status, "Nothing was found" in shown.text) == (404, True)
    assert "Look for" in shown.text or "look " in shown.text
    assert text[:500] in shown.text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u202eb", "\ud800"])
def test_what_is_typed_stays_text(ada: Visitor, text: str) -> None:
    shown = ada.get("/dashboard/search?" + urlencode({"q": text}, errors="surrogatepass"))
    assert shown.status == 404
    assert "<script>alert" not in shown.html
    assert "<img" not in shown.html
    assert "You looked for a U+202E b" in shown.text or "\u202e" not in text


def test_stripe_not_answering_is_not_the_same_as_nothing(ada: Visitor, sold: World) -> None:
    parameters.forget_all()
    sold.stripe.fails("GET", "/v1/charges", error(500, "down", "api_error"))
    shown = search(ada, "ch_2")
    assert "Nothing was found" not in shown.text
    assert "That is not known" in shown.text
    assert "Stripe failed" in shown.text


def test_while_the_table_does_not_answer_the_page_says_so(ada: Visitor, sold: World) -> None:
    [license] = sold.licenses("cs_test_1")
    with failing(dynamodb.client(), operation="Query"):
        shown = search(ada, license.key)
    assert (shown.status, "KeyStack cannot answer just now" in shown.text) == (503, True)


def test_anothers_are_not_found_in_the_same_words(sold: World) -> None:
    sold.configure(org="other")
    eve = sign_in_as("read", org="other")
    [license] = sold.licenses("cs_test_1")
    nobodys = license.key[:-1] + ("0" if license.key[-1] != "0" else "1")
    pairs = {license.key: nobodys, license.id: "lic_aaaa", BUYER: "eve@example.com", "cs_test_1": "cs_test_8"}
    for theirs, absent in {**pairs, "sub_1": "sub_8", "evt_1": "evt_8"}.items():
        one, other = search(eve, theirs), search(eve, absent)
        assert one.status == other.status == 404
        assert one.text.replace(theirs, "") == other.text.replace(absent, "")


def test_a_search_takes_few_calls(ada: Visitor, sold: World) -> None:
    for text in (BUYER, "cs_test_1", "sub_1", "evt_1"):
        with counted() as calls:
            ada.request("GET", f"/dashboard/search?q={text}")
        assert len(calls) <= 4, text
        assert "Scan" not in calls
