"""One function's process: the environment that the template gives it, one invocation at a time, a hard timeout."""

import json
import os
import select
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

from local.settings import ACCOUNT, CREDENTIALS, REGION
from local.stack.children import start_child, stop_child
from local.stack.specs import FunctionSpec

INIT_SECONDS = 30.0
BOOTSTRAP = str(Path(__file__).with_name("bootstrap.py"))


class FunctionError(Exception):
    """The handler raised, crashed or ran out of time; what Lambda reports as FunctionError."""


def lambda_environment(spec: FunctionSpec) -> dict[str, str]:
    """Return the template's variables and those that Lambda sets."""
    return {
        **CREDENTIALS,
        "AWS_ACCESS_KEY_ID": spec.name,  # whose call it is: local/stack/calls.py
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "LAMBDA_TASK_ROOT": str(spec.code),
        "_HANDLER": spec.handler,
        "TZ": ":UTC",
        "LANG": "C.UTF-8",
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(map(str, [spec.code, *spec.layers])),
        **spec.environment,
    }


class FunctionProcess:
    """Started on first use, restarted after a crash or a timeout. Not for two threads at once."""

    def __init__(self, spec: FunctionSpec, log: Path) -> None:
        self._spec = spec
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._buffer = b""
        self._ended = False

    @property
    def name(self) -> str:
        return self._spec.name

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self) -> None:
        """Start the process without waiting for it."""
        self.stop()
        if self._ended:
            raise FunctionError(f"{self._spec.name}: the stack is stopping")
        self._child = start_child([BOOTSTRAP], lambda_environment(self._spec), self._log)
        self._ready, self._buffer = False, b""

    def wait_ready(self) -> None:
        """Wait until the handler is imported; FunctionError if it cannot be."""
        if self.pid is None:
            self.start()
        if not self._ready:
            self._read(INIT_SECONDS, "could not be imported")
            self._ready = True

    def invoke(self, event: Any) -> Any:
        """Run the handler once; FunctionError if it raises, crashes or runs out of time."""
        self.wait_ready()
        request = {
            "event": event,
            "request_id": str(uuid.uuid4()),
            "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self._spec.name}",
            "timeout": self._spec.timeout,
        }
        assert self._child is not None  # noqa: S101 - wait_ready has started it
        assert self._child.stdin is not None  # noqa: S101
        try:
            self._child.stdin.write(json.dumps(request).encode() + b"\n")
            self._child.stdin.flush()
        except OSError:
            raise self._dead("was not there") from None
        answer = self._read(self._spec.timeout, f"timed out after {self._spec.timeout:.2f} seconds")
        if "error" in answer:
            error = answer["error"]
            raise FunctionError(f"{self._spec.name}: {error['errorType']}: {error['errorMessage']}")
        return answer["result"]

    def stop(self) -> None:
        if self._child:
            stop_child(self._child)
        self._child = None

    def kill(self) -> None:
        """End the process for good, from another thread; a thread that waits for it gets a FunctionError."""
        self._ended = True
        if self._child:
            self._child.kill()

    def _read(self, seconds: float, otherwise: str) -> dict[str, Any]:
        assert self._child is not None  # noqa: S101
        assert self._child.stdout is not None  # noqa: S101
        until = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            readable, _, _ = select.select([self._child.stdout], [], [], max(0.0, until - time.monotonic()))
            if not readable:
                raise self._dead(otherwise)
            part = os.read(self._child.stdout.fileno(), 1 << 16)
            if not part:
                raise self._dead("crashed" if self._ready else "could not be imported")
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _dead(self, why: str) -> FunctionError:
        self.stop()
        return FunctionError(f"{self._spec.name} {why}: see {self._log}")
