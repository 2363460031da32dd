"""schemathesis over the OpenAPI document: no answer is a 5xx, none is undocumented. Always the same requests."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.own_organization import own_organization
from local.client import call
from local.stripe.purchases import new_purchase, one_time_price
from local.stripe.shapes import event, session
from local.stripe.webhooks import Target
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for

ORG, SECRET = "schemathesis", "whsec_of_schemathesis"
LEAST = 500  # requests

# What the tool is told:
# - The schema cannot say all: exactly one of two fields, a key that Stripe knows. So good data may be refused.
# - Methods: TRACE never reaches the function, API Gateway itself says 404.
# - While a mail is on its way, to send it again is refused with 503 and Retry-After.
CONFIG = """
[generation]
deterministic = true
max-examples = 2

[phases.stateful]
enabled = false

[phases.fuzzing]
extra-data-sources.responses = false

[phases.coverage]
unexpected-methods = ["get", "put", "post", "delete", "options", "patch"]
extra-data-sources.responses = false

[checks]
positive_data_acceptance.enabled = false

[[operations]]
include-operation-id = "resend_license"
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", "503"]

[dictionaries]
licenses.values = {licenses}
deliveries.values = {deliveries}
plans.values = ["pro"]
keys.values = {keys}

[parameters]
"path.license_id" = {{dictionary = "licenses", probability = 0.8}}
"path.event_id" = {{dictionary = "deliveries", probability = 0.8}}
"body.plan" = {{dictionary = "plans", probability = 0.8}}
"body.grants[*].plan" = {{dictionary = "plans", probability = 0.8}}
"body.key" = {{dictionary = "keys", probability = 0.5}}
"""


@pytest.fixture
def key(stack: ChildStack) -> str:
    return own_organization(stack, ORG)


def vendor_call(
    stack: ChildStack, key: str, method: str, path: str, body: object = None
) -> dict[str, list[dict[str, str]]]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    status, answer = call(method, f"{stack.state['url']}{path}", sent, headers)
    assert 200 <= status < 300, answer
    found: dict[str, list[dict[str, str]]] = json.loads(answer)
    return found


def config(stack: ChildStack, key: str) -> str:
    """Write the tool's configuration, with ids of things that are there: so that it does not see 404 only."""
    vendor_call(stack, key, "PUT", "/v1/plans/pro", {"name": "Pro"})
    vendor_call(stack, key, "PUT", "/v1/settings/stripe-key", {"key": "rk_test_schemathesis"})
    vendor_call(stack, key, "PUT", "/v1/settings/webhook-secret", {"secrets": [SECRET]})
    asked = {"email": "ada@example.com", "plan": "pro", "quantity": 4, "livemode": False}
    licenses = vendor_call(stack, key, "POST", "/v1/issue", asked)["licenses"]

    bought = new_purchase(one_time_price("price_unmapped"), "bob@example.com", 1)
    target = Target(stack.state["url"], ORG, SECRET, stack.state["stripe_api_base"])
    assert target.put(bought)
    assert target.send(event("checkout.session.completed", session(bought)))[0] == 200
    failed = wait_for("failure", lambda: vendor_call(stack, key, "GET", "/v1/deliveries?status=failed")["items"])
    return CONFIG.format(
        licenses=json.dumps([each["id"] for each in licenses]),
        deliveries=json.dumps([each["id"] for each in failed]),
        keys=json.dumps(["rk_test_schemathesis", licenses[0]["key"]]),
    )


@pytest.mark.slow
def test_no_request_is_answered_by_5xx_or_in_a_way_that_the_document_does_not_tell(
    stack: ChildStack, key: str, tmp_path: Path
) -> None:
    (tmp_path / "schemathesis.toml").write_text(config(stack, key))
    tool = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
    options = ["-H", f"Authorization: Bearer {key}", "--exclude-operation-id", "delete_api_key", "--no-color"]
    ran = subprocess.run(
        [*tool, "--config-file", "schemathesis.toml", "run", f"{stack.state['url']}/v1/openapi.json", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-10_000:] + ran.stderr
    tried = re.search(r"(\d+) generated, (\d+) passed", ran.stdout)
    assert tried is not None, ran.stdout
    assert int(tried[1]) == int(tried[2]) > LEAST
    vendor_call(stack, key, "GET", "/v1/plans")  # the key is good to the end
