"""What a function would put into its log."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def logged(capsys: pytest.CaptureFixture[str], level: int) -> Iterator[Callable[[], str]]:
    """Everything that Lambda would put into the log: the functions' lines, the libraries', standard output."""
    stream = io.StringIO()
    ours = logging.getLogger("keystack-test")
    powertools = [(handler, handler.setStream(stream)) for handler in ours.handlers]  # type: ignore[attr-defined]
    root, own = logging.getLogger(), logging.StreamHandler(stream)
    # Source: AWS Lambda Developer Guide, "Log and monitor Python Lambda functions": with LogFormat JSON the
    # application log level is that of the root logger, so every library's lines of that level are in the log too.
    before = root.level
    root.addHandler(own)
    root.setLevel(level)
    try:
        yield lambda: stream.getvalue() + "".join(capsys.readouterr())
    finally:
        root.removeHandler(own)
        root.setLevel(before)
        for handler, stream_before in powertools:
            handler.setStream(stream_before)  # type: ignore[attr-defined]
