"""The search box: what is typed lands on the thing itself, or the page says what was tried."""

import html
from urllib.parse import quote

import pytest
from keystack.domain.customers import customer_id
from samples import stripe_event

from integration.aws_calls import counted
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.many import BUYER, order_of, put_orders
from integration.stand_ins import error
from integration.test_dashboard_licenses import ADA, sell
from integration.world import World

SEARCH = "/dashboard/search"


def look_for(visitor: Visitor, text: str) -> Shown:
    """Type a text into the box of a page, and send it."""
    form = visitor.get("/dashboard/licenses").page.forms[0]
    assert (form.method, form.action, list(form.fields)) == ("get", SEARCH, ["q"])
    return visitor.get(f"{form.action}?q={quote(text)}")


@pytest.mark.parametrize("text", ["cs_test_1", " CS_TEST_1 ", "sub_1", "in_1", "cus_1", "evt_1", ADA, f"Ada <{ADA}>"])
def test_an_id_or_address_lands_on_the_thing_itself(ada: Visitor, world: World, text: str) -> None:
    sell(world, 1)
    customer = f"/dashboard/customers/{customer_id(False, ADA, None, '')}"
    places = {"cus_1": customer, ADA: customer, f"Ada <{ADA}>": customer}
    places["evt_1"] = "/dashboard/settings/webhooks/deliveries/evt_1"
    shown = look_for(ada, text)
    assert (shown.status, shown.address) == (200, places.get(text, "/dashboard/orders/cs_test_1"))


def test_a_whole_key_and_a_license_land_on_the_license(ada: Visitor, world: World) -> None:
    sell(world, 1)
    [license] = world.licenses("cs_test_1")
    for text in (license.id, license.key, f" {license.key.lower()} "):
        shown = look_for(ada, text)
        assert shown.address == f"/dashboard/licenses/{license.id}"
        assert license.key not in shown.html


def test_one_address_in_both_modes_is_a_choice(ada: Visitor) -> None:
    put_orders(order_of(1), order_of(2, livemode=False))
    shown = look_for(ada, BUYER)
    for mode, livemode in (("live", True), ("test", False)):
        customer = ada.get(shown.page.links[f"The customer in {mode} mode"])
        assert customer.address == f"/dashboard/customers/{customer_id(livemode, BUYER, None, '')}"
        assert ("Test mode." in customer.text) != livemode


def test_what_is_found_is_shown_in_its_own_mode(ada: Visitor) -> None:
    [license] = put_orders(order_of(1))
    shown = ada.get(f"{SEARCH}?q={license.id}&mode=test")
    assert (shown.status, "Test mode." in shown.text) == (200, False)


def test_what_waits_for_its_order_says_so(ada: Visitor, world: World) -> None:
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_7"))
    shown = look_for(ada, "pi_7")
    assert shown.status == 200
    assert "Known, but its order is not there yet" in shown.text
    assert "Charge ch_sampleBob was refunded in full." in shown.text
    assert 'data-copy="pi_7"' in shown.html


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("eve@example.com", "No customer has this e-mail address, in live or in test mode."),
        ("cs_test_2", "There is no order of this id."),
        ("re_1", "Refunds are not looked for by their own id."),
        ("ch_2", "Stripe does not know it in test mode."),
        ("Ada", "Look for an e-mail address, a whole license key, a license (lic_), or a Stripe id:"),
    ],
)
def test_what_is_not_found_says_what_was_tried(ada: Visitor, text: str, told: str) -> None:
    shown = look_for(ada, text)
    assert (shown.status, told in shown.text) == (404, True)
    assert 'name="q" aria-label="Search: e-mail, license key, or any id"' in shown.html
    assert shown.page.forms[0].fields["q"] == text


def test_when_stripe_does_not_tell_the_page_does_not_say_that_it_is_not_there(ada: Visitor, world: World) -> None:
    world.stripe.fails("GET", "/v1/charges", error(500, "down", "api_error"))
    shown = look_for(ada, "ch_2")
    assert (shown.status, "That is not known" in shown.text, "Stripe failed" in shown.text) == (404, True, True)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><svg onload=alert(1)>',
        "\u202eada@acme.example",
        "{{ 7*7 }}",
        "' OR 1=1 --",
        "../../etc/passwd",
        "cs_test_1\r\nSet-Cookie: a=b",
        "lic_" + "é" * 200,
        "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        "x" * 10_000,
        "%00",
        "#org#",
    ],
)
def test_hostile_text_is_just_not_found(ada: Visitor, world: World, text: str) -> None:
    sell(world, 1)
    with counted() as calls:
        shown = ada.get(f"{SEARCH}?q={quote(text)}")
    assert shown.status == 404
    assert len(calls) <= 2
    assert shown.page.forms[0].fields["q"] == text.strip()[:500]
    without_box = shown.html.replace(f'value="{html.escape(text)}"', "")
    assert not [each for each in ("<script>alert", "<svg onload", "49") if each in without_box.partition("<main")[2]]
    assert "\u202e" not in shown.html.partition("<main")[2]
    assert "set-cookie" not in shown.headers


def test_nothing_typed_leads_to_the_list(ada: Visitor) -> None:
    for query in ("", "?q=", "?q=%20%20"):
        assert ada.get(SEARCH + query).address == "/dashboard/licenses"


def test_anothers_are_not_found_in_the_same_words(eve: Visitor, world: World) -> None:
    sell(world, 1)
    [license] = world.licenses("cs_test_1")
    nobodys = license.key[:-1] + ("0" if license.key[-1] != "0" else "1")
    for theirs, absent in {license.key: nobodys, "cs_test_1": "cs_test_8", ADA: "eve@example.com"}.items():
        told = look_for(eve, theirs)
        assert told.status == 404
        assert told.text.replace(theirs, "") == look_for(eve, absent).text.replace(absent, "")


def test_a_key_that_may_read_finds_too(world: World) -> None:
    sell(world, 1)
    assert look_for(sign_in_as("read"), "sub_1").address == "/dashboard/orders/cs_test_1"
