"""DynamoDB as the tables' modules use it: reads, conditional writes, and its errors turned into ours, once."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, NamedTuple

from keystack.aws.client import Client, Patience, Service
from keystack.aws.connections import Timeouts
from keystack.aws.errors import AwsError, RefusedError, from_aws, refusal
from keystack.errors import ActionNeededError, DeploymentError, KeystackError, RetryLaterError
from keystack.storage.attributes import Item, from_item, to_item

Key = tuple[str, str, str]  # table, pk, sk

MAX_IN_BATCH = 100  # keys of a BatchGetItem, items of a transaction
_ATTEMPTS = 4

DYNAMODB = Service("dynamodb", "dynamodb", "application/x-amz-json-1.0", "DynamoDB_20120810")
PATIENT = Patience(Timeouts(connect=2, read=5), attempts=4)  # a second attempt is better than a long wait
QUICK = Patience(Timeouts(connect=1, read=1), attempts=2)  # 5 s at most: 2 s each and up to 1 s between them


class ConditionFailedError(KeystackError):
    """Our own condition did not hold: somebody else was first. Load again and decide again."""


class Action(NamedTuple):
    """A conditional write for `write`, made by `put`, `update`, `delete` or `check`.

    Source: Amazon DynamoDB API Reference, "TransactWriteItem".
    """

    operation: Literal["Put", "Update", "Delete", "ConditionCheck"]
    request: Mapping[str, Any]


@cache
def client() -> Client:
    return Client(DYNAMODB, PATIENT)


@cache
def quick_client() -> Client:
    """Make a client for callers with little time."""
    return Client(DYNAMODB, QUICK)


def get_items(keys: Iterable[Key], quick: bool = False) -> dict[Key, Item]:
    """Read up to any number of items, strongly consistent, also across tables. Missing ones are left out.

    `quick`: by `quick_client`.
    """
    found: dict[Key, Item] = {}
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), MAX_IN_BATCH):
        found |= _get_batch(wanted[start : start + MAX_IN_BATCH], quick_client() if quick else client())
    return found


def _get_batch(keys: Sequence[Key], reader: Client) -> dict[Key, Item]:
    request: dict[str, Any] = {}
    for table, pk, sk in keys:
        entry = request.setdefault(table, {"Keys": [], "ConsistentRead": True})
        entry["Keys"].append(to_item({"pk": pk, "sk": sk}))
    found: dict[Key, Item] = {}
    for attempt in range(_ATTEMPTS):
        with translate_errors(*request):
            answer = reader.call("BatchGetItem", {"RequestItems": request})
        for table, items in answer["Responses"].items():
            for item in map(from_item, items):
                found[table, item["pk"], item["sk"]] = item
        request = dict(answer.get("UnprocessedKeys") or {})
        if not request:
            return found
        time.sleep(0.05 * 2**attempt)
    raise RetryLaterError("DynamoDB is throttling reads")


def query(**request: Any) -> Iterator[Item]:
    """Run a query to its end, page by page."""
    while True:
        with translate_errors(request["TableName"]):
            answer = client().call("Query", request)
        yield from map(from_item, answer["Items"])
        if not answer.get("LastEvaluatedKey"):
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def put(table: str, item: Mapping[str, Any], condition: str, values: Mapping[str, Any] | None = None) -> Action:
    """Describe a conditional put for `write`."""
    return Action("Put", {"TableName": table, "Item": to_item(item), **_expressions(condition, values)})


def update(key: Key, expression: str, condition: str, values: Mapping[str, Any], names: Mapping[str, str]) -> Action:
    """Describe a conditional update for `write`."""
    request = {**_at(key), "UpdateExpression": expression, **_expressions(condition, values)}
    return Action("Update", _without_empty({**request, "ExpressionAttributeNames": names}))


def delete(key: Key, condition: str, values: Mapping[str, Any] | None = None) -> Action:
    """Describe a conditional delete for `write`."""
    return Action("Delete", {**_at(key), **_expressions(condition, values)})


def check(key: Key, condition: str, values: Mapping[str, Any]) -> Action:
    """Describe a condition on an item that is not written."""
    return Action("ConditionCheck", {**_at(key), **_expressions(condition, values)})


def write(actions: Sequence[Action], quick: bool = False) -> None:
    """Write all or nothing; one action alone costs half as much without a transaction. `quick`: by `quick_client`.

    Raises ConditionFailedError when a condition of ours did not hold, RetryLaterError when DynamoDB is busy.
    """
    writer = quick_client() if quick else client()
    with translate_errors(*(action.request["TableName"] for action in actions)):
        match actions:
            case [Action("Put" | "Update" as operation, request)]:
                writer.call(f"{operation}Item", request)
            case _:
                items = [{action.operation: action.request} for action in actions]
                # So that an attempt whose answer was lost is not refused by its own condition when it is made again.
                token = os.urandom(16).hex()
                writer.call("TransactWriteItems", {"TransactItems": items, "ClientRequestToken": token})


@contextmanager
def translate_errors(*tables: str) -> Iterator[None]:
    """Turn AWS's errors of a call that needs `tables` into ours.

    Only our own failed condition means that another writer was first.
    """
    names = ", ".join(sorted(set(tables)))
    try:
        yield
    except RefusedError as error:
        raise _from_refused(error, names) from error
    except AwsError as error:
        raise from_aws("DynamoDB", names, error) from error


def _from_refused(error: RefusedError, tables: str) -> KeystackError:
    match error.code:
        case "ConditionalCheckFailedException":
            return ConditionFailedError("another writer was first")
        case "TransactionCanceledException":
            told = error.answer.get("CancellationReasons") or []  # one without a code is null or "None"
            reasons = {reason.get("Code") or "None" for reason in told}
            return _from_cancelled(reasons - {"None"}, tables)
    return from_aws("DynamoDB", tables, error)


def _from_cancelled(reasons: set[str], tables: str) -> KeystackError:
    codes = ", ".join(sorted(reasons)) or "cancelled"
    if "ConditionalCheckFailed" in reasons:
        return ConditionFailedError("another writer was first")
    if reasons & {"ValidationError", "ItemCollectionSizeLimitExceeded"}:
        return ActionNeededError(f"DynamoDB cannot store this ({codes}): report it to KeyStack")
    if any("AccessDenied" in reason or "ResourceNotFound" in reason for reason in reasons):
        return DeploymentError(refusal("DynamoDB", "TransactWriteItems", tables, codes))
    return RetryLaterError(f"DynamoDB is busy ({codes})")


def _at(key: Key) -> dict[str, Any]:
    table, pk, sk = key
    return {"TableName": table, "Key": to_item({"pk": pk, "sk": sk})}


def _expressions(condition: str, values: Mapping[str, Any] | None) -> dict[str, Any]:
    return _without_empty(
        {"ConditionExpression": condition, "ExpressionAttributeValues": to_item(values) if values else None}
    )


def _without_empty(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if value}
