"""The model of DynamoDB and another one side by side: each call goes to both, and both must answer alike.

The other is KeyStack's own client with an emulator behind it, so what it signs, writes and reads is compared as well.
"""

from collections.abc import Callable, Mapping
from typing import Any

from keystack.aws.client import Client
from keystack.aws.errors import RefusedError

from simulation.calls import Calls
from simulation.tables import Tables


class ComparedTables(Tables):
    def __init__(self, calls: Calls, other: Client) -> None:
        super().__init__(calls)
        self._other = other
        self.compared = 0

    def call(self, operation: str, request: Mapping[str, Any], path: str = "") -> Any:
        answer, error = _outcome(super().call, operation, request)
        theirs, their_error = _outcome(self._other.call, operation, request)
        assert _told(error) == _told(their_error), f"{operation}: {_told(error)} here, {_told(their_error)} there"
        self.compared += 1
        if error:
            raise error
        assert _plain(answer) == _plain(theirs), f"{operation} answers otherwise there: {answer} {theirs}"
        return answer


def _outcome(call: Callable[..., Any], operation: str, request: Mapping[str, Any]) -> tuple[Any, RefusedError | None]:
    try:
        return call(operation, request), None
    except RefusedError as error:
        return None, error


def _told(error: RefusedError | None) -> Any:
    """An error's operation, code and status, and of a cancelled transaction each action's reason."""
    if error is None:
        return None
    reasons = [reason.get("Code", "None") for reason in error.answer.get("CancellationReasons", [])]
    return error.operation, error.code, error.status, reasons


def _plain(answer: Mapping[str, Any]) -> Any:
    if "Responses" in answer:
        return {table: sorted(map(_sorted, items), key=repr) for table, items in answer["Responses"].items() if items}
    if "Item" in answer:
        return _sorted(answer["Item"])
    return [_sorted(item) for item in answer.get("Items", [])]


def _sorted(item: Mapping[str, Any]) -> dict[str, Any]:
    """Sets have no order."""
    return {
        name: {kind: sorted(held) if kind in ("SS", "NS") else held for kind, held in value.items()}
        for name, value in sorted(item.items())
    }
