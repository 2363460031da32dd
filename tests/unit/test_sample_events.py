"""The samples of events/ have the fields that decide, name their queue, and the stand-in knows what they are about."""

import json
from pathlib import Path
from typing import Any

import pytest
from template import ROOT

from local.state import write_state
from local.stripe.objects import StripeObjects
from local.stripe.samples import put_samples
from local.stripe.server import StripeStandIn
from local.tools.event import main

Json = dict[str, Any]
QUEUES = {"issuer": "IssueQueue", "freezer": "FreezeQueue", "expirer": "ExpireQueue"}
SAMPLES = sorted(path.stem for name in QUEUES for path in (ROOT / "events").glob(f"{name}.*.json"))
MESSAGES = [name for name in SAMPLES if name != "expirer.schedule"]
OF_STRIPE = [name for name in MESSAGES if name != "issuer.order_issued"]
DECIDING = {
    "checkout.session": ("created", "livemode", "mode", "payment_status", "status", "customer_details"),
    "charge": ("created", "livemode", "amount", "amount_captured", "amount_refunded", "captured", "payment_intent"),
    "refund": ("created", "amount", "charge", "status"),
    "dispute": ("created", "livemode", "amount", "charge", "status", "balance_transactions"),
    "payment_intent": ("created", "livemode", "amount", "amount_received", "status", "latest_charge"),
    "invoice": ("created", "livemode", "amount_paid", "total", "billing_reason", "status", "parent", "lines"),
    "subscription": (
        *("created", "livemode", "status", "cancel_at", "cancel_at_period_end", "canceled_at", "ended_at"),
        *("trial_end", "pause_collection", "latest_invoice", "cancellation_details", "items"),
    ),
}


def record(name: str) -> Json:
    loaded: Json = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return loaded


def event(name: str) -> Json:
    body: Json = json.loads(record(name)["Records"][0]["body"])
    told: Json = body["event"]
    assert body["received_at"] == told["created"] + 1
    return told


def test_there_is_a_sample_of_everything_that_is_heard() -> None:
    assert {event(name)["type"] for name in OF_STRIPE} >= {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "payment_intent.succeeded",
        "invoice.paid",
        "invoice.payment_failed",
        "customer.subscription.updated",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.deleted",
        "charge.refunded",
        "refund.failed",
        "refund.updated",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    }


@pytest.mark.parametrize("name", OF_STRIPE)
def test_a_sample_has_the_fields_that_decide(name: str) -> None:
    told = event(name)
    about = told["data"]["object"]
    assert [field for field in DECIDING[about["object"]] if field not in about] == []
    assert (told["livemode"], about.get("livemode", False)) == (False, False)
    assert about["created"] <= told["created"]


@pytest.mark.parametrize("name", [name for name in OF_STRIPE if "subscription_" in name and "paid" not in name])
def test_the_items_of_a_subscription_have_ids_prices_and_a_period(name: str) -> None:
    about = event(name)["data"]["object"]
    [item] = about["items"]["data"]
    assert (item["id"], item["price"]["type"], item["price"]["recurring"]["usage_type"]) == (
        "si_sampleAda",
        "recurring",
        "licensed",
    )
    where = about if "before_2025" in name else item  # until then the period was the subscription's
    assert where["current_period_start"] < where["current_period_end"]


@pytest.mark.parametrize("name", MESSAGES)
def test_a_sample_names_itself_and_its_functions_queue(name: str) -> None:
    [message] = record(name)["Records"]
    assert message["messageId"] == "sample-" + name.replace("_", "-")
    assert message["eventSourceARN"].rpartition(":")[2] == QUEUES[name.partition(".")[0]]


def test_every_event_of_the_samples_has_an_id_of_its_own() -> None:
    ids = [event(name)["id"] for name in MESSAGES]
    assert len(ids) == len(set(ids))


def test_the_stand_in_knows_from_the_start_what_the_samples_are_about() -> None:
    stripe = StripeObjects()
    put_samples(stripe)
    collections = {
        "subscription": "subscriptions",
        "invoice": "invoices",
        "dispute": "disputes",
        "refund": "refunds",
        "charge": "charges",
        "payment_intent": "payment_intents",
        "checkout.session": "checkout/sessions",
    }
    for name in OF_STRIPE:
        about = event(name)["data"]["object"]
        assert stripe.get(collections[about["object"]], about["id"], livemode=False)["id"] == about["id"]


@pytest.mark.parametrize(
    ("collection", "name", "field", "value"),
    [
        ("subscriptions", "sub_sampleAda", "status", "active"),
        ("disputes", "du_sampleBob", "status", "needs_response"),
        ("disputes", "du_sampleBobInquiry", "status", "needs_response"),
        ("invoices", "in_sampleAdaRenewal", "status", "open"),
        ("charges", "ch_sampleBob", "amount_refunded", 0),
    ],
)
def test_an_object_of_several_samples_is_as_the_first_one_has_it(
    collection: str, name: str, field: str, value: object
) -> None:
    stripe = StripeObjects()
    put_samples(stripe)
    assert stripe.get(collection, name, livemode=False)[field] == value


def test_make_event_lets_stripe_have_it_as_the_sample_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stripe = StripeStandIn()
    try:
        base = stripe.start()
        put_samples(stripe.objects)
        write_state(tmp_path, {"url": "http://127.0.0.1:1", "webhook_secret": "whsec_1", "stripe_api_base": base})
        file = ROOT / "events" / "freezer.dispute_won.json"
        assert main([str(file)], {"STATE_DIR": str(tmp_path)}) == 0
        assert json.loads(capsys.readouterr().out) == json.loads(file.read_text())
        assert stripe.objects.get("disputes", "du_sampleBob", livemode=False)["status"] == "won"
    finally:
        stripe.stop()
