"""One order in the dashboard: what happened, in plain words, and its licenses."""

import html
import re
import time

import pytest
from keystack.domain import decisions
from keystack.management.decide import decide
from keystack.management.resend import resend
from keystack.storage import dynamodb
from samples import purchase, stripe_event

from integration.aws_calls import counted, refused
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.many import order_of, put_orders
from integration.test_dashboard_audit import rows
from integration.test_dashboard_licenses import ADA, ids, sell
from integration.world import ORG, World

ORDERS = "/dashboard/orders"
ONE = f"{ORDERS}/cs_test_1"


def story(shown: Shown) -> list[tuple[str, str]]:
    """What happened: the kind and the words of each."""
    found = re.findall(
        r'<li class="(\w+)">\s*<span class="at">.*?</span>\s*<span>(.*?)</span>\s*</li>', shown.html, re.S
    )
    return [(kind, " ".join(html.unescape(re.sub("<[^>]*>", "", words)).split())) for kind, words in found]


def test_an_order_tells_what_happened_in_plain_words(ada: Visitor, world: World) -> None:
    sell(world, 1, refund=True)
    [license] = world.licenses("cs_test_1")
    decide(ORG, license.id, decisions.reactivate, "Grace", "they paid again", int(time.time()))
    told = story(ada.get(ONE))
    assert sorted(told) == [
        ("audit", "Frozen. delivery"),
        ("audit", f"Reactivated, license {license.id}, by Grace: they paid again. license"),
        ("audit", "The order was recorded as paid. delivery"),
        ("effect", f"The e-mail to {ADA} is sent."),
        ("effect", "The key in the Stripe Customer's metadata is written."),
        ("fact", "Charge ch_sampleBob was refunded in full. 249.00 EUR. delivery"),
        ("fact", "The order is paid. delivery"),
        ("hold", "Every license of the order is held: charge ch_sampleBob was refunded in full. delivery"),
    ]
    assert told.index(("fact", "The order is paid. delivery")) == 0  # in the order of time
    assert told[-1][1].startswith("Reactivated")


def test_each_has_its_time_and_leads_to_the_delivery_that_brought_it(ada: Visitor, world: World) -> None:
    sell(world, 1, refund=True)
    shown = ada.get(ONE)
    assert len(re.findall(r'<span class="at"><time datetime="20', re.sub(r">\s+<", "><", shown.html))) == 7
    events = re.findall(r'href="/dashboard/settings/webhooks/deliveries/(\w+)\?mode=test', shown.html)
    assert {each: events.count(each) for each in events} == {"evt_1": 2, "evt_refund_1": 3}
    assert ada.get(shown.page.links["delivery"]).status == 200


def test_what_is_to_come_has_no_time_and_is_last(ada: Visitor, world: World) -> None:
    sell(world, 1)
    [license] = world.licenses("cs_test_1")
    resend(ORG, license.id, "Grace", "", int(time.time()))
    shown = ada.get(ONE)
    assert story(shown)[-1] == ("effect", f"The e-mail to {ADA} waits.")
    assert "to come The e-mail to" in shown.text


def test_ids_can_be_copied_and_the_amount_is_money(ada: Visitor, world: World) -> None:
    sell(world, 1)
    shown = ada.get(ONE)
    for text in ("cs_test_1", "sub_1", "in_1", "cus_1"):
        assert f'data-copy="{text}"' in shown.html
    assert "Amount 19.00 EUR Subscription sub_1" in shown.text
    assert shown.page.links[ADA].startswith("/dashboard/customers/")


@pytest.mark.parametrize(("currency", "amount"), [("jpy", "1,900 JPY"), ("kwd", "1.900 KWD"), ("eur", "19.00 EUR")])
def test_an_amount_is_in_its_currency(ada: Visitor, world: World, currency: str, amount: str) -> None:
    event = purchase(1, currency=currency, amount_total=1900)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_9", invoice="in_1", currency=currency))
    shown = ada.get(ONE)
    assert f"Amount {amount}" in shown.text
    assert f"{currency.upper()}. delivery" in " ".join(words for _, words in story(shown))


