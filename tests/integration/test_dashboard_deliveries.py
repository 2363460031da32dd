"""Deliveries in the dashboard: the list and its filters, one delivery, and its replay."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from keystack.domain.deliveries import DeliveryStatus
from keystack.domain.plans import Grant, Mapping
from keystack.management import deliveries as management
from keystack.management.catalogue import store_mapping
from keystack.queues import client as queue_client
from keystack.storage import dynamodb
from keystack.storage.deliveries import deliveries
from samples import purchase

from integration.aws_calls import counted, failing, refused
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.stand_ins import error
from integration.test_attention import replayed
from integration.world import ORG, World

LIST = "/dashboard/settings/webhooks/deliveries"
TEST = f"{LIST}?mode=test"
PART = {"HX-Request": "true"}


def record(number: int, status: DeliveryStatus = DeliveryStatus.FAILED, org: str = ORG, **more: Any) -> dict[str, Any]:
    livemode, kind = more.pop("livemode", False), more.pop("type", "")
    event = {**purchase(number), "livemode": livemode, **({"type": kind} if kind else {})}
    given = {"reason": f"why {number}", **more}
    deliveries.record(deliveries.Delivery(org, event, 1_760_000_000 + number, status, **given), 1_760_000_000 + number)
    return event


def listed(shown: Shown) -> list[str]:
    return re.findall(r'id="delivery-([^"]+)"', shown.html)


# ----------------------------------------------------------------- the list


def test_the_newest_is_first_with_its_status_reason_and_order(ada: Visitor) -> None:
    record(1, DeliveryStatus.SUCCEEDED, order="cs_test_1", reason="")
    record(2)
    record(3, livemode=True)
    shown = ada.get(TEST)
    assert listed(shown) == ["evt_2", "evt_1"]
    assert shown.page.links["cs_test_1"] == "/dashboard/orders/cs_test_1?mode=test"
    assert "failed checkout.session.completed test evt_2 why 2 –" in shown.text
    assert listed(ada.get(f"{LIST}?mode=live")) == ["evt_3"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=failed", ["evt_2"]),
        ("status=succeeded", ["evt_4", "evt_1"]),
        ("type=charge.", ["evt_4"]),
        ("type=charge", []),
        ("type=charge.refunded&status=succeeded", ["evt_4"]),
        ("id=evt_2", ["evt_2"]),
        ("id=evt_2&status=succeeded", []),
        ("id=evt_3", []),
        ("id=sub_1", ["evt_1"]),
        ("id=cs_test_2", ["evt_2"]),
        ("id=cs_test", []),
        ("status=nonsense", ["evt_4", "evt_2", "evt_1"]),
    ],
)
def test_a_filter_leaves_only_what_fits(ada: Visitor, query: str, found: list[str]) -> None:
    record(1, DeliveryStatus.SUCCEEDED)
    record(2)
    record(3, livemode=True)
    record(4, DeliveryStatus.SUCCEEDED, type="charge.refunded")
    assert listed(ada.get(f"{TEST}&{query}")) == found


def test_what_waits_for_a_payment_is_found_by_its_status_and_is_not_failing(ada: Visitor) -> None:
    record(1, DeliveryStatus.SUCCEEDED)
    record(2, DeliveryStatus.WAITING, order="cs_test_2", reason="the order awaits its payment since 2026-01-02")
    shown = ada.get(f"{TEST}&status=waiting")
    assert listed(shown) == ["evt_2"]
    assert "waiting checkout.session.completed test evt_2 the order awaits its payment since 2026-01-02" in shown.text
    assert 'class="badge status-waiting"' in shown.html
    assert '<option value="waiting" selected>waiting</option>' in shown.html
    assert "hx-trigger" not in shown.html  # it may wait for days: nobody asks every two seconds
    assert listed(ada.get(f"{TEST}&status=failed")) == []
    assert "All clear" in ada.get("/dashboard?mode=test").text


@pytest.mark.parametrize("group", ["refund.", "invoice.", "customer.subscription.", "payment_intent."])
def test_the_filter_suggests_groups_of_types(ada: Visitor, group: str) -> None:
    assert f'<option value="{group}">' in ada.get(TEST).html


def test_nothing_yet_differs_from_no_match(ada: Visitor) -> None:
    assert "No delivery yet" in ada.get(TEST).text
    assert "No delivery matches" in ada.get(f"{TEST}&status=failed").text
    record(3, livemode=True)
    told = ada.get(f"{TEST}&id=evt_3")
    assert "No delivery matches" in told.text
    assert listed(ada.get(told.page.links["live mode"])) == ["evt_3"]


def test_rejected_requests_are_in_the_lists_of_both_modes(ada: Visitor) -> None:
    deliveries.count_rejected(ORG, "the signature does not match", 1_760_000_000)
    for mode in ("live", "test"):
        shown = ada.get(f"{LIST}?mode={mode}")
        assert "rejected Rejected requests rejected-2025-10-09T08:53 the signature does not match" in shown.text
    one = ada.get(shown.page.links["Rejected requests"])
    assert (one.status, "Replay" in one.text, "What it says" in one.text) == (200, False, False)
    assert "There is nothing to replay" in ada.get(f"{LIST}/rejected-2025-10-09T08:53/replay").text


def test_a_long_list_has_pages_and_a_cursor_is_good_for_its_own_filters(
    ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.deliveries.ROWS", 2)
    for number in (1, 2, 3):
        record(number)
    first = ada.get(f"{TEST}&status=failed")
    assert listed(first) == ["evt_3", "evt_2"]
    second = ada.get(first.page.links["Older"])
    assert listed(second) == ["evt_1"]
    cursor = first.page.links["Older"].split("cursor=")[1].split("&")[0]
    assert "cannot be shown" not in second.text
    assert ada.get(f"{TEST}&cursor={cursor}").status == 400


def test_a_search_is_bounded_and_says_until_when_it_searched(ada: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(management, "LOOKED_AT", 4)
    wanted = record(1)
    for number in range(2, 8):
        record(number, DeliveryStatus.SUCCEEDED, type="charge.refunded")
    first = ada.get(f"{TEST}&type=checkout.")
    assert listed(first) == []
    assert "No delivery matches so far" in first.text
    assert "Searched until 9 October 2025" in first.text
    assert listed(ada.get(first.page.links["Go on"])) == [wanted["id"]]


def test_a_retrying_one_lets_the_list_renew_itself_for_a_quarter_of_an_hour(ada: Visitor) -> None:
    record(1)
    assert "hx-trigger" not in ada.get(TEST).html
    record(2, DeliveryStatus.RETRYING)
    shown = ada.get(TEST)
    [address] = re.findall(r'id="deliveries" hx-get="([^"]+)" hx-trigger="every 2s"', shown.html)
    part = ada.get(address.replace("&amp;", "&"), PART)
    assert "<html" not in part.html
    assert 'hx-trigger="every 2s"' in part.html
    assert "hx-trigger" not in ada.get(f"{TEST}&at=1760000000", PART).html
    record(2, DeliveryStatus.SUCCEEDED)
    assert "hx-trigger" not in ada.get(address.replace("&amp;", "&"), PART).html


# -------------------------------------------------------------- one of them


def test_a_failed_one_says_why_what_to_do_and_how_far_it_came(ada: Visitor, world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1), ("price_new", 1))
    world.issue(event)
    shown = ada.get(f"{LIST}/evt_1?mode=test")
    assert "Reason price price_new is not mapped to a plan: map it, then replay this delivery" in shown.text
    assert shown.page.links["Map prices to plans"] == "/dashboard/settings/stripe/mappings?mode=test"
    assert "Licenses pending 1 issued, 1 line item waits" in shown.text
    assert "E-mail to the customer done" in shown.text
    assert shown.page.links["cs_test_1"] == "/dashboard/orders/cs_test_1?mode=test"


def test_what_the_event_says_is_told_in_brief_and_leads_out_to_stripe(ada: Visitor) -> None:
    event = purchase(1, amount_total=1234, currency="jpy", customer="cus_1")
    event["data"]["object"]["customer_details"] = {"email": "zoë@example.com", "name": "Zoë"}
    deliveries.record(deliveries.Delivery(ORG, event, 1, DeliveryStatus.SUCCEEDED), 1)
    shown = ada.get(f"{LIST}/evt_1?mode=test")
    assert "Amount 1,234 JPY E-mail zoë@example.com Name Zoë Checkout Session cs_test_1" in shown.text
    assert 'href="https://dashboard.stripe.com/test/customers/cus_1" rel="noreferrer"' in shown.html


def test_when_a_retrying_one_is_tried_again_is_said(ada: Visitor, world: World) -> None:
    [event] = world.sold(1)
    world.stripe.fails("GET", "line_items", error(503, "sorry", "api_error"))
    world.issue(event, received=5)
    shown = ada.get(f"{LIST}/evt_1?mode=test")
    assert re.search(r"Next try in 2 minutes|Next try in 1\d\d seconds", shown.text)
    assert 'id="outcome" hx-get=' in shown.html
    record(2, DeliveryStatus.RETRYING)
    assert "Next try within ten minutes" in ada.get(f"{LIST}/evt_2?mode=test").text


def test_one_that_waits_says_since_when_and_that_nothing_is_to_be_done(ada: Visitor, world: World) -> None:
    event = purchase(1, "issuer.payment_unpaid")
    world.stripe.sell(event, ("price_pro_lifetime", 1))
    world.issue(event)
    shown = ada.get(f"{LIST}/evt_1?mode=test")
    assert "Status waiting Reason the order is on record and awaits its payment since" in shown.text
    created = datetime.fromtimestamp(event["created"], UTC)
    assert re.search(rf'<dt>Waits since</dt><dd><time datetime="{created:%Y-%m-%dT%H:%M:%SZ}"', shown.html)
    assert "It changes nothing as long as the order is not paid." in ada.get(f"{LIST}/evt_1/replay?mode=test").text
    assert "Stripe tells when the payment is there, and a replay asks it; there is nothing to do." in shown.text
    assert 'id="outcome" hx-get=' not in shown.html
    assert shown.page.links["cs_test_1"] == "/dashboard/orders/cs_test_1?mode=test"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"subscription": "past_due"}, "Subscription at Stripe done past due"),
        (
            {"subscription": 'as its event says: the Stripe key lacks the permission "Subscriptions: Read": add it'},
            "Subscription at Stripe skipped as its event says; Stripe could not be asked: the Stripe key lacks the"
            ' permission "Subscriptions: Read": add it',
        ),
        (
            {"invoice": "not known: Stripe has nothing under invoice in_1"},
            "Invoice at Stripe skipped not known; Stripe could not be asked: Stripe has nothing under invoice in_1",
        ),
        (
            {"dispute": 'as its event says: the Stripe key lacks the permission "Disputes: Read": add it'},
            "Dispute at Stripe skipped as its event says; Stripe could not be asked: the Stripe key lacks the"
            ' permission "Disputes: Read": add it',
        ),
    ],
)
def test_what_stripe_was_asked_and_what_would_have_made_it_exact_is_a_step(
    ada: Visitor, step: dict[str, str], said: str
) -> None:
    record(1, DeliveryStatus.SUCCEEDED, steps=step)
    assert said in ada.get(f"{LIST}/evt_1?mode=test").text


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ({"id": "in_1", "object": "invoice", "total": 1900, "currency": "eur"}, "Amount 19.00 EUR Invoice in_1"),
        (
            {"id": "pi_1", "object": "payment_intent", "amount": 1900, "currency": "eur"},
            "Amount 19.00 EUR Payment pi_1",
        ),
        ({"id": "sub_1", "object": "subscription", "customer": "cus_1"}, "Subscription sub_1 open in Stripe Customer"),
    ],
)
def test_other_objects_are_named_too(ada: Visitor, subject: dict[str, Any], said: str) -> None:
    event = {**purchase(1), "data": {"object": subject}}
    deliveries.record(deliveries.Delivery(ORG, event, 1, DeliveryStatus.SUCCEEDED), 1)
    assert said in ada.get(f"{LIST}/evt_1?mode=test").text


def test_a_hostile_event_stays_text(ada: Visitor) -> None:
    script, override = "<script>alert(1)</script>", "\u202eevil"
    event = purchase(1, description=script, currency=script, amount_total={"a": 1}, customer=["x"], object=script)
    event["data"]["object"]["customer_details"] = {"email": script, "name": override}
    event |= {"type": f"{script}.x", "created": "soon", "api_version": 5}
    deliveries.record(deliveries.Delivery(ORG, event, 1, DeliveryStatus.FAILED, script, {script: script}), 1)
    for address in (TEST, f"{LIST}/evt_1?mode=test", f"{LIST}/evt_1/replay", f"{LIST}/evt_1/replay-since?mode=test"):
        shown = ada.get(address)
        assert shown.status == 200
        assert script not in shown.html
        assert "\u202e" not in shown.html
    shown = ada.get(f"{LIST}/evt_1?mode=test")
    assert (
        '<span class="json-key">&#34;name&#34;</span>: <span class="json-text">&#34;\\u202eevil&#34;</span>'
        in shown.html
    )


@pytest.mark.parametrize("strange", [None, [], "text", {"object": None}, {"object": [1]}, {"object": {"id": 5}}])
def test_an_event_of_any_shape_is_shown(ada: Visitor, strange: Any) -> None:
    event = {**purchase(1), "data": strange}
    deliveries.record(deliveries.Delivery(ORG, event, 1, DeliveryStatus.FAILED, "why"), 1)
    assert ada.get(f"{LIST}/evt_1?mode=test").status == 200
    assert "As things stand, it fails again." in ada.get(f"{LIST}/evt_1/replay").text


def test_anothers_delivery_is_not_there(ada: Visitor) -> None:
    record(1, org="other")
    for path in ("evt_1", "evt_1/replay", "evt_1/replay-since"):
        assert ada.get(f"{LIST}/{path}").status == 404
    for path in ("evt_1/replay", "evt_1/replay-since"):
        form = ada.get(TEST).page.form("/sign-out")
        assert ada.post(f"{LIST}/{path}", form.fields).status == 404
    assert replayed() == []


# ------------------------------------------------------------- replay of one


def failed_purchase(world: World) -> dict[str, Any]:
    [event] = world.sold(1, price="price_new")
    world.issue(event)
    return event


def map_new() -> None:
    store_mapping(ORG, Mapping("price_new", (Grant("pro"),)), "a test")


def test_what_it_will_do_is_said_then_it_is_replayed_and_the_page_waits_for_it(ada: Visitor, world: World) -> None:
    event = failed_purchase(world)
    map_new()
    detail = ada.get(f"{LIST}/evt_1?mode=test")
    asked = ada.get(detail.page.links["See what a replay will do"])
    assert "It does only what is missing. will mint 1 key of plan pro. will send the e-mail" in asked.text
    waits = ada.send(asked.page.form("/evt_1/replay"))
    assert "Replayed; its outcome is not here yet." in waits.text
    assert replayed() == ["evt_1"]
    [poll] = re.findall(r'id="outcome" hx-get="([^"]+)"', waits.html)
    poll = poll.replace("&amp;", "&")
    assert "Replayed; its outcome is not here yet." in ada.get(poll, PART).text
    world.issue(event, source="replay")
    ended = ada.get(poll, PART)
    assert "Status succeeded" in ended.text
    assert 'hx-trigger="every' not in ended.html
    assert "Replayed: this is what became of it." in ada.get(waits.address).text
    again = ada.get(f"{LIST}/evt_1/replay", PART)
    assert "<html" not in again.html
    assert "It changes nothing: all that there is to do is done." in again.text
    assert "will not mint again the 1 key that the order has." in again.text
    assert "will not send the e-mail with the license keys again: it went out now ." in again.text


def test_a_replay_that_failed_again_ends_the_waiting_too(ada: Visitor, world: World) -> None:
    event = failed_purchase(world)
    asked = ada.get(f"{LIST}/evt_1/replay?mode=test")
    assert "It fails again for what nobody has mended yet." in asked.text
    waits = ada.send(asked.page.form("/evt_1/replay"))
    world.issue(event, source="replay")
    assert "Status failed" in ada.get(waits.address, PART).text
    assert 'hx-trigger="every' not in ada.get(waits.address, PART).html


def test_one_that_had_succeeded_stays_on_record_and_nobody_waits(ada: Visitor, world: World) -> None:
    world.issue(*world.sold(1))
    shown = ada.send(ada.get(f"{LIST}/evt_1/replay?mode=test").page.form("/evt_1/replay"))
    assert "It had succeeded before, and stays on record as it was then." in shown.text
    assert 'hx-trigger="every' not in shown.html
    assert replayed() == ["evt_1"]


def test_stripe_is_not_asked_every_two_seconds(ada: Visitor, world: World) -> None:
    """What a replay will do is loaded by itself when nothing is awaited; else there is a link to it."""
    record(1, DeliveryStatus.RETRYING)
    shown = ada.get(f"{LIST}/evt_1?mode=test")
    assert "See what a replay will do" in shown.text
    assert 'hx-trigger="load"' not in shown.html
    record(1)
    assert 'hx-trigger="load"' in ada.get(f"{LIST}/evt_1?mode=test").html


def test_the_same_form_replays_once(ada: Visitor, world: World) -> None:
    failed_purchase(world)
    form = ada.get(f"{LIST}/evt_1/replay?mode=test").page.form("/evt_1/replay")
    ada.send(form)
    assert "it was replayed once" in ada.send(form).text
    assert replayed() == ["evt_1"]


def test_stripe_not_answering_is_said_and_the_button_is_there(ada: Visitor, world: World) -> None:
    failed_purchase(world)
    world.stripe.fails("GET", "line_items", error(503, "sorry", "api_error"))
    asked = ada.get(f"{LIST}/evt_1/replay?mode=test")
    assert "Stripe, which knows what was bought, does not answer just now" in asked.text
    assert asked.page.form("/evt_1/replay").text.split() == [
        "Replay",
        "Replay",
        "all",
        "failed",
        "since",
        "this",
        "one…",
    ]


def test_a_key_that_may_read_sees_what_a_replay_does_and_has_no_button(world: World) -> None:
    failed_purchase(world)
    grace = sign_in_as("read")
    asked = grace.get(f"{LIST}/evt_1/replay?mode=test")
    assert "It fails again" in asked.text
    assert [form.action for form in asked.page.forms if "replay" in form.action] == []
    since = grace.get(f"{LIST}/evt_1/replay-since?mode=test")
    assert [form.action for form in since.page.forms if "replay" in form.action] == []
    csrf = since.page.form("/sign-out").fields
    for path in ("replay", "replay-since"):
        assert grace.post(f"{LIST}/evt_1/{path}", csrf).status == 403
    assert replayed() == []


def test_a_queue_that_does_not_answer_is_said(ada: Visitor, world: World) -> None:
    failed_purchase(world)
    form = ada.get(f"{LIST}/evt_1/replay?mode=test").page.form("/evt_1/replay")
    many = ada.get(f"{LIST}/evt_1/replay-since?mode=test").page.form("/replay-since")
    with failing(queue_client.client()):
        assert ada.send(form).status == 503
        told = ada.send(many)
        assert (told.status, "SQS" in told.text) == (503, True)
    assert told.page.form("/replay-since").fields["replayed"] == "0"
    assert "That was all." in ada.send(told.page.form("/replay-since")).text


# --------------------------------------------------------- replay since this


def test_all_failed_since_this_one_a_few_at_a_time_without_a_script(
    ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keystack.management.replay.FEW_AT_ONCE", 2)
    for number in range(1, 7):
        record(number, livemode=number == 4)
    shown = ada.get(f"{LIST}/evt_2?mode=test")
    asked = ada.get(
        ada.get(shown.page.links["See what a replay will do"]).page.links["Replay all failed since this one…"]
    )
    assert "4 have failed." in asked.text
    going = ada.send(asked.page.form("/replay-since"))
    assert "2 of 4 are in their queues again." in going.text
    assert sorted(replayed()) == ["evt_2", "evt_3"]
    assert "hx-trigger" in going.html
    assert "load" not in re.findall(r'hx-trigger="([^"]+)"', going.html)[0]
    ended = ada.send(going.page.form("/replay-since"))
    assert "4 of 4 are in their queues again. That was all." in ended.text
    assert sorted(replayed()) == ["evt_5", "evt_6"]
    assert [form.action for form in ended.page.forms if "replay-since" in form.action] == []


def test_with_a_script_it_goes_on_by_itself_and_can_be_stopped(ada: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keystack.management.replay.FEW_AT_ONCE", 1)
    for number in (1, 2, 3):
        record(number)
    form = ada.get(f"{LIST}/evt_1/replay-since?mode=test").page.form("/replay-since")
    part = ada.post(form.action, form.fields, PART)
    assert (part.status, "<html" in part.html) == (200, False)
    assert 'hx-trigger="submit, load delay:400ms"' in part.html
    stopped = ada.get(part.page.links["Stop"])
    assert "1 of 3 is in its queue again. Stopped here." in stopped.text
    assert "load" not in re.findall(r'hx-trigger="([^"]+)"', stopped.html)[0]
    form = stopped.page.form("/replay-since")
    while "That was all." not in part.text:
        form = part.page.forms[-1]
        part = ada.post(form.action, form.fields, PART)
    assert "3 of 3 are in their queues again. That was all." in part.text
    assert "hx-post" not in part.html
    assert sorted(replayed()) == ["evt_1", "evt_2", "evt_3"]


def test_a_form_of_many_that_is_sent_twice_replays_once(ada: Visitor) -> None:
    record(1)
    form = ada.get(f"{LIST}/evt_1/replay-since?mode=test").page.form("/replay-since")
    for _ in range(2):
        assert ada.post(form.action, form.fields).status == 303
    assert replayed() == ["evt_1"]


@pytest.mark.parametrize("forged", ["replayed=x&total=-1&refused=9999999999999&started=1&cursor=", "done=1&started=1"])
def test_a_forged_address_shows_nonsense_at_most(ada: Visitor, forged: str) -> None:
    record(1)
    assert ada.get(f"{LIST}/evt_1/replay-since?mode=test&{forged}").status == 200
    assert ada.get(f"{LIST}/evt_1?mode=test&before=²&at=x").status == 200
    form = ada.get(f"{LIST}/evt_1/replay-since?mode=test").page.form("/replay-since")
    assert ada.post(form.action, {**form.fields, "cursor": "forged"}).status == 400
    assert replayed() == []


# ------------------------------------------------------- bad days and calls


def test_the_filters_stay_when_the_list_cannot_be_read(ada: Visitor) -> None:
    with refused(dynamodb.client(), "Query", "ThrottlingException", "DeliveriesTable"):
        shown = ada.get(f"{TEST}&status=failed")
        assert shown.status == 200
        assert "The list of deliveries cannot be shown just now" in shown.text
        assert shown.page.form("/deliveries").fields["status"] == "failed"


@pytest.mark.slow
def test_a_page_makes_the_same_few_calls_however_many_there_are(ada: Visitor) -> None:
    for number in range(1, 4):
        record(number)
    calls = {}
    for count in (3, 150):
        for number in range(4, count + 1):
            record(number, DeliveryStatus.SUCCEEDED)
        for query in ("", "&status=failed", "&id=evt_1"):
            with counted() as made:
                ada.get(f"{TEST}{query}")
            calls[count, query] = len(made)
    assert calls[150, ""] == calls[3, ""] == 3  # the session, the index, what it names
    assert calls[150, "&status=failed"] == calls[3, "&status=failed"] == 3
    assert calls[150, "&id=evt_1"] == calls[3, "&id=evt_1"] == 2


@pytest.mark.parametrize("page", ["", "/replay", "/replay-since"])
def test_one_of_live_mode_is_never_on_a_page_of_test_mode(ada: Visitor, page: str) -> None:
    record(1, livemode=True)
    shown = ada.get(f"{LIST}/evt_1{page}?mode=test")
    assert "Nobody paid for them" not in shown.text
    assert shown.page.links["Test"] == TEST
