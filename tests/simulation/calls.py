"""Every call to the outside goes through here: it is counted, it may fail in any way, and others may get their turn."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from keystack.aws.errors import NoAnswerError, RefusedError
from template import Right, rights_of

from simulation.clock import Clock
from simulation.processes import Processes


class Crash(BaseException):
    """The process is gone: no `except Exception` sees it."""


class NotAllowedError(BaseException):
    """A function did what its role in template.yaml does not allow. No `except Exception` sees it."""


@dataclass(frozen=True)
class Call:
    """One call: `service` is dynamodb, sqs, ssm, stripe or mail."""

    service: str
    operation: str
    subject: str = ""  # what it is about, for the story and for choosing which calls matter to others
    needs: frozenset[Right] = frozenset()  # what the function's role must allow


TAKES = 0.02  # seconds

# What may go wrong with a call of each service. `crash`: the process dies; `busy`: refused, nothing happened;
# `lost`: it happened and the answer was lost; `twice`: the same, and the client made it again; `stale`: an index
# does not know the last write yet; `unprocessed`: a batch is read in part. `refused`, a right that is missing, lasts a
# while, so that it is no fault of one call (history.py).
FAULTS = {
    "dynamodb": ("crash before", "crash after", "busy", "lost", "twice", "conflict", "stale", "unprocessed"),
    "sqs": ("crash before", "crash after", "busy", "lost"),
    "ssm": ("crash before", "busy"),
    "stripe": ("crash before", "crash after", "busy", "lost", "lock timeout", "failing"),
    "mail": ("crash before", "crash after", "busy", "lost"),
}

DEATHS = ("crash before", "crash after")
Choose = Callable[[Call], str | None]


def no_fault(call: Call) -> str | None:
    return None


@dataclass
class Calls:
    """`choose` names the fault that strikes a call, if any."""

    processes: Processes
    clock: Clock
    choose: Choose = no_fault
    made: list[Call] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    on_fault: Callable[[], object] = lambda: None
    _acting: threading.local = field(default_factory=threading.local)

    def act_as(self, function: str | None) -> None:
        """Let the calls of this thread be those of a function (`dead_letters`), with its role's rights."""
        self._acting.function = function

    def make(
        self,
        call: Call,
        act: Callable[[], Any],
        failures: dict[str, Callable[[], Exception]],
        otherwise: dict[str, Callable[[], Any]] | None = None,
    ) -> Any:
        """Make a call: `act` has the effect, `failures` says what a fault looks like, `otherwise` what is answered."""
        self._require_rights(call)
        self.processes.turn(call)
        self.clock.sleep(TAKES)
        self.made.append(call)
        fault = self.choose(call)
        others = otherwise or {}
        if fault is None or fault not in {*DEATHS, "twice", *failures, *others}:
            return act()
        self.struck[f"{call.service}: {fault}"] += 1
        self.on_fault()
        if fault == "crash before":
            raise Crash
        if fault == "crash after":
            act()
            raise Crash
        if fault == "twice":
            act()
            return act()
        if fault in others:
            return others[fault]()
        if fault == "lost":
            act()
        raise failures[fault]()

    def _require_rights(self, call: Call) -> None:
        function = getattr(self._acting, "function", None)
        if function and (missing := call.needs - _rights(function)):
            raise NotAllowedError(f"{function} may not do {sorted(missing)}: see its role in template.yaml")


@cache
def _rights(function: str) -> frozenset[Right]:
    """`dead_letters` is DeadLettersFunction."""
    return frozenset(rights_of(f"{function.title().replace('_', '')}Function"))


def refused(operation: str, code: str, **more: Any) -> RefusedError:
    return RefusedError(operation, code, 400, {"message": code, **more})


def aws_failures(operation: str) -> dict[str, Callable[[], Exception]]:
    """What every service of AWS may answer. Each stands for what the client's last attempt came to."""
    return {
        "busy": lambda: refused(operation, "ThrottlingException"),
        "refused": lambda: refused(operation, "AccessDeniedException"),
        "lost": lambda: NoAnswerError("TimeoutError", sent=True),
    }
