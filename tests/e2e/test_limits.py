"""What is too large for Lambda on AWS fails in the local stack too, as there."""

import json
import zlib
from typing import Any

import pytest

from local.client import call
from local.stack.aws import Aws
from local.tools.child_stack import ChildStack

BODIES = {
    "text": (b'{"x": "' + b"x" * 6_300_000 + b'"}', "application/json"),
    "base64": (b"\xff" * 4_800_000, "application/octet-stream"),  # 6.4 MB when it is encoded
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_request_of_more_than_six_megabytes_reaches_no_function(stack: ChildStack, kind: str) -> None:
    body, media_type = BODIES[kind]
    url = f"{stack.state['url']}/v1/webhooks/stripe/acme"
    assert call("POST", url, body, {"Content-Type": media_type}) == (
        413,
        b'{\n  "message": "Request Entity Too Large"\n}',
    )
    status, answer = call("POST", url, body[:4_000_000], {"Content-Type": media_type})
    assert (status, json.loads(answer)["title"]) == (413, "Content Too Large")  # the verifier says so


def test_an_answer_of_more_than_six_megabytes_is_a_500(stack: ChildStack) -> None:
    aws = Aws(stack.state["aws_endpoint_url"])

    def show(identity: str, size: int) -> tuple[int, bytes]:
        payload = json.dumps({"id": identity, "type": "x", "text": "x" * size})
        item: dict[str, Any] = {
            "pk": {"S": f"acme#{identity}"},
            "sk": {"S": "DELIVERY"},
            "event": {"S": identity},
            "status": {"S": "failed"},
            "received_at": {"S": "2026-01-01T00:00:00Z"},
            "updated_at": {"S": "2026-01-01T00:00:00Z"},
            "payload": {"B": zlib.compress(payload.encode())},
        }
        aws.dynamodb.put_item(TableName=stack.state["tables"]["deliveries"], Item=item)
        url = f"{stack.state['url']}/v1/deliveries/{identity}"
        return call("GET", url, headers={"Authorization": f"Bearer {stack.state['api_key']}"})

    assert show("evt_small", 6_000_000)[0] == 200
    assert show("evt_large", 6_300_000) == (500, b'{\n  "message": "Internal Server Error"\n}')
