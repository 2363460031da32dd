"""SSM's SecureStrings, kept in memory for a few minutes. While SSM does not answer, what is known goes on serving.

A parameter's name here is its path below /keystack/{stage}/.
"""

import os
import time
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from keystack.aws_errors import error_code, from_aws
from keystack.errors import RetryLaterError
from keystack.logs import logger

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

FRESH = 300  # seconds that a value is used without asking again
SERVED_STALE = 3_600  # seconds after that, while SSM does not answer: what was deleted must not count for ever
ASK_AGAIN = 5  # seconds until SSM is asked again for one value: nobody outside can make us ask all the time
JUST_NOW = 2  # seconds
MAX_KEPT = 1_000  # values
NEVER = float("-inf")


@dataclass(frozen=True)
class _Kept:
    """A value in memory, an empty one if there is no such parameter. Times are those of the monotonic clock."""

    value: str = ""
    read_at: float = NEVER
    failed_at: float = NEVER  # when SSM did not answer, if that was the last time
    failure: RetryLaterError | None = None  # and why


_kept: dict[str, _Kept] = {}  # the newest stands last


@cache
def client() -> "SSMClient":
    # 5 s at most, two attempts of 2 s each and up to 1 s between them: the verifier has 10 s in all.
    config = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("ssm", config=config)


def load(name: str, max_age: float = FRESH) -> str:
    """Load a value that was read at most `max_age` seconds ago, an empty one if there is none.

    While SSM does not answer, an older value is returned if one is known. Raises RetryLaterError if none is.
    """
    kept = _kept.get(name, _Kept())
    now = time.monotonic()
    if now - kept.read_at < max_age:
        return kept.value
    if now - kept.failed_at < ASK_AGAIN:
        return _stale_value(kept, now)
    try:
        value = read(name)
    except RetryLaterError as error:
        kept = replace(kept, failed_at=time.monotonic(), failure=error)
        _keep(name, kept)
        value = _stale_value(kept, kept.failed_at)
        logger.warning("a secret read before goes on serving", secret=name, reason=str(error))
        return value
    _keep(name, _Kept(value, read_at=time.monotonic()))
    return value


def read(name: str) -> str:
    """Read a value from SSM itself, an empty one if there is none. Raises RetryLaterError when it does not answer."""
    try:
        return str(client().get_parameter(Name=_path(name), WithDecryption=True)["Parameter"].get("Value", ""))
    except ClientError as error:
        if error_code(error) in ("ParameterNotFound", "ValidationException"):
            return ""
        raise from_aws("SSM", _path(name), error) from error
    except BotoCoreError as error:
        raise from_aws("SSM", _path(name), error) from error


def store(name: str, value: str) -> None:
    """Write a value. Raises RetryLaterError when SSM does not answer."""
    try:
        client().put_parameter(Name=_path(name), Value=value, Type="SecureString", Overwrite=True)
    except (ClientError, BotoCoreError) as error:
        raise from_aws("SSM", _path(name), error) from error
    _kept.pop(name, None)


def has_changed(name: str) -> bool:
    """Read a known value again, unless that was done just now, and tell whether it is another one.

    While SSM does not answer it has not, and what is known goes on serving.
    """
    known = _kept.get(name)
    return known is not None and load(name, max_age=JUST_NOW) != known.value


def forget_all() -> None:
    _kept.clear()


def _stale_value(kept: _Kept, now: float) -> str:
    """Return what is known although SSM did not answer. Raises its failure if it is too old, or nothing is."""
    if kept.failure and (not kept.value or now - kept.read_at > FRESH + SERVED_STALE):
        raise type(kept.failure)(str(kept.failure))
    return kept.value


def _keep(name: str, kept: _Kept) -> None:
    _kept.pop(name, None)
    if len(_kept) >= MAX_KEPT:
        del _kept[next(iter(_kept))]
    _kept[name] = kept


def _path(name: str) -> str:
    return f"/keystack/{os.environ['STAGE']}/{name}"
