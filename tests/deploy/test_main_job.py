"""The main job, through the functions as deployed: each with its own role's rights and nothing else."""

import json
import time

import pytest

from deploy.conftest import SENDER
from deploy.deployed import Deployed, api_event, eventually
from deploy.emulator import Emulator
from deploy.sam import Sam
from deploy.vendor import Outside, Vendor, configuration
from local.stripe.shapes import event
from local.stripe.subscriptions import MONTH, canceled_subscription

pytestmark = pytest.mark.deploy


@pytest.fixture(scope="module")
def vendor(sam: Sam, first: Deployed, outside: Outside) -> Vendor:
    """Acme, created as the README says: `sam remote invoke` with a file."""
    secret = "whsec_of_acme"
    told = sam.remote_invoke("OrganizationsFunction", first.name, configuration("acme", secret))
    return Vendor(first, outside, "acme", secret, told["api_key"])


def test_a_paid_checkout_becomes_a_license_a_mail_and_metadata(vendor: Vendor, first: Deployed) -> None:
    bought = vendor.buy("price_pro_lifetime")

    (license,) = vendor.licenses(bought)
    assert license["plan"] == "lifetime"
    assert license["status"] == "active"
    (mail,) = eventually(lambda: vendor.mails(bought), f"mail to {bought.email}")
    assert license["key"] in mail["text"]
    assert mail["from"] == f'"Acme Inc." <{SENDER}>'
    eventually(lambda: vendor.metadata(bought).get("keystack_license_key") == license["key"], "key in the metadata")
    assert vendor.history(bought) == ["order.created"]
    stored = first.emulator.client("dynamodb").get_item(
        TableName=first.resources["LicensesTable"],
        Key={"pk": {"S": f"acme#{bought.order}"}, "sk": {"S": f"LICENSE#{license['id']}"}},
    )
    assert stored["Item"]["plan"] == {"S": "lifetime"}


def test_a_refund_freezes_the_license(vendor: Vendor) -> None:
    bought = vendor.buy("price_pro_lifetime")

    vendor.refund(bought)

    eventually(lambda: vendor.status(bought) == "frozen", "frozen license")
    assert vendor.history(bought) == ["license.frozen", "order.created"]


def test_a_cancellation_ends_the_license_with_its_paid_period(vendor: Vendor) -> None:
    bought = vendor.buy("price_pro_monthly")

    gone = canceled_subscription(bought, int(time.time()), payment_failed=False)
    vendor.send_about("customer.subscription.deleted", gone)

    eventually(lambda: "license.expiring" in vendor.history(bought), "license.expiring in the audit log")
    (license,) = vendor.licenses(bought)
    assert license["status"] == "active"
    assert license["expires_at"] is not None


def test_the_schedule_records_what_has_expired(vendor: Vendor, first: Deployed) -> None:
    paid_for_20_seconds_more = int(time.time()) - MONTH + 20
    bought = vendor.buy("price_pro_monthly", paid_for_20_seconds_more)
    gone = canceled_subscription(bought, int(time.time()), payment_failed=False)
    vendor.send_about("customer.subscription.deleted", gone)
    eventually(lambda: "license.expiring" in vendor.history(bought), "license.expiring in the audit log")
    eventually(lambda: vendor.status(bought) == "expired", "expired license")

    let_the_schedule_fire(first)

    eventually(lambda: "license.expired" in vendor.history(bought), "license.expired in the audit log")


def let_the_schedule_fire(stack: Deployed) -> None:
    """Make a schedule of our own with the deployed one's target: that one fires every 15 minutes."""
    scheduler = stack.emulator.client("scheduler")
    deployed = scheduler.get_schedule(Name=stack.resources["ExpirerFunctionSweep"])
    assert deployed["ScheduleExpression"] == "rate(15 minutes)"
    assert deployed["State"] == "ENABLED"
    scheduler.create_schedule(
        Name="at-once",
        ScheduleExpression="at(2020-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=deployed["Target"],
    )


def test_the_api_answers_only_who_has_a_key_and_validates_for_everybody(
    vendor: Vendor, first: Deployed, outside: Outside
) -> None:
    bought = vendor.buy("price_pro_lifetime")
    (license,) = vendor.licenses(bought)

    body = json.dumps({"key": license["key"]}).encode()
    told = first.invoke("ApiFunction", api_event("POST /v1/licenses/validate", "/v1/licenses/validate", body))
    stranger = Vendor(first, outside, "acme", "", "ks_acme_first_made-up")

    assert json.loads(told["body"])["valid"] is True
    assert stranger.api("GET", "/v1/licenses") == (403, {})


def test_an_event_that_is_not_stripes_is_refused(vendor: Vendor, first: Deployed, outside: Outside) -> None:
    somebody = Vendor(first, outside, "acme", "whsec_of_somebody_else", "")

    assert somebody.send(event("checkout.session.completed", {}))["statusCode"] == 400


@pytest.mark.parametrize("queue", ["Issue", "Freeze", "Expire"])
def test_a_dead_letter_becomes_a_failed_delivery(
    queue: str, vendor: Vendor, first: Deployed, emulator: Emulator
) -> None:
    _, given_up = vendor.checkout()
    message = {"org": "acme", "received_at": int(time.time()), "event": given_up, "source": "stripe"}

    dead_letters = first.resources[f"{queue}DeadLetterQueue"]
    emulator.client("sqs").send_message(QueueUrl=dead_letters, MessageBody=json.dumps(message))

    delivery = eventually(lambda: vendor.delivery(given_up), f"delivery {given_up['id']}")
    assert delivery["status"] == "failed"
    assert delivery["reason"].startswith("the worker crashed or ran out of time at every attempt")