def test_an_open_hold_says_what_it_does(ada: Visitor, world: World) -> None:
    sell(world, 1, refund=True)
    shown = ada.get(ONE)
    assert re.search(
        r"Held since .+ : charge ch_sampleBob was refunded in full \. That freezes each of its", shown.text
    )
    assert rows(shown)[0].count("frozen") == 1


def test_an_order_without_a_license_says_so(ada: Visitor, world: World) -> None:
    event = purchase(1, payment_status="unpaid")
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    shown = ada.get(ONE)
    assert "No license yet" in shown.text
    assert ("fact", "The checkout is complete; the payment is on its way. delivery") in story(shown)


def test_metadata_and_names_stay_text(ada: Visitor, world: World) -> None:
    script = "<script>alert(1)</script>"
    event = purchase(1, metadata={script: script, "team": "\u202emoc"}, customer_details={"email": ADA, "name": script})
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    shown = ada.get(ONE)
    assert (shown.status, script in shown.html, "\u202e" in shown.html) == (200, False, False)
    assert f"Order of {script}" in shown.text


def test_many_licenses_are_in_pages_by_unit(ada: Visitor) -> None:
    made = [license.id for license in put_orders(order_of(1, count=60))]
    shown = ada.get(f"{ORDERS}/cs_live_00001")
    seen = ids(shown)
    while "More licenses" in shown.page.links:
        shown = ada.get(shown.page.links["More licenses"])
        seen += ids(shown)
    assert seen == made
    assert ids(ada.get(shown.page.links["To the first"])) == made[:25]
    assert "Licenses 60" in shown.text


def test_a_long_story_is_in_pages(ada: Visitor, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sell(world, 1, refund=True)
    whole = story(ada.get(ONE))
    monkeypatch.setattr("keystack.management.order.ENTRIES", 1)
    shown = ada.get(ONE)
    seen = story(shown)
    while "What happened later" in shown.page.links:
        shown = ada.get(shown.page.links["What happened later"])
        seen += story(shown)
    assert [words.removesuffix(" delivery") for _, words in sorted(seen)] == [
        words.removesuffix(" delivery") for _, words in sorted(whole)
    ]  # a fact's delivery is known on the page of its audit entry
    assert ada.get(f"{ONE}?later=forged").status == ada.get(f"{ONE}?cursor=forged").status == 400


def test_when_the_audit_log_does_not_answer_the_rest_is_shown(ada: Visitor, world: World) -> None:
    sell(world, 1)
    with refused(dynamodb.client(), "Query", "ThrottlingException", about="AuditTable"):
        shown = ada.get(ONE)
    assert shown.status == 200
    assert "What happened cannot be shown just now" in shown.text
    assert len(rows(shown)) == 1


def test_a_page_is_in_the_mode_of_its_order(ada: Visitor, world: World) -> None:
    sell(world, 1)
    shown = ada.get(f"{ONE}?mode=live")
    assert "Test mode." in shown.text
    assert shown.page.links["Live"] == "/dashboard/licenses?mode=live"


def test_anothers_order_is_not_there(eve: Visitor, world: World) -> None:
    sell(world, 1)
    shown = eve.get(ONE)
    assert (shown.status, ADA in shown.html) == (404, False)
    assert eve.get(f"{ORDERS}/%3Cscript%3E").status == 404


def test_a_key_that_may_read_sees_the_order(world: World) -> None:
    sell(world, 1)
    assert len(rows(sign_in_as("read").get(ONE))) == 1


def test_few_calls_however_many_licenses_it_has(ada: Visitor) -> None:
    put_orders(order_of(1, count=30), order_of(2, count=400))
    made = []
    for order in ("cs_live_00001", "cs_live_00002"):
        with counted() as calls:
            assert len(rows(ada.get(f"{ORDERS}/{order}"))) == 25
        made.append(calls)
    assert made[0] == made[1]
    assert len(made[0]) <= 6
