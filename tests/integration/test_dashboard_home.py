"""Home: the first steps of a new organization, what needs a person, and the last 30 days."""

import re
import time

from invocations import Context, sqs_event
from keystack.management.sign_in import create_link
from keystack.storage import dynamodb
from samples import stripe_event

from integration.aws import client, function
from integration.aws_calls import counted, refused
from integration.dashboard_visitor import Visitor, sign_in_as
from integration.vendor_api import api_with
from integration.world import World

HTMX = {"HX-Request": "true"}


def work_through_the_issue_queue(world: World) -> int:
    """Let the issuer work on what was replayed; tells how many that was."""
    sqs, worked = client("sqs"), 0
    url = sqs.get_queue_url(QueueName="IssueQueue")["QueueUrl"]
    while messages := sqs.receive_message(QueueUrl=url).get("Messages", []):
        assert world.invoke("issuer", sqs_event(messages[0]["Body"], queue="IssueQueue")) == []
        sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
        worked += 1
    return worked


def test_a_new_organization_sees_four_steps_and_each_ticks_itself_off(world: World) -> None:
    function("organizations").handler({"org": "fresh", "name": "Fresh"}, Context())
    visitor = Visitor()
    link = visitor.get(f"/dashboard/sign-in/link?token={create_link('fresh', 'operator', int(time.time()))}")
    shown = visitor.send(link.page.form("/sign-in/link"))
    assert "Four steps to your first license" in shown.text
    assert shown.html.count(' class="done"') == 0
    assert "after the other three" in shown.text
    api = api_with("admin", org="fresh")
    api.put("/v1/settings/webhook-secret", {"secrets": ["whsec_fresh"]})
    assert visitor.get("/dashboard").html.count(' class="done"') == 1
    api.put("/v1/plans/pro", {"name": "Pro"})
    api.put("/v1/mappings/price_1", {"grants": [{"plan": "pro"}]})
    assert visitor.get("/dashboard").html.count(' class="done"') == 2
    api.put("/v1/settings/stripe-key", {"key": "rk_test_fresh"})
    shown = visitor.get("/dashboard")
    assert shown.html.count(' class="done"') == 3
    assert "waiting for your first test purchase…" in shown.text


def test_the_page_that_waits_is_answered_with_the_first_license_and_asks_no_more(ada: Visitor, world: World) -> None:
    poll = re.search(r'hx-get="([^"]+)"', ada.get("/dashboard").html)
    assert poll
    address = poll[1].replace("&amp;", "&")
    waiting = ada.get(address, HTMX)
    assert "waiting for your first test purchase…" in waiting.text
    assert "hx-trigger" in waiting.html
    world.issue(*world.sold(1))
    shown = ada.get(address, HTMX)
    assert "Your first license is there" in shown.text
    assert "hx-trigger" not in shown.html
    assert "test" in shown.text
    assert re.search(r'href="/dashboard/licenses/lic_\w+\?mode=test"', shown.html)


def test_after_15_minutes_a_page_asks_no_more(ada: Visitor) -> None:
    shown = ada.get("/dashboard/first-steps?since=1000", HTMX)
    assert "hx-trigger" not in shown.html
    assert "look again" in shown.text


def test_with_nothing_to_do_it_is_all_clear(ada: Visitor, world: World) -> None:
    world.issue(*world.sold(1))
    assert "All clear" in ada.get("/dashboard").text


def test_what_waits_for_a_mapping_is_mapped_and_replayed_on_the_spot(ada: Visitor, world: World) -> None:
    for number in range(1, 4):
        world.issue(*world.sold(number, price="price_new"))
    world.issue(*world.sold(9, price="price_other"))
    home = ada.get("/dashboard?mode=test")
    assert "3 × price_new is not mapped to a plan" in home.text
    assert "1 × price_other is not mapped to a plan" in home.text
    [form] = [each for each in home.page.forms if each.fields.get("target") == "price_new"]
    asked = ada.send(form, None, **{"grants.0.plan": "pro", "grants.0.keys": "per_line"})
    assert "price_new is mapped now" in asked.text
    assert "3 have failed" in asked.text
    done = ada.send(asked.page.form("/attention/replay"))
    assert "3 of 3 are in their queues again" in done.text
    assert work_through_the_issue_queue(world) == 3
    home = ada.get("/dashboard?mode=test")
    assert "price_new" not in home.text
    assert "1 × price_other" in home.text


def test_a_price_can_be_said_to_be_not_licensed(ada: Visitor, world: World) -> None:
    world.issue(*world.sold(1, price="price_shirt"))
    [form] = [each for each in ada.get("/dashboard?mode=test").page.forms if "target" in each.fields]
    asked = ada.send(form, None, **{"grants.0.plan": "-"})
    assert "price_shirt is mapped now" in asked.text
    assert api_with("read").get("/v1/mappings/price_shirt").json["grants"] == []


def test_many_are_replayed_25_a_request_with_a_button_to_go_on(ada: Visitor, world: World) -> None:
    for number in range(1, 31):
        world.issue(*world.sold(number, price="price_new"))
    asked = ada.get("/dashboard/attention/replay?mode=test&cause=price_unmapped:price_new")
    assert "30 have failed" in asked.text
    first = ada.send(asked.page.form("/attention/replay"))
    assert "25 of 30 are in their queues again" in first.text
    second = ada.send(first.page.form("/attention/replay"))
    assert "30 of 30 are in their queues again" in second.text
    assert "That was all" in second.text


def test_an_order_that_a_refund_froze_waits_for_a_decision(ada: Visitor, world: World) -> None:
    paid = stripe_event("issuer.payment_paid")
    world.stripe.sell(paid, ("price_pro_lifetime", 2))
    world.issue(paid)
    world.freeze(stripe_event("freezer.refund_full"))
    home = ada.get("/dashboard?mode=test")
    assert "Frozen: the order of bob@example.com , 2 licenses" in home.text
    assert "was refunded in full" in home.text
    assert home.page.links["Decide"].startswith("/dashboard/orders/")
    assert "All clear" in ada.get("/dashboard?mode=live").text


def test_whoever_may_only_read_sees_what_waits_and_no_action(world: World) -> None:
    world.issue(*world.sold(1, price="price_new"))
    home = sign_in_as("read").get("/dashboard?mode=test")
    assert "1 × price_new is not mapped" in home.text
    assert not [each for each in home.page.forms if "attention" in each.action]


def test_each_part_that_does_not_answer_says_so_and_the_rest_is_shown(ada: Visitor, world: World) -> None:
    world.issue(*world.sold(1))
    with refused(dynamodb.client(), "Query", "ThrottlingException", about="DeliveriesTable"):
        shown = ada.get("/dashboard?mode=test")
    assert shown.status == 200
    assert "What needs you cannot be shown just now" in shown.text
    assert "Last 30 days" in shown.text


def test_home_makes_the_same_few_calls_however_much_there_is(ada: Visitor, world: World) -> None:
    world.issue(*world.sold(1))
    with counted() as calls:
        ada.get("/dashboard?mode=test")
    few = len(calls)
    for number in range(2, 12):
        world.issue(*world.sold(number))
    with counted() as calls:
        ada.get("/dashboard?mode=test")
    assert len(calls) == few
    assert few <= 6
