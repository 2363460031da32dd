"""DynamoDB as the tables' modules use it: items as plain Python values, and its errors turned into ours, once."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from keystack.aws_errors import error_code, from_aws, refusal
from keystack.errors import ActionNeededError, DeploymentError, KeystackError, RetryLaterError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
Key = tuple[str, str, str]  # table, pk, sk
T = TypeVar("T")

MOST_IN_BATCH = 100  # keys of a BatchGetItem, items of a transaction
_ATTEMPTS = 4


class ConditionFailedError(KeystackError):
    """Our own condition did not hold: somebody else was first. Load again and decide again."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """A part of a list, and after what the next part begins; None at the end. Only who made `after` can read it."""

    items: list[T]
    after: str | None


@cache
def client() -> "DynamoDBClient":
    """One client a process. Short timeouts: a second attempt is better than a long wait."""
    return boto3.client(
        "dynamodb",
        config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4}),
    )


@cache
def quick_client() -> "DynamoDBClient":
    """A client for whoever has little time: 5 s at most, two attempts of 2 s each and up to 1 s between them."""
    config = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("dynamodb", config=config)


class _IntegerDeserializer(TypeDeserializer):
    """Numbers here are whole: read them as int, not Decimal. What a person wrote otherwise is for them to mend."""

    def _deserialize_n(self, value: str) -> int | float:
        return int(value) if value.lstrip("-").isdigit() else float(value)

    def _deserialize_b(self, value: bytes) -> bytes:
        return value


_write = TypeSerializer().serialize
_read = _IntegerDeserializer().deserialize


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write plain values as DynamoDB's typed ones; None is left out."""
    return {name: _write(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> Item:
    return {name: _read(value) for name, value in item.items()}


def get_items(keys: Iterable[Key]) -> dict[Key, Item]:
    """Read up to any number of items, strongly consistent, also across tables. Missing ones are left out."""
    found: dict[Key, Item] = {}
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), MOST_IN_BATCH):
        found |= _get_batch(wanted[start : start + MOST_IN_BATCH])
    return found


def _get_batch(keys: Sequence[Key]) -> dict[Key, Item]:
    request: dict[str, Any] = {}
    for table, pk, sk in keys:
        entry = request.setdefault(table, {"Keys": [], "ConsistentRead": True})
        entry["Keys"].append(to_item({"pk": pk, "sk": sk}))
    found: dict[Key, Item] = {}
    for attempt in range(_ATTEMPTS):
        with translated(*request):
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
        with translated(request["TableName"]):
            answer = client().query(**request)
        yield from map(from_item, answer["Items"])
        if not answer.get("LastEvaluatedKey"):
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def query_page(limit: int, start: Mapping[str, Any] | None, **request: Any) -> tuple[list[Item], bool]:
    """Run one page of a query, after the key `start`; returns up to `limit` items, and whether there are more.

    One item more than asked for tells that at once; DynamoDB alone tells it after an empty page.
    """
    if start is not None:
        request["ExclusiveStartKey"] = to_item(start)
    with translated(request["TableName"]):
        answer = client().query(Limit=limit + 1, **request)
    items = [from_item(item) for item in answer["Items"]]
    return items[:limit], len(items) > limit or bool(items and answer.get("LastEvaluatedKey"))


def put(table: str, item: Mapping[str, Any], condition: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Describe a conditional put for `write`."""
    return {"Put": _without_empty({"TableName": table, "Item": to_item(item), **_expressions(condition, values)})}


def update(
    table: str, pk: str, sk: str, expression: str, condition: str, values: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """Describe a conditional update for `write`."""
    request = {"TableName": table, "Key": to_item({"pk": pk, "sk": sk}), "UpdateExpression": expression}
    return {"Update": _without_empty({**request, **_expressions(condition, values), "ExpressionAttributeNames": names})}


def delete(table: str, pk: str, sk: str, condition: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Describe a conditional delete for `write`."""
    request = {"TableName": table, "Key": to_item({"pk": pk, "sk": sk})}
    return {"Delete": {**request, **_expressions(condition, values)}}


def check(table: str, pk: str, sk: str, condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a condition on an item that is not written."""
    return {
        "ConditionCheck": {"TableName": table, "Key": to_item({"pk": pk, "sk": sk}), **_expressions(condition, values)}
    }


def write(actions: Sequence[Mapping[str, Any]], quick: bool = False) -> None:
    """Write all or nothing; one action alone costs half as much without a transaction. `quick`: by `quick_client`.

    Raises ConditionFailedError when a condition of ours did not hold, RetryLaterError when DynamoDB is busy.
    """
    writer = quick_client() if quick else client()
    with translated(*(request["TableName"] for action in actions for request in action.values())):
        if len(actions) == 1 and "Put" in actions[0]:
            writer.put_item(**actions[0]["Put"])
        elif len(actions) == 1 and "Update" in actions[0]:
            writer.update_item(**actions[0]["Update"])
        else:
            writer.transact_write_items(TransactItems=list(actions))  # type: ignore[arg-type]


class translated:  # noqa: N801 - reads as a word in a with statement
    """Turn botocore's errors of a call that needs `tables` into ours.

    Only our own failed condition means "somebody was first".
    """

    def __init__(self, *tables: str) -> None:
        self._tables = ", ".join(sorted(set(tables)))

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ClientError):
            raise _from_client_error(error, self._tables) from error
        if isinstance(error, BotoCoreError):
            raise from_aws("DynamoDB", self._tables, error) from error


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


def _expressions(condition: str, values: Mapping[str, Any] | None) -> dict[str, Any]:
    return _without_empty(
        {"ConditionExpression": condition, "ExpressionAttributeValues": to_item(values) if values else None}
    )


def _without_empty(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if value}
