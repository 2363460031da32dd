"""AWS, as a scenario has it: in moto, or as the simulation models it in memory, which is many times as quick."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, cast

import pytest
import stripe as stripe_library
from integration.aws import Cloud, backend
from integration.stand_ins import Stripe
from integration.world import QUEUES
from keystack.queues import client as queue_client
from keystack.storage import dynamodb, parameters
from simulation.calls import Calls
from simulation.clock import Clock
from simulation.outside import SecretStore
from simulation.processes import Memory, Processes
from simulation.queues import Queues
from simulation.tables import Tables

from local.web import Request

LICENSES = "LicensesTable"


class Waiting(NamedTuple):
    """A message in a queue."""

    queue: str
    body: str

    @property
    def event(self) -> str:
        return str(json.loads(self.body)["event"]["id"])


class Account(Protocol):
    """Tables, secrets and queues: emptied, kept, put back."""

    name: str

    def empty(self) -> None: ...

    def kept(self) -> Any: ...

    def restore(self, kept: Any) -> None: ...

    def keys(self) -> list[str]:
        """The license keys as they stand in the table, whatever the orders say."""

    def take(self) -> list[Waiting]:
        """Take all that waits in the workers' queues."""


class InMoto:
    name = "moto"

    def __init__(self, cloud: Cloud) -> None:
        self.empty = cloud.empty
        self.kept = cloud.kept
        self._cloud = cloud

    def restore(self, kept: Any) -> None:
        self._cloud.restore(*kept)

    def keys(self) -> list[str]:
        items = [item.to_json()["Attributes"] for item in backend("dynamodb").tables[LICENSES].all_items()]
        return [item["key"]["S"] for item in items if item["sk"]["S"].startswith("LICENSE#")]

    def take(self) -> list[Waiting]:
        found = []
        for name in QUEUES.values():
            queue = backend("sqs").queues[name]
            found += [Waiting(name, message.body) for message in queue._messages]
            queue._messages = []
        return found


class InMemory:
    """Takes the places of KeyStack's clients of AWS."""

    name = "memory"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.empty()
        clients: list[tuple[Any, str, Callable[[], Any]]] = [
            (dynamodb, "client", lambda: self.tables),
            (dynamodb, "quick_client", lambda: self.tables),
            (parameters, "client", lambda: self.secrets),
            (queue_client, "client", lambda: self.queues),
        ]
        for module, name, client in clients:
            monkeypatch.setattr(module, name, client)

    def empty(self) -> None:
        clock = Clock()
        calls = Calls(Processes(cast("Any", Memory)), clock)
        self.tables, self.secrets, self.queues = PagedTables(calls), SecretStore(calls), Queues(calls, clock)

    def kept(self) -> Any:
        return dict(self.tables.items), dict(self.secrets.kept)

    def restore(self, kept: Any) -> None:
        self.empty()
        items, secrets = kept
        self.tables.items.update(items)
        self.secrets.kept.update(secrets)

    def keys(self) -> list[str]:
        found = self.tables.items.items()
        return [item["key"]["S"] for (table, _, sk), item in found if table == LICENSES and sk.startswith("LICENSE#")]

    def take(self) -> list[Waiting]:
        found = [Waiting(name, message.body) for name in QUEUES.values() for message in self.queues.waiting[name]]
        for name in QUEUES.values():
            self.queues.waiting[name] = []
        return found


class PagedTables(Tables):
    """The model, which begins every query at its beginning; and a query that goes on after a key."""

    def call(self, operation: str, request: Mapping[str, Any], path: str = "") -> Any:
        if operation != "Query" or "ExclusiveStartKey" not in request:
            return super().call(operation, request, path)
        whole = {name: value for name, value in request.items() if name not in ("ExclusiveStartKey", "Limit")}
        start, down = request["ExclusiveStartKey"]["sk"]["S"], not request.get("ScanIndexForward", True)
        items = [
            item
            for item in super().call(operation, whole, path)["Items"]
            if (item["sk"]["S"] < start if down else item["sk"]["S"] > start)
        ]
        more = len(items) > request["Limit"]
        items = items[: request["Limit"]]
        return {"Items": items, **({"LastEvaluatedKey": items[-1]} if more else {})}


def answer_without_http(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stand-in for Stripe answer Stripe's library in this process."""

    def request(_: object, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        path, _, query = url.partition("://")[2].partition("/")[2].partition("?")
        sent = tuple((name, str(value)) for name, value in headers.items() if value is not None)
        asked = Request(method.upper(), f"/{path}", query, sent, (post_data or "").encode(), "127.0.0.1", "HTTP/1.1")
        answer = stripe.answer(asked)
        return answer.body.decode(), answer.status, dict(answer.headers)

    monkeypatch.setattr(stripe_library.RequestsClient, "request", request)
