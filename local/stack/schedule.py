"""The template's schedules: rate(...) is kept, and any of them can be fired by hand."""

import json
import re
import threading
from typing import Any

from local.console import note
from local.stack.functions import Functions
from local.stack.runtime import FunctionError
from local.stack.specs import ScheduleSpec

SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


def seconds_of(expression: str) -> int | None:
    """Return the seconds of `rate(15 minutes)`; None for cron(...) and at(...), which are fired by hand here."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    return int(found[1]) * SECONDS[found[2]] if found else None


class Schedules:
    def __init__(self, specs: list[ScheduleSpec], functions: Functions) -> None:
        self._specs = specs
        self._functions = functions
        self._stopping = threading.Event()

    def start(self) -> None:
        for spec in self._specs:
            seconds = seconds_of(spec.expression)
            if seconds:
                threading.Thread(target=self._run, args=(spec, seconds), daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def fire(self, function: str) -> Any:
        """Invoke a scheduled function at once; KeyError if no schedule names it, FunctionError as it does."""
        spec = next((each for each in self._specs if each.function == function), None)
        if spec is None:
            raise KeyError(function)
        return self._functions.invoke(function, event_of(spec))

    def _run(self, spec: ScheduleSpec, seconds: int) -> None:
        while not self._stopping.wait(seconds):
            try:
                self._functions.invoke(spec.function, event_of(spec))
            except FunctionError as error:
                note(str(error), warn=True)


def event_of(spec: ScheduleSpec) -> Any:
    """Return what EventBridge Scheduler sends: the target's input, or an empty JSON object."""
    return json.loads(spec.input) if spec.input else {}
