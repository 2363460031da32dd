"""Runs one Lambda handler in this process: an event a line on stdin, a result a line on stdout.

Started by path with nothing of the local stack importable: the handler sees what it would see in Lambda.
"""

import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any


class Context:
    """What Lambda passes as the second argument."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, request: dict[str, Any]) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
        self.aws_request_id: str = request["request_id"]
        self.invoked_function_arn: str = request["arn"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline = time.monotonic() + float(request["timeout"])

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def _requests() -> "queue.Queue[bytes]":
    """Read stdin on the side, so that the parent's end is noticed in the middle of an invocation too."""
    lines: queue.Queue[bytes] = queue.Queue()

    def read() -> None:
        for line in sys.stdin.buffer:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _load(name: str) -> Callable[[Any, Context], Any]:
    module, _, function = name.rpartition(".")
    handler: Callable[[Any, Context], Any] = getattr(importlib.import_module(module), function)
    return handler


def _invoke(handler: Callable[[Any, Context], Any], line: bytes) -> dict[str, Any]:
    request = json.loads(line)
    try:
        result = handler(request["event"], Context(request))
        json.dumps(result)  # Lambda refuses what JSON cannot say
    except BaseException as error:  # SystemExit too fails one invocation in Lambda
        traceback.print_exc()
        return {"error": {"errorType": type(error).__name__, "errorMessage": str(error)}}
    return {"result": result}


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the handler prints goes to the log
    lines = _requests()
    handler = _load(os.environ["_HANDLER"])

    def answer(value: dict[str, Any]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        answers.write(json.dumps(value).encode() + b"\n")
        answers.flush()

    answer({"ready": True})
    while True:
        answer(_invoke(handler, lines.get()))


if __name__ == "__main__":
    main()
