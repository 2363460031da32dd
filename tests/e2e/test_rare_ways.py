"""What happens seldom, once in the processes of a real stack: dead letters, replays of each queue, keys given up."""

import json
from typing import Any

from local.client import call
from local.stack.aws import Aws
from local.stripe.catalogue import catalogue
from local.stripe.purchases import Json, new_purchase
from local.stripe.shapes import charge, event, session
from local.stripe.subscriptions import canceled_subscription
from local.stripe.webhooks import Target
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for

ORG, SECRET = "rare-ways", "whsec_of_rare_ways"
PLANS = [{"code": "plus", "kind": "subscription"}]
MAPPINGS = {"price_plus_monthly": {"grants": [{"plan": "plus"}]}}


def configure(stack: ChildStack, **document: Any) -> Json:
    """Invoke the operator's function."""
    body = json.dumps({"org": ORG, **document}).encode()
    status, answer = call("POST", f"{stack.state['url']}/local/functions/OrganizationsFunction", body)
    told: Json = json.loads(answer)
    assert status == 200, told
    assert "error" not in told, told
    return told


class Api:
    def __init__(self, stack: ChildStack, key: str) -> None:
        self._url, self._headers = stack.state["url"], {"Authorization": f"Bearer {key}"}

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Json]:
        headers = {**self._headers, "Content-Type": "application/json"}
        status, answer = call(method, self._url + path, None if body is None else json.dumps(body).encode(), headers)
        return status, json.loads(answer) if answer else {}

    def delivery(self, id: str, status: str) -> Json:
        """Wait until a delivery has a status."""

        def look() -> Json | None:
            found = self("GET", f"/v1/deliveries/{id}")[1]
            return found if found.get("status") == status else None

        return wait_for(f"{status} delivery {id}", look) or {}


def test_what_happens_seldom_happens_right(stack: ChildStack) -> None:
    first = configure(stack, name="Rare Ways", plans=PLANS, stripe_keys=["rk_test_rare"], webhook_secrets=[SECRET])
    configure(stack, mappings=MAPPINGS)  # grants a plan that is there already
    api = Api(stack, first["api_key"])
    target = Target(stack.state["url"], ORG, SECRET, stack.state["stripe_api_base"])
    bought = new_purchase(next(each for each in catalogue() if each["id"] == "price_plus_monthly"), "r@example.com", 1)
    assert target.put(bought)
    paid = event("checkout.session.completed", session(bought))
    assert target.send(paid)[0] == 200
    api.delivery(paid["id"], "succeeded")

    partly = event("charge.refunded", charge(bought, bought.amount // 2))
    assert target.send(partly)[0] == 200
    assert api.delivery(partly["id"], "succeeded")["steps"]["fact"] == "refund.partial"

    ended = event("customer.subscription.deleted", canceled_subscription(bought, bought.created, payment_failed=False))
    assert target.send(ended)[0] == 200
    api.delivery(ended["id"], "succeeded")

    assert api("GET", "/v1/licenses?status=frozen")[1]["items"] == []  # a partial refund freezes nothing here
    for each, again in ((partly, "refunds"), (ended, "deletions")):
        assert api("POST", f"/v1/deliveries/{each['id']}/replay")[0] == 202, again

    lost = event("checkout.session.completed", session(bought))
    give_up(stack, lost)
    assert "crashed or ran out of time" in api.delivery(lost["id"], "failed")["reason"]

    keep_an_admin_key(stack, api)


def give_up(stack: ChildStack, lost: Json) -> None:
    """Let a message come back from the dead-letter queue."""
    body = json.dumps({"org": ORG, "received_at": lost["created"], "event": lost, "source": "stripe"})
    sqs = Aws(stack.state["aws_endpoint_url"]).sqs
    sqs.send_message(QueueUrl=stack.state["queues"]["issue_dead_letter"], MessageBody=body)


def keep_an_admin_key(stack: ChildStack, api: Api) -> None:
    """One of two admin keys may go, the last one may not; the operator makes the first one anew."""
    status, second = api("POST", "/v1/api-keys", {"name": "second", "scopes": ["admin"]})
    assert status == 201
    assert api("DELETE", f"/v1/api-keys/{second['id']}")[0] == 204
    assert api("DELETE", "/v1/api-keys/first")[0] == 409
    assert configure(stack, reset_api_key=True)["api_key"].startswith(f"ks_{ORG}_first_")
