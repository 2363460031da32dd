"""All functions of the stack, each with a small pool of processes: `invoke(name, event)`."""

import queue
import threading
from pathlib import Path
from typing import Any

from local.runtime import FunctionProcess
from local.specs import FunctionSpec

POOL = 2  # processes a function: HTTP is not serialized, and two cores are enough


class Functions:
    def __init__(self, specs: dict[str, FunctionSpec], logs: Path) -> None:
        self._all: list[FunctionProcess] = []
        self._idle: dict[str, queue.LifoQueue[FunctionProcess]] = {}
        self._stopping = threading.Event()
        for name, spec in specs.items():
            self._idle[name] = queue.LifoQueue()
            for _ in range(POOL):
                process = FunctionProcess(spec, logs / f"{name}.log")
                self._all.append(process)
                self._idle[name].put(process)

    def names(self) -> list[str]:
        return list(self._idle)

    def start(self) -> None:
        """Start one process of each function and wait until all can answer; FunctionError names the one that cannot."""
        first = [self._idle[name].get() for name in self._idle]
        for process in first:
            process.start()
        for name, process in zip(self._idle, first, strict=True):
            process.wait_ready()
            self._idle[name].put(process)

    def invoke(self, name: str, event: Any) -> Any:
        """Run a function once, waiting for a free process; FunctionError if it raises, crashes or runs out of time."""
        process = self._idle[name].get()
        try:
            return process.invoke(event)
        finally:
            if self._stopping.is_set():
                process.stop()
            self._idle[name].put(process)

    def pids(self) -> dict[str, list[int]]:
        """Return the running processes by function's name."""
        found: dict[str, list[int]] = {}
        for process in self._all:
            if process.pid:
                found.setdefault(process.name, []).append(process.pid)
        return found

    def stop(self) -> None:
        self._stopping.set()
        for process in self._all:
            process.kill()
