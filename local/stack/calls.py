"""Which function made which AWS call on what, as IAM names them: a JSON line for each kind of call.

The stack's functions sign with their own name as access key id. `tests/e2e/test_calls_and_rights.py` holds the file
against template.yaml's policies.
"""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Call = tuple[
    str, str
]  # IAM action, resource: LicensesTable, LicensesTable/index/by_time, IssueQueue, a parameter's name

# AWS: "Managing access permissions to your resources" and "IAM and transactions" of DynamoDB's Developer Guide: a
# transaction asks for the right of each thing it does.
RIGHT_IN_TRANSACTION = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
_BATCHES = {"SendMessageBatch": "SendMessage", "ChangeMessageVisibilityBatch": "ChangeMessageVisibility"}


class Calls:
    """The file, begun anew, and what is in it already."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.write_text("")
        self._known: set[tuple[str, str, str]] = set()
        self._lock = threading.Lock()

    def note(self, authorization: str, target: str, body: bytes) -> None:
        """Note the call of a signed request, once."""
        signer = re.search(r"Credential=([^/]+)/", authorization)
        if not signer or not target:
            return
        with self._lock:
            for action, resource in actions_of(target, json.loads(body or b"{}")):
                call = (signer[1], action, resource)
                if call not in self._known:
                    self._known.add(call)
                    with self._file.open("a") as lines:
                        lines.write(json.dumps(call) + "\n")


def actions_of(target: str, request: dict[str, Any]) -> Iterator[Call]:
    """Name what a request needs the right for; `target` is its X-Amz-Target, such as `AmazonSQS.SendMessage`."""
    service, _, operation = target.partition(".")
    if service.startswith("DynamoDB"):
        yield from _dynamodb(operation, request)
    elif service == "AmazonSQS":
        queue = request.get("QueueUrl", "").rpartition("/")[2]
        yield f"sqs:{_BATCHES.get(operation, operation)}", queue
    elif service == "AmazonSSM":
        yield f"ssm:{operation}", request.get("Name", "")


def _dynamodb(operation: str, request: dict[str, Any]) -> Iterator[Call]:
    if operation == "TransactWriteItems":
        for item in request["TransactItems"]:
            for kind, each in item.items():
                yield RIGHT_IN_TRANSACTION[kind], each["TableName"]
    elif operation == "BatchGetItem":
        for table in request["RequestItems"]:
            yield "dynamodb:BatchGetItem", table
    else:
        index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
        yield f"dynamodb:{operation}", request.get("TableName", "") + index
