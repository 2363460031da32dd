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
from local.stripe.samples import sample_purchases
from local.stripe.server import StripeStandIn
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for
from local.tools.vendor_view import VendorView

SESSIONS = ["cs_test_sampleAda", "cs_test_sampleBob", "cs_test_sampleEve"]


def test_a_purchase_of_the_samples_is_known_to_the_stand_in(stack: ChildStack, view: VendorView) -> None:
    for name in ("subscription_paid", "payment_paid", "async_payment_succeeded"):
        send(stack, name)

    bought = {each.order: each for each in sample_purchases()}
    for session in SESSIONS:
        wait_for(f"the license of {session}", lambda session=session: view.licenses(bought[session]))  # type: ignore[misc]


def test_the_sample_of_an_issued_order_is_done_and_sends_nothing_twice(stack: ChildStack, view: VendorView) -> None:
    send(stack, "payment_paid")
    wait_for("the mail to Bob", lambda: view.mails("bob@example.com"))
    send(stack, "order_issued")

    headers = {"Authorization": f"Bearer {stack.state['api_key']}"}
    delivery = f"{stack.state['url']}/v1/deliveries/issue_cs_test_sampleBob"
    wait_for("its delivery", lambda: b'"succeeded"' in call("GET", delivery, headers=headers)[1])
    assert len(view.mails("bob@example.com")) == 1


def test_the_sample_of_the_dashboard_is_answered_with_the_page(stack: ChildStack) -> None:
    sample = (ROOT / "events/dashboard.sign_in.json").read_bytes()
    status, answer = call("POST", f"{stack.state['url']}/local/functions/DashboardFunction", sample)
    told = json.loads(answer)
    assert (status, told["statusCode"]) == (200, 200)
    assert "<h1>Sign in to KeyStack</h1>" in told["body"]


def test_every_function_has_a_sample() -> None:
    named = {path.name.partition(".")[0] for path in (ROOT / "events").iterdir()}
    assert named == {path.name for path in (ROOT / "functions").iterdir()}


def send(stack: ChildStack, name: str) -> None:
    sample = json.loads((ROOT / "events" / f"issuer.{name}.json").read_text())
    queue = stack.state["queues"]["issue"]
    Aws(stack.state["aws_endpoint_url"]).sqs.send_message(QueueUrl=queue, MessageBody=sample["Records"][0]["body"])


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
