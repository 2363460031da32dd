"""All functions of the stack, each with a small pool of processes: `invoke(name, event)`."""

import queue
import threading
from pathlib import Path
from typing import Any

from local.stack.runtime import FunctionProcess
from local.stack.specs import FunctionSpec

BUSY_SECONDS = 0.3  # to wait for a busy process before another one is started, which takes a second
POOL = 2  # processes a function: HTTP is not serialized, and two cores are enough


class Functions:
    def __init__(self, specs: dict[str, FunctionSpec], logs: Path) -> None:
        self._all = [FunctionProcess(spec, logs / f"{name}.log") for name, spec in specs.items() for _ in range(POOL)]
        self._warm: dict[str, queue.LifoQueue[FunctionProcess]] = {name: queue.LifoQueue() for name in specs}
        self._cold: dict[str, queue.SimpleQueue[FunctionProcess]] = {name: queue.SimpleQueue() for name in specs}
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start one process of each function and wait until all can answer; FunctionError names the one that cannot."""
        first, rest = self._all[::POOL], [each for place, each in enumerate(self._all) if place % POOL]
        for process in first:
            process.start()
        for process in rest:
            self._cold[process.name].put(process)
        for process in first:
            process.wait_ready()
            self._warm[process.name].put(process)

    def invoke(self, name: str, event: Any) -> Any:
        """Run a function once, waiting for a free process; FunctionError if it raises, crashes or runs out of time."""
        process = self._free(name)
        try:
            return process.invoke(event)
        finally:
            self._warm[name].put(process)

    def _free(self, name: str) -> FunctionProcess:
        try:
            return self._warm[name].get(timeout=BUSY_SECONDS)
        except queue.Empty:
            pass
        try:
            return self._cold[name].get_nowait()
        except queue.Empty:
            return self._warm[name].get()

    def pids(self) -> dict[str, list[int]]:
        """Return the running processes by function's name."""
        found: dict[str, list[int]] = {}
        for process in self._all:
            if process.pid:
                found.setdefault(process.name, []).append(process.pid)
        return found

    def stop(self) -> None:
        """End all processes, also in the middle of an invocation."""
        self._stopping.set()
        for process in self._all:
            process.kill()
