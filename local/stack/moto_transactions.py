"""Makes moto's transactions quick: before each it copies whole tables, here only the items that are written.

Without it a purchase costs as much time as there are items: a thousand licenses take two minutes, with it seconds.
"""

import copy
from collections import defaultdict
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_writing: list[list[dict[str, Any]]] = []  # the transaction under way; moto gets one request at a time


def make_transactions_quick() -> None:
    """Replace moto's backup of the tables, once in a process."""
    if "__deepcopy__" in vars(Table):
        return
    original = DynamoDBBackend.transact_write_items

    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        _writing.append(transact_items)
        try:
            original(self, transact_items)
        finally:
            _writing.pop()

    setattr(DynamoDBBackend, original.__name__, transact_write_items)
    setattr(Table, "__deepcopy__", _backup)  # noqa: B010 - no attribute of the class for mypy


def _backup(table: Any, memo: dict[int, Any]) -> Any:
    """Copy what the transaction may change of `table`; share the rest."""
    twin = copy.copy(table)
    twin.items = defaultdict(dict, {hash_key: dict(items) for hash_key, items in table.items.items()})
    for action in _writing[-1] if _writing else []:
        for operation in action.values():
            if operation.get("TableName") != table.name:
                continue
            key = operation.get("Key") or operation.get("Item")
            hash_key, range_key = DynamoType(key["pk"]), DynamoType(key["sk"])
            if range_key in twin.items.get(hash_key, {}):
                twin.items[hash_key][range_key] = copy.deepcopy(twin.items[hash_key][range_key], memo)
    return twin
