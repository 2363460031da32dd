"""The emulator enforces IAM: without one right of one role the sale stops, and what was refused is named."""

import time

import pytest

from deploy.deployed import Deployed, eventually
from deploy.roles import without
from deploy.vendor import Outside, Vendor

pytestmark = pytest.mark.deploy


def test_without_its_right_to_send_the_verifier_answers_503_and_the_log_names_the_right(
    first: Deployed, outside: Outside
) -> None:
    vendor = Vendor.signed_up(first, outside, "without-send-message")
    bought, paid = vendor.checkout()

    with without(first, "VerifierFunction", "sqs:SendMessage"):
        answer = vendor.send(paid)

    assert answer["statusCode"] == 503
    said = logged(first, paid["id"])
    assert "AccessDenied" in said
    assert "SendMessage" in said
    assert vendor.licenses(bought) == []
    vendor.send(paid)  # as Stripe does after a 503
    eventually(lambda: vendor.licenses(bought), "license once the right is back")


@pytest.mark.parametrize(
    ("action", "refused"), [("ssm:GetParameter", "GetParameter"), ("dynamodb:PutItem", "TransactWriteItems")]
)
def test_without_a_right_of_the_issuer_there_is_no_license_and_the_delivery_names_what_was_refused(
    action: str, refused: str, first: Deployed, outside: Outside
) -> None:
    vendor = Vendor.signed_up(first, outside, f"without-{refused.lower()}")  # no function has its secrets in memory
    bought, paid = vendor.checkout()

    with without(first, "IssuerFunction", action):
        vendor.send(paid)
        delivery = eventually(lambda: vendor.delivery(paid), f"delivery {paid['id']}")
        found = vendor.licenses(bought)

    assert found == []
    assert delivery["status"] == "retrying"
    assert f"refused {refused} on " in delivery["reason"]
    assert "AccessDenied" in delivery["reason"]
    assert vendor.api("POST", f"/v1/deliveries/{paid['id']}/replay")[0] == 202
    eventually(lambda: vendor.licenses(bought), "license once the right is back")


def logged(stack: Deployed, event_id: str) -> str:
    """Return the lines about an event in the group of all functions' logs."""
    logs = stack.emulator.client("logs")
    since = int((time.time() - 60) * 1000)
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=stack.resources["Logs"], startTime=since)
    return "\n".join(each["message"] for page in pages for each in page["events"] if event_id in each["message"])
