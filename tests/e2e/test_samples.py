"""The samples of events/ work against the local stack, also those that `sam local invoke` hands to a container."""

import json
import socket
import tomllib
from smtplib import SMTP
from urllib.parse import urlsplit

import boto3
import pytest

from local.client import call
from local.settings import ANY_HOST, ROOT, STRIPE_PORT, Settings, containers_address
from local.stack.aws import Aws
from local.stack.mailbox import Mailbox
from local.stripe.purchases import Json, Purchase
from local.stripe.samples import objects_of, sample_events, sample_purchases
from local.stripe.server import StripeStandIn
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for
from local.tools.vendor_view import VendorView

SESSIONS = ["cs_test_sampleAda", "cs_test_sampleBob", "cs_test_sampleEve"]


def test_a_purchase_of_the_samples_is_known_to_the_stand_in(stack: ChildStack, view: VendorView) -> None:
    for name in ("subscription_paid", "payment_paid", "async_payment_succeeded"):
        send(stack, f"issuer.{name}")

    bought = {each.order: each for each in sample_purchases()}
    for session in SESSIONS:
        wait_for(f"the license of {session}", lambda session=session: view.licenses(bought[session]))  # type: ignore[misc]


def test_a_license_follows_the_samples_of_its_subscription(stack: ChildStack, view: VendorView) -> None:
    [ada] = [each for each in sample_purchases() if each.subscription]
    send(stack, "issuer.subscription_paid")
    wait_for("the license of Ada", lambda: view.licenses(ada))
    [bought] = view.licenses(ada)

    happens(stack, view, "issuer.subscription_updated")

    wait_for("the upgrade", lambda: [each.seats for each in view.licenses(ada)] == [5])
    assert [(each.key, each.plan) for each in view.licenses(ada)] == [(bought.key, "team")]
    for name in ("invoice_payment_failed", "invoice_paid", "subscription_paused", "subscription_resumed"):
        happens(stack, view, f"issuer.{name}")
        wait_for(f"the delivery of {name}", lambda name=name: succeeded(view, f"issuer.{name}"))  # type: ignore[misc]
    assert [each.key for each in view.licenses(ada)] == [bought.key]


def test_a_pending_order_is_paid_by_whatever_rings(stack: ChildStack, view: VendorView) -> None:
    for name in ("payment_unpaid", "payment_intent_succeeded"):
        send(stack, f"issuer.{name}")

    eve = next(each for each in sample_purchases() if each.order == "cs_test_sampleEve")
    wait_for("the license of Eve", lambda: view.licenses(eve))


STORY_OF_BOB = (
    ("refund_full", "frozen"),
    ("refund_canceled", "active"),
    ("dispute_created", "frozen"),
    ("dispute_won", "active"),
    ("dispute_updated", "frozen"),
    ("dispute_funds_withdrawn", "frozen"),
)


def test_a_license_follows_the_samples_of_its_payment(stack: ChildStack, view: VendorView) -> None:
    bob = next(each for each in sample_purchases() if each.order == "cs_test_sampleBob")
    send(stack, "issuer.payment_paid")
    wait_for("the license of Bob", lambda: view.licenses(bob))
    for name, status in STORY_OF_BOB:
        happens(stack, view, f"freezer.{name}")
        wait_for(f"{status} by {name}", lambda status=status: status_of(view, bob) == {status})  # type: ignore[misc]


def test_the_sample_of_an_issued_order_is_done_and_sends_nothing_twice(stack: ChildStack, view: VendorView) -> None:
    send(stack, "issuer.payment_paid")
    wait_for("the mail to Bob", lambda: view.mails("bob@example.com"))
    send(stack, "issuer.order_issued")

    headers = {"Authorization": f"Bearer {stack.state['api_key']}"}
    delivery = f"{stack.state['url']}/v1/deliveries/issue_cs_test_sampleBob"
    wait_for("its delivery", lambda: b'"succeeded"' in call("GET", delivery, headers=headers)[1])
    assert len(view.mails("bob@example.com")) == 1


def test_the_sample_of_the_dashboard_is_answered_with_the_page(stack: ChildStack) -> None:
    asked = (ROOT / "events/dashboard.sign_in.json").read_bytes()
    status, answer = call("POST", f"{stack.state['url']}/local/functions/DashboardFunction", asked)
    told = json.loads(answer)
    assert (status, told["statusCode"]) == (200, 200)
    assert "<h1>Sign in to KeyStack</h1>" in told["body"]


def test_every_function_has_a_sample() -> None:
    named = {path.name.partition(".")[0] for path in (ROOT / "events").iterdir()}
    assert named == {path.name for path in (ROOT / "functions").iterdir()}


QUEUES = {"issuer": "issue", "freezer": "freeze"}


def sample(name: str) -> Json:
    loaded: Json = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return loaded


def send(stack: ChildStack, name: str) -> None:
    queue = stack.state["queues"][QUEUES[name.partition(".")[0]]]
    body = sample(name)["Records"][0]["body"]
    Aws(stack.state["aws_endpoint_url"]).sqs.send_message(QueueUrl=queue, MessageBody=body)


def happens(stack: ChildStack, view: VendorView, name: str) -> None:
    """Let Stripe have it as the sample tells, as `make event` does, and send it."""
    assert view.target.put_objects([item for event in sample_events(sample(name)) for item in objects_of(event)])
    send(stack, name)


def succeeded(view: VendorView, name: str) -> bool:
    [event] = sample_events(sample(name))
    return event["id"] in {each["id"] for each in view.deliveries("succeeded")}


def status_of(view: VendorView, bought: Purchase) -> set[str]:
    return {each.status for each in view.licenses(bought)}


def overrides() -> dict[str, str]:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    text = config["local"]["local_invoke"]["parameters"]["parameter_overrides"]
    return dict(each.split("=", 1) for each in text.split())


def test_a_container_is_told_the_ports_that_make_dev_uses() -> None:
    assert urlsplit(overrides()["AwsEndpointUrl"]).port == Settings.read({}).aws_port
    assert urlsplit(overrides()["StripeApiBase"]).port == STRIPE_PORT


def test_an_empty_endpoint_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    client = boto3.client("sqs", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    assert client.meta.endpoint_url == "https://sqs.eu-west-1.amazonaws.com"


def test_stand_in_and_mailbox_are_reached_from_containers_too() -> None:
    stand_in, mailbox = StripeStandIn(ANY_HOST), Mailbox(ANY_HOST)
    try:
        stripe, smtp = urlsplit(stand_in.start()), urlsplit(mailbox.start())
        assert smtp.hostname == containers_address(ANY_HOST)
        socket.create_connection((smtp.hostname, stripe.port), timeout=2).close()
        with SMTP(smtp.hostname, smtp.port or 0, timeout=2) as client:
            assert client.noop()[0] == 250
    finally:
        stand_in.stop()
        mailbox.stop()
