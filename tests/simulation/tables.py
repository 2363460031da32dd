"""DynamoDB in memory: what KeyStack asks of it, and what it refuses. Checked against moto by test_tables.py.

It takes the place of KeyStack's client. Items are in wire format and are replaced, never changed.
Source: Amazon DynamoDB API Reference.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from keystack.aws.errors import RefusedError
from keystack.storage.attributes import from_item
from template import Right, resources

from local.stack.calls import RIGHT_IN_TRANSACTION
from simulation.calls import Call, Calls, aws_failures, refused
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
    _written: dict[str, Any] = field(default_factory=dict)  # transactions by their ClientRequestToken

    def plain(self, item: Item) -> dict[str, Any]:
        """An item as plain values. Items are replaced and never changed, so each is read once."""
        if id(item) not in self._plain:
            self._plain[id(item)] = (item, from_item(item))
        return self._plain[id(item)][1]

    def call(self, operation: str, request: Mapping[str, Any], path: str = "") -> Any:
        match operation:
            case "GetItem":
                return self._get(request)
            case "BatchGetItem":
                return self._get_batch(request["RequestItems"])
            case "PutItem" | "UpdateItem":
                return self._write_one(operation, {operation.removesuffix("Item"): request})
            case "TransactWriteItems":
                return self._transact(request["TransactItems"], request.get("ClientRequestToken"))
            case "Query":
                return self._query(request)
        raise AssertionError(f"the model of DynamoDB has no {operation}")

    # ---------------------------------------------------------- operations

    def _get(self, request: Mapping[str, Any]) -> Any:
        table, name = request["TableName"], request["ProjectionExpression"]
        key = (table, _text(request["Key"], "pk"), _text(request["Key"], "sk"))

        def read() -> Any:
            item = self.items.get(key)
            return {"Item": {name: item[name]}} if item else {}

        return self._make("GetItem", [key], {("dynamodb:GetItem", table)}, read)

    def _get_batch(self, wanted: Mapping[str, Any]) -> Any:
        keys = [(table, _text(key, "pk"), _text(key, "sk")) for table, each in wanted.items() for key in each["Keys"]]
        _require(len(keys) == len(set(keys)) <= MOST_ACTIONS, "keys twice, or more than 100")

        def read(count: int = len(keys)) -> Any:
            found: dict[str, list[Item]] = {table: [] for table in wanted}
            left: dict[str, Any] = {}
            for place, key in enumerate(keys):
                if place >= count:
                    each = left.setdefault(key[0], {**wanted[key[0]], "Keys": []})
                    each["Keys"].append({"pk": {"S": key[1]}, "sk": {"S": key[2]}})
                elif key in self.items:
                    found[key[0]].append(self.items[key])
            return {"Responses": found, "UnprocessedKeys": left}

        needs = {("dynamodb:BatchGetItem", table) for table in wanted}
        return self._make("BatchGetItem", keys, needs, read, {"unprocessed": lambda: read(len(keys) // 2)})

    def _write_one(self, operation: str, action: Any) -> Any:
        def write() -> Any:
            if self._refusal(action):
                raise refused(operation, "ConditionalCheckFailedException")
            change = self._change(action)
            self._commit([change] if change else [])
            return {}

        return self._make(operation, [_target(action)[0]], {_right(action)}, write)

    def _transact(self, actions: Any, token: str | None) -> Any:
        """Write all or nothing. A token is remembered for ten minutes in truth, longer than any call lasts."""
        keys = [_target(action)[0] for action in actions]
        _require(len(keys) == len(set(keys)) <= MOST_ACTIONS, "an item twice, or more than 100 actions")

        def write() -> Any:
            if token in self._written:  # another attempt at what has happened
                if self._written[token] != actions:
                    raise refused("TransactWriteItems", "IdempotentParameterMismatchException")
                return {}
            reasons = [self._refusal(action) for action in actions]
            if any(reasons):
                told = [{"Code": reason or "None"} for reason in reasons]
                raise refused("TransactWriteItems", "TransactionCanceledException", CancellationReasons=told)
            self._commit([change for action in actions if (change := self._change(action))])
            if token:
                self._written[token] = actions
            return {}

        return self._make("TransactWriteItems", keys, set(map(_right, actions)), write)

    def _query(self, request: Mapping[str, Any]) -> Any:
        check_used(request)
        table, index = request["TableName"], request.get("IndexName")
        names, values = request.get("ExpressionAttributeNames", {}), request["ExpressionAttributeValues"]
        hash_key, range_key = _schema(table, index)
        _require(not (index and request.get("ConsistentRead")), "an index is never strongly consistent")
        _require("ExclusiveStartKey" not in request, "the model begins every query at its beginning")

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
            limit = request.get("Limit", len(found) + 1)
            last = (
                found[limit - 1][2] if len(found) >= limit else None
            )  # DynamoDB does not look whether more would come
            more = {"LastEvaluatedKey": {name: last[name] for name in ("pk", "sk")}} if last else {}
            return {"Items": [_projected(table, index, item) for _, _, item in found[:limit]], **more}

        stale = {"stale": lambda: read(self._before)} if index else {}
        needs = {("dynamodb:Query", f"{table}/index/{index}" if index else table)}
        return self._make("Query", [(table, index or "", "")], needs, read, stale)

    # -------------------------------------------------------------- inside

    def _make(
        self,
        operation: str,
        keys: list[Key],
        needs: set[Right],
        act: Callable[[], Any],
        otherwise: dict[str, Callable[[], Any]] | None = None,
    ) -> Any:
        failures = {**aws_failures(operation), "conflict": lambda: _conflict(operation, len(keys))}
        subject = " ".join(sorted({f"{table}:{pk.split('#')[0]}" for table, pk, _ in keys}))
        try:
            return self.calls.make(Call("dynamodb", operation, subject, frozenset(needs)), act, failures, otherwise)
        except ExpressionError as error:
            raise AssertionError(f"DynamoDB would refuse this {operation}: {error}") from error

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


def _conflict(operation: str, count: int) -> RefusedError:
    """Another transaction is under way at one of the `count` items."""
    if operation != "TransactWriteItems":
        return refused(operation, "TransactionConflictException")
    reasons = [{"Code": "TransactionConflict"}, *[{"Code": "None"}] * (count - 1)]
    return refused(operation, "TransactionCanceledException", CancellationReasons=reasons)


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
    _require(len(json.dumps(item)) < MOST_BYTES, "an item is larger than 400 KB")
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
