"""SSM's SecureStrings, cached in memory for a few minutes. While SSM does not answer, what is known goes on serving.

A parameter's name here is its path below /keystack/{stage}/.
"""

import time
from functools import cache
from typing import NamedTuple

from keystack import environment
from keystack.aws.client import Client, Patience, Service
from keystack.aws.connections import Timeouts
from keystack.aws.errors import AwsError, RefusedError, from_aws
from keystack.errors import RetryLaterError
from keystack.logs import logger

SSM = Service("ssm", "ssm", "application/x-amz-json-1.1", "AmazonSSM")
# 5 s at most, two attempts of 2 s each and up to 1 s between them: the verifier has 10 s in all.
PATIENCE = Patience(Timeouts(connect=1, read=1), attempts=2)

MAX_AGE_SECONDS = 300  # of a value that is used without asking again
MAX_STALE_SECONDS = 3_600  # past that, while SSM does not answer: what was deleted must not count for ever
MIN_SECONDS_BETWEEN_READS = 5  # of one value: nobody outside can make us ask all the time
RECENT_SECONDS = 2  # a value read so recently is not worth another read
MAX_CACHED = 1_000  # values
NEVER = float("-inf")


class _Cached(NamedTuple):
    """A value in memory, an empty one if there is no such parameter. Times are those of the monotonic clock."""

    value: str = ""
    read_at: float = NEVER
    failed_at: float = NEVER  # when SSM did not answer, if that was the last time
    failure: RetryLaterError | None = None  # and why


_cache: dict[str, _Cached] = {}  # the newest stands last


@cache
def client() -> Client:
    return Client(SSM, PATIENCE)


def load(name: str, max_age: float = MAX_AGE_SECONDS) -> str:
    """Load a value that was read at most `max_age` seconds ago, an empty one if there is none.

    While SSM does not answer, an older value is returned if one is known. Raises RetryLaterError if none is.
    """
    cached = _cache.get(name, _Cached())
    now = time.monotonic()
    if now - cached.read_at < max_age:
        return cached.value
    if now - cached.failed_at < MIN_SECONDS_BETWEEN_READS:
        return _stale_value(cached, now)
    try:
        value = read(name)
    except RetryLaterError as error:
        cached = cached._replace(failed_at=time.monotonic(), failure=error)
        _keep(name, cached)
        value = _stale_value(cached, cached.failed_at)
        logger.warning("a secret read before goes on serving", secret=name, reason=str(error))
        return value
    _keep(name, _Cached(value, read_at=time.monotonic()))
    return value


def read(name: str) -> str:
    """Read a value from SSM itself, an empty one if there is none. Raises RetryLaterError when it does not answer."""
    try:
        answer = client().call("GetParameter", {"Name": _path(name), "WithDecryption": True})
    except AwsError as error:
        if isinstance(error, RefusedError) and error.code in ("ParameterNotFound", "ValidationException"):
            return ""
        raise from_aws("SSM", _path(name), error) from error
    return str(answer["Parameter"].get("Value", ""))


def store(name: str, value: str) -> None:
    """Write a value. Raises RetryLaterError when SSM does not answer."""
    try:
        request = {"Name": _path(name), "Value": value, "Type": "SecureString", "Overwrite": True}
        client().call("PutParameter", request)
    except AwsError as error:
        raise from_aws("SSM", _path(name), error) from error
    _cache.pop(name, None)


def has_changed(name: str) -> bool:
    """Read a known value again, unless that was done just now, and tell whether it is another one.

    While SSM does not answer it has not, and what is known goes on serving.
    """
    known = _cache.get(name)
    return known is not None and load(name, max_age=RECENT_SECONDS) != known.value


def forget_all() -> None:
    _cache.clear()


def _stale_value(cached: _Cached, now: float) -> str:
    """Return what is known although SSM did not answer. Raises its failure if it is too old, or nothing is."""
    if cached.failure and (not cached.value or now - cached.read_at > MAX_AGE_SECONDS + MAX_STALE_SECONDS):
        raise type(cached.failure)(str(cached.failure))
    return cached.value


def _keep(name: str, cached: _Cached) -> None:
    _cache.pop(name, None)
    if len(_cache) >= MAX_CACHED:
        del _cache[next(iter(_cache))]
    _cache[name] = cached


def _path(name: str) -> str:
    return f"/keystack/{environment.variable('STAGE')}/{name}"
