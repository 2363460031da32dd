"""DynamoDB in memory: what KeyStack asks of it, and what it refuses. Checked against moto by test_tables.py.

It takes the place of boto3's client. Items are in wire format and are replaced, never changed.
Source: Amazon DynamoDB API Reference.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from keystack.storage.attributes import from_item
from template import Right, resources

from local.stack.calls import RIGHT_IN_TRANSACTION
from simulation.calls import AWS_FAILURES, Call, Calls, aws_error
from simulation.expressions import Expression, ExpressionError, check_used

Item = Mapping[str, Any]
Key = tuple[str, str, str]  # table, pk, sk
MOST_BYTES = 400 * 1024  # of an item
MOST_ACTIONS = 100


@dataclass(frozen=True)
class Change:
    """An item written: `before` or `after` is None where there is none."""

    key: Key
    before: Item | None
    after: Item | None


Witness = Callable[[list[Change]], None]


@dataclass
class Tables:
    calls: Calls
    items: dict[Key, Item] = field(default_factory=dict)
    witness: Witness = lambda changes: None

    _before: dict[Key, Item] = field(default_factory=dict)  # before the last write: what an index may still tell
    _plain: dict[int, tuple[Item, dict[str, Any]]] = field(default_factory=dict)

    def plain(self, item: Item) -> dict[str, Any]:
        """An item as plain values. Items are replaced and never changed, so each is read once."""
        if id(item) not in self._plain:
            self._plain[id(item)] = (item, from_item(item))
        return self._plain[id(item)][1]

    # ----------------------------------------------------- boto3's methods

    def get_item(self, TableName: str, Key: Any, ProjectionExpression: str) -> Any:  # noqa: N803 - boto3's names, here and below
        key = (TableName, _text(Key, "pk"), _text(Key, "sk"))

        def read() -> Any:
            item = self.items.get(key)
            return {"Item": {ProjectionExpression: item[ProjectionExpression]}} if item else {}

        return self._call("GetItem", [key], {("dynamodb:GetItem", TableName)}, read)

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803
        keys = [
            (table, _text(key, "pk"), _text(key, "sk")) for table, each in RequestItems.items() for key in each["Keys"]
        ]
        _require(len(keys) == len(set(keys)) <= MOST_ACTIONS, "keys twice, or more than 100")

        def read(count: int = len(keys)) -> Any:
            found: dict[str, list[Item]] = {table: [] for table in RequestItems}
            left: dict[str, Any] = {}
            for place, key in enumerate(keys):
                if place >= count:
                    each = left.setdefault(key[0], {**RequestItems[key[0]], "Keys": []})
                    each["Keys"].append({"pk": {"S": key[1]}, "sk": {"S": key[2]}})
                elif key in self.items:
                    found[key[0]].append(self.items[key])
            return {"Responses": found, "UnprocessedKeys": left}

        needs = {("dynamodb:BatchGetItem", table) for table in RequestItems}
        return self._call("BatchGetItem", keys, needs, read, {"unprocessed": lambda: read(len(keys) // 2)})

    def put_item(self, **request: Any) -> Any:
        return self._write_one("PutItem", {"Put": request})

    def update_item(self, **request: Any) -> Any:
        return self._write_one("UpdateItem", {"Update": request})

    def transact_write_items(self, TransactItems: Any) -> Any:  # noqa: N803
        keys = [_target(action)[0] for action in TransactItems]
        _require(len(keys) == len(set(keys)) <= MOST_ACTIONS, "an item twice, or more than 100 actions")
        done: list[bool] = []

        def write() -> Any:
            if done:  # the SDK's second try of what has happened, known by its ClientRequestToken
                return {}
            reasons = [self._refusal(action) for action in TransactItems]
            if any(reasons):
                told = [{"Code": reason or "None"} for reason in reasons]
                raise aws_error("TransactionCanceledException", CancellationReasons=told)
            self._commit([change for action in TransactItems if (change := self._change(action))])
            done.append(True)
            return {}

        return self._call("TransactWriteItems", keys, set(map(_right, TransactItems)), write)

    def query(self, **request: Any) -> Any:
        check_used(request)
        table, index = request["TableName"], request.get("IndexName")
        names, values = request.get("ExpressionAttributeNames", {}), request["ExpressionAttributeValues"]
        hash_key, range_key = _schema(table, index)
        _require(not (index and request.get("ConsistentRead")), "an index is never strongly consistent")

        def read(items: dict[Key, Item] | None = None) -> Any:
            found = [
                (item.get(range_key, {}).get("S", ""), key, item)
                for key, item in (self.items if items is None else items).items()
                if key[0] == table
                and hash_key in item
                and (not range_key or range_key in item)
                and Expression(request["KeyConditionExpression"], names, values).holds(item)
            ]
            found.sort(key=lambda each: each[:2], reverse=not request.get("ScanIndexForward", True))
            return {"Items": [_projected(table, index, item) for _, _, item in found]}

        stale = {"stale": lambda: read(self._before)} if index else {}
        needs = {("dynamodb:Query", f"{table}/index/{index}" if index else table)}
        return self._call("Query", [(table, index or "", "")], needs, read, stale)

    # -------------------------------------------------------------- inside

    def _call(
        self,
        operation: str,
        keys: list[Key],
        needs: set[Right],
        act: Callable[[], Any],
        otherwise: dict[str, Callable[[], Any]] | None = None,
    ) -> Any:
        failures = AWS_FAILURES
        if operation == "TransactWriteItems":
            mixed = [{"Code": "TransactionConflict" if place == 0 else "None"} for place in range(len(keys))]
            failures = failures | {
                "conflict": lambda: aws_error("TransactionCanceledException", CancellationReasons=mixed)
            }
        else:
            failures = failures | {"conflict": lambda: aws_error("TransactionConflictException")}
        subject = " ".join(sorted({f"{table}:{pk.split('#')[0]}" for table, pk, _ in keys}))
        try:
            return self.calls.make(Call("dynamodb", operation, subject, frozenset(needs)), act, failures, otherwise)
        except ExpressionError as error:
            raise AssertionError(f"DynamoDB would refuse this {operation}: {error}") from error

    def _write_one(self, operation: str, action: Any) -> Any:
        def write() -> Any:
            if self._refusal(action):
                raise aws_error("ConditionalCheckFailedException")
            change = self._change(action)
            self._commit([change] if change else [])
            return {}

        return self._call(operation, [_target(action)[0]], {_right(action)}, write)

    def _refusal(self, action: Any) -> str | None:
        key, request = _target(action)
        check_used(request)
        condition = request.get("ConditionExpression")
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        if condition and not Expression(condition, names, values).holds(self.items.get(key, {})):
            return "ConditionalCheckFailed"
        return None

    def _change(self, action: Any) -> Change | None:
        if "ConditionCheck" in action:
            return None
        key, request = _target(action)
        before = self.items.get(key)
        if "Delete" in action:
            return Change(key, before, None)
        if "Put" in action:
            return Change(key, before, _checked(key[0], request["Item"]))
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        start = before or {"pk": {"S": key[1]}, "sk": {"S": key[2]}}
        after = Expression(request["UpdateExpression"], names, values).updated(start)
        return Change(key, before, _checked(key[0], after))

    def _commit(self, changes: list[Change]) -> None:
        self._before = dict(self.items)
        for change in changes:
            if change.after is None:
                self.items.pop(change.key, None)
            else:
                self.items[change.key] = change.after
        self.witness(changes)


def _target(action: Any) -> tuple[Key, Any]:
    [request] = action.values()
    key = request.get("Key") or request["Item"]
    return (request["TableName"], _text(key, "pk"), _text(key, "sk")), request


def _right(action: Any) -> Right:
    """The right that one write asks for, alone or in a transaction."""
    [kind] = action
    return RIGHT_IN_TRANSACTION[kind], _target(action)[0][0]


def _text(key: Item, name: str) -> str:
    _require(bool(key[name].get("S")), f"{name} must be text that is not empty")
    return str(key[name]["S"])


def _checked(table: str, item: Item) -> Item:
    """Refuse what DynamoDB refuses: index keys that are no text, and items that are too large."""
    for name in _index_keys(table):
        _require(name not in item or bool(item[name].get("S")), f"{name} is an index key and must be text")
    _require(len(json.dumps(item, default=str)) < MOST_BYTES, "an item is larger than 400 KB")
    return item


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ExpressionError(message)


@cache
def _schema(table: str, index: str | None) -> tuple[str, str]:
    properties = resources("AWS::DynamoDB::Table")[table]
    indexes = {each["IndexName"]: each for each in properties.get("GlobalSecondaryIndexes", [])}
    schema = {each["KeyType"]: each["AttributeName"] for each in (indexes[index] if index else properties)["KeySchema"]}
    return schema["HASH"], schema.get("RANGE", "")


@cache
def _index_keys(table: str) -> tuple[str, ...]:
    return tuple(each["AttributeName"] for each in resources("AWS::DynamoDB::Table")[table]["AttributeDefinitions"])


def _projected(table: str, index: str | None, item: Item) -> Item:
    indexes = resources("AWS::DynamoDB::Table")[table].get("GlobalSecondaryIndexes", [])
    if not index or any(i["IndexName"] == index and i["Projection"]["ProjectionType"] == "ALL" for i in indexes):
        return item
    return {name: item[name] for name in ("pk", "sk", *_schema(table, index)) if name in item}
