"""DynamoDB as the tables' modules use it: items as plain Python values, and its errors turned into ours, once."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from keystack.aws_errors import error_code, from_aws, refusal
from keystack.errors import ActionNeededError, DeploymentError, KeystackError, RetryLaterError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
Key = tuple[str, str, str]  # table, pk, sk

MAX_IN_BATCH = 100  # keys of a BatchGetItem, items of a transaction
_ATTEMPTS = 4


class ConditionFailedError(KeystackError):
    """Our own condition did not hold: somebody else was first. Load again and decide again."""


@dataclass(frozen=True)
class Action:
    """A conditional write for `write`, made by `put`, `update`, `delete` or `check`.

    Source: Amazon DynamoDB API Reference, "TransactWriteItem".
    """

    operation: Literal["Put", "Update", "Delete", "ConditionCheck"]
    request: Mapping[str, Any]


@cache
def client() -> "DynamoDBClient":
    """One client a process. Short timeouts: a second attempt is better than a long wait."""
    return boto3.client(
        "dynamodb",
        config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4}),
    )


@cache
def quick_client() -> "DynamoDBClient":
    """Make a client for callers with little time: 5 s at most, two attempts of 2 s each and up to 1 s between them."""
    config = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("dynamodb", config=config)


_write = TypeSerializer().serialize


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write plain values as DynamoDB's typed ones; None is left out."""
    return {name: _write(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> Item:
    """Read DynamoDB's typed values as plain ones. Source: DynamoDB API reference, "AttributeValue"."""
    return {name: _read(value) for name, value in item.items()}


def _read(value: Mapping[str, Any]) -> Any:
    """Read one value. Numbers here are whole; one that a person stored otherwise is read as a float."""
    [(kind, content)] = value.items()
    match kind:
        case "N":
            return int(content) if content.lstrip("-").isdigit() else float(content)
        case "M":
            return from_item(content)
        case "L":
            return [_read(each) for each in content]
        case "SS":
            return set(content)
        case "NULL":
            return None
    return content  # a text, a boolean, bytes


def get_items(keys: Iterable[Key]) -> dict[Key, Item]:
    """Read up to any number of items, strongly consistent, also across tables. Missing ones are left out."""
    found: dict[Key, Item] = {}
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), MAX_IN_BATCH):
        found |= _get_batch(wanted[start : start + MAX_IN_BATCH])
    return found


def _get_batch(keys: Sequence[Key]) -> dict[Key, Item]:
    request: dict[str, Any] = {}
    for table, pk, sk in keys:
        entry = request.setdefault(table, {"Keys": [], "ConsistentRead": True})
        entry["Keys"].append(to_item({"pk": pk, "sk": sk}))
    found: dict[Key, Item] = {}
    for attempt in range(_ATTEMPTS):
        with translate_errors(*request):
            answer = client().batch_get_item(RequestItems=request)
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
            answer = client().query(**request)
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
            case [Action("Put", request)]:
                writer.put_item(**request)
            case [Action("Update", request)]:
                writer.update_item(**request)
            case _:
                items: list[Any] = [{action.operation: action.request} for action in actions]
                writer.transact_write_items(TransactItems=items)


@contextmanager
def translate_errors(*tables: str) -> Iterator[None]:
    """Turn botocore's errors of a call that needs `tables` into ours.

    Only our own failed condition means that another writer was first.
    """
    names = ", ".join(sorted(set(tables)))
    try:
        yield
    except ClientError as error:
        raise _from_client_error(error, names) from error
    except BotoCoreError as error:
        raise from_aws("DynamoDB", names, error) from error


def _from_client_error(error: ClientError, tables: str) -> KeystackError:
    match error_code(error):
        case "ConditionalCheckFailedException":
            return ConditionFailedError("another writer was first")
        case "TransactionCanceledException":
            reasons = {reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])}
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
