"""The model of DynamoDB and a real client side by side: each request goes to both, and both must answer alike."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError
from template import Right

from simulation.calls import Calls
from simulation.tables import Key, Tables


class ComparedTables(Tables):
    def __init__(self, calls: Calls, other: Any) -> None:
        super().__init__(calls)
        self._other = other
        self._request: tuple[str, Mapping[str, Any]] = ("", {})
        self.compared = 0

    def get_item(self, TableName: str, Key: Any, ProjectionExpression: str) -> Any:  # noqa: N803 - boto3's names, here and below
        request = {"TableName": TableName, "Key": Key, "ProjectionExpression": ProjectionExpression}
        self._request = ("get_item", request)
        return super().get_item(**request)

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803
        self._request = ("batch_get_item", {"RequestItems": RequestItems})
        return super().batch_get_item(RequestItems)

    def put_item(self, **request: Any) -> Any:
        self._request = ("put_item", request)
        return super().put_item(**request)

    def update_item(self, **request: Any) -> Any:
        self._request = ("update_item", request)
        return super().update_item(**request)

    def transact_write_items(self, TransactItems: Any) -> Any:  # noqa: N803
        self._request = ("transact_write_items", {"TransactItems": TransactItems})
        return super().transact_write_items(TransactItems)

    def query(self, **request: Any) -> Any:
        self._request = ("query", request)
        return super().query(**request)

    def _call(
        self, operation: str, keys: list[Key], needs: set[Right], act: Callable[[], Any], otherwise: Any = None
    ) -> Any:
        method, request = self._request

        def both() -> Any:
            answer, error = _outcome(act)
            theirs, their_error = _outcome(lambda: getattr(self._other, method)(**request))
            assert _told(error) == _told(their_error), f"{operation}: {_told(error)} here, {_told(their_error)} there"
            if error is None:
                assert _plain(answer) == _plain(theirs), f"{operation} answers otherwise there: {answer} {theirs}"
            self.compared += 1
            if error:
                raise error
            return answer

        return super()._call(operation, keys, needs, both)


def _outcome(act: Callable[[], Any]) -> tuple[Any, ClientError | None]:
    try:
        return act(), None
    except ClientError as error:
        return None, error


def _told(error: ClientError | None) -> Any:
    """An error's code, and of a cancelled transaction each action's reason."""
    if error is None:
        return None
    response: Any = error.response
    reasons = [reason.get("Code", "None") for reason in response.get("CancellationReasons", [])]
    return response["Error"]["Code"], reasons


def _plain(answer: Mapping[str, Any]) -> Any:
    if "Responses" in answer:
        return {table: sorted(map(_sorted, items), key=repr) for table, items in answer["Responses"].items() if items}
    if "Item" in answer:
        return _sorted(answer["Item"])
    return [_sorted(item) for item in answer.get("Items", [])]


def _sorted(item: Mapping[str, Any]) -> dict[str, Any]:
    """Sets have no order."""
    return {
        name: {kind: sorted(held) if kind in ("SS", "NS") else _bytes(held) for kind, held in value.items()}
        for name, value in sorted(item.items())
    }


def _bytes(held: Any) -> Any:
    return bytes(held) if isinstance(held, bytes | bytearray) else held
