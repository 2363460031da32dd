"""Time that passes when a test says so."""

import time

import pytest


class Clock:
    """Runs as the real one does, ahead of it; or it stands where a test has put it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._passed = 0.0
        self._stands_at: float | None = None
        self._time, monotonic = time.time, time.monotonic
        monkeypatch.setattr(time, "time", self.now)
        monkeypatch.setattr(time, "monotonic", lambda: monotonic() + self._passed)

    def now(self) -> float:
        return self._time() + self._passed if self._stands_at is None else self._stands_at

    def forward(self, seconds: float) -> None:
        self._passed += seconds
        if self._stands_at is not None:
            self._stands_at += seconds

    def stand(self, at: float) -> None:
        """Stop at a time (Unix seconds). It may lie behind, which the monotonic clock does not follow."""
        self._passed += max(0.0, at - self.now())
        self._stands_at = at
