"""A deployed stack: its functions are invoked as API Gateway and the operator do, and nothing else is done to it."""

import json
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from deploy.emulator import Emulator
from local.stack.lambda_http import to_event
from local.web import Request

Json = dict[str, Any]
Found = TypeVar("Found")
PATIENCE = 30  # seconds until something that happens by itself must have happened


class Deployed:
    def __init__(self, emulator: Emulator, name: str) -> None:
        self.name = name
        self.emulator = emulator
        self._lambda = emulator.client("lambda")

    @cached_property
    def resources(self) -> dict[str, str]:
        """The physical id of every resource, by its name in the template."""
        pages = self.emulator.client("cloudformation").get_paginator("list_stack_resources")
        found = [each for page in pages.paginate(StackName=self.name) for each in page["StackResourceSummaries"]]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def invoke(self, function: str, event: Json) -> Any:
        """Invoke what the function's own events invoke, and return its answer; AssertionError if it crashed."""
        answer = self._lambda.invoke(FunctionName=self._invoked_by_events(function), Payload=json.dumps(event))
        told = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, f"{function}: {told}"
        return told

    def configuration(self, function: str) -> Json:
        """Return Lambda's configuration of what the function's own events invoke."""
        found: Json = self._lambda.get_function_configuration(FunctionName=self._invoked_by_events(function))
        return found

    def _invoked_by_events(self, function: str) -> str:
        """With an alias, SAM lets every route, queue and schedule call the alias."""
        name = self.resources[function]
        aliases = self._lambda.list_aliases(FunctionName=name)["Aliases"]
        return str(aliases[0]["AliasArn"]) if aliases else name


def api_event(
    route: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    parameters: dict[str, str] | None = None,
) -> Json:
    """Shape a request as an HTTP API does (payload format 2.0); `route` as in "POST /v1/issue"."""
    sent = {
        "host": "example.execute-api.eu-west-1.amazonaws.com",
        "content-type": "application/json",
        **(headers or {}),
    }
    request = Request(route.split()[0], path, "", tuple(sent.items()), body, "192.0.2.1", "HTTP/1.1")
    return to_event(request, route, parameters or {})


def eventually(look: Callable[[], Found], wanted: str) -> Found:
    """Look again and again until there is something to see; AssertionError says what was not."""
    until = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < until, f"after {PATIENCE} seconds there is no {wanted}"
        time.sleep(0.2)
    return found
