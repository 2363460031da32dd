"""What the functions log, as Lambda would keep it: their own lines, the libraries', standard output."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from keystack.logs import logger

# Whole secrets: license keys, signing secrets, Stripe keys, API keys, passwords in URLs, tokens of sessions and links.
SECRET = re.compile(
    r"\w+(?:-[0-9A-Z]{5}){5}|whsec_\w+|[rs]k_(?:test|live)_\w+|ks_[a-z0-9-]{3,40}_[A-Za-z0-9]+_[\w-]{8,}|://[^/\s]*:[^/\s]*@"
    r"|\b[a-z0-9-]{3,40}\.(?:(?:-|[A-Za-z0-9]{1,32})\.)?[\w-]{43}\b"
)


class LogLines:
    """Everything logged while a test runs. Powertools writes to the stream that it had at import: pytest's capture
    sees nothing of it."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def secrets(self) -> list[str]:
        return SECRET.findall(self.text)


@contextmanager
def logged(level: int) -> Iterator[LogLines]:
    """Keep what is logged from `level` on.

    Source: AWS Lambda Developer Guide, "Log and monitor Python Lambda functions": the root logger's level is that of
    the application log, so every library's lines of that level are in it too.
    """
    lines = LogLines()
    root, own = logging.getLogger(), logging.StreamHandler(lines.stream)
    powertools = [handler for handler in logging.getLogger(logger.name).handlers if _has_stream(handler)]
    streams = [handler.setStream(lines.stream) for handler in powertools]  # type: ignore[attr-defined]
    before = root.level
    root.addHandler(own)
    root.setLevel(level)
    try:
        yield lines
    finally:
        root.removeHandler(own)
        root.setLevel(before)
        for handler, stream in zip(powertools, streams, strict=True):
            handler.setStream(stream)  # type: ignore[attr-defined]


def _has_stream(handler: logging.Handler) -> bool:
    return isinstance(handler, logging.StreamHandler)
