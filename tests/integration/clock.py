"""Time that passes when a test says so."""

import time

import pytest


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = 0.0
        for name in ("time", "monotonic"):
            real = getattr(time, name)
            monkeypatch.setattr(time, name, lambda real=real: real() + self._ahead)

    def forward(self, seconds: float) -> None:
        self._ahead += seconds
