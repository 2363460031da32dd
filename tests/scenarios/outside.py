"""All that leaves the process: each call is counted, and may be the one at which it dies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Literal

import pytest
import stripe as stripe_library
from integration.stand_ins import Mails
from integration.world import Crash
from keystack.aws.client import Client
from simulation.outside import SecretStore
from simulation.queues import Queues

from scenarios.accounts import PagedTables

When = Literal["before", "after"]  # the call has its effect
Death = tuple[int, When]
WAYS_OUT = (
    (Client, "call"),
    (PagedTables, "call"),
    (SecretStore, "call"),
    (Queues, "call"),
    (stripe_library.RequestsClient, "request"),
    (Mails, "send"),
)


class Outside:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self._counts = False
        self._death: Death | None = None
        for owner, name in WAYS_OUT:
            monkeypatch.setattr(owner, name, self._watched(getattr(owner, name)))

    def start(self, death: Death | None = None) -> None:
        """Count from now on; at the call that `death` names, the process dies."""
        self.calls, self._death = 0, death

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Tell that what happens now happens in a process that may die."""
        self._counts = True
        try:
            yield
        finally:
            self._counts = False

    def _watched(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def called(*args: Any, **kwargs: Any) -> Any:
            self.calls += self._counts
            self._maybe_die("before")
            answer = call(*args, **kwargs)
            self._maybe_die("after")
            return answer

        return called

    def _maybe_die(self, when: When) -> None:
        if self._counts and self._death == (self.calls, when):
            self._death = None
            raise Crash
