"""Secrets: SSM SecureStrings, kept in memory for a few minutes. Never in a table, a log line or a message.

`/keystack/{stage}/webhook-secret/{org}`: one or two signing secrets, separated by white space or commas.
`/keystack/{stage}/stripe-key/{org}`: one or two restricted keys (live, test), likewise.
`/keystack/{stage}/smtp-url`: where mail goes, if not through SES.
"""

import os
import time
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from keystack.aws_errors import error_code, from_aws
from keystack.errors import ActionNeededError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

FRESH = 300  # seconds that a secret is used without asking again
JUST_NOW = 2  # seconds
MOST_KEPT = 1_000  # organizations; an attacker's inventions must not fill the memory

_kept: dict[str, tuple[float, str]] = {}


@cache
def _client() -> "SSMClient":
    # At most 6 s and a pause: the verifier must answer 503 before its 10 s are over.
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("ssm", config=config)


def webhook_secrets(org: str, max_age: float = FRESH) -> list[str]:
    """Load the signing secrets of `org`, none if it has none; at most `max_age` seconds old.

    Raises RetryLaterError when SSM does not answer.
    """
    return _load(f"webhook-secret/{org}", max_age).replace(",", " ").split()


def stripe_key(org: str, livemode: bool, max_age: float = FRESH) -> str:
    """Load the restricted key for live or test mode, at most `max_age` seconds old.

    Raises ActionNeededError when there is none, RetryLaterError when SSM does not answer.
    """
    mode = "live" if livemode else "test"
    fitting = [key for key in _stripe_keys(org, max_age) if f"_{mode}_" in key]
    if fitting:
        return fitting[0]
    raise ActionNeededError(
        f"organization {org} has no Stripe key for {mode} mode: store its restricted key (rk_{mode}_…),"
        " then replay this delivery"
    )


def store_stripe_key(org: str, key: str, livemode: bool) -> None:
    """Store the key of one mode; that of the other stays. Only one may do this at a time. Raises RetryLaterError."""
    mode = "live" if livemode else "test"
    others = [each for each in _stripe_keys(org, max_age=0) if f"_{mode}_" not in each]
    store(f"stripe-key/{org}", ",".join([*others, key]))


def store_webhook_secrets(org: str, values: Sequence[str]) -> None:
    """Store the signing secrets in place of those that were there. Raises RetryLaterError."""
    store(f"webhook-secret/{org}", ",".join(values))


def _stripe_keys(org: str, max_age: float) -> list[str]:
    return _load(f"stripe-key/{org}", max_age).replace(",", " ").split()


def smtp_url() -> str:
    """Load where mail goes. Raises ActionNeededError when it is not set."""
    url = _load("smtp-url", FRESH)
    if not url:
        raise ActionNeededError("mail is to go by SMTP and the secret smtp-url is missing: store it, then replay")
    return url


def store(name: str, value: str) -> None:
    """Write a secret, `name` being its path below /keystack/{stage}/."""
    try:
        _client().put_parameter(Name=_path(name), Value=value, Type="SecureString", Overwrite=True)
    except (ClientError, BotoCoreError) as error:
        raise from_aws("SSM", _path(name), error) from error
    _kept.pop(name, None)


def forget() -> bool:
    """Read every secret afresh from now on; False if all in memory were read just now."""
    stale = any(time.monotonic() - read > JUST_NOW for read, _ in _kept.values())
    _kept.clear()
    return stale


def _load(name: str, max_age: float) -> str:
    now = time.monotonic()
    kept = _kept.get(name)
    if kept and now - kept[0] < max_age:
        return kept[1]
    try:
        parameter = _client().get_parameter(Name=_path(name), WithDecryption=True)["Parameter"]
        value = parameter.get("Value", "")
    except ClientError as error:
        if error_code(error) not in ("ParameterNotFound", "ValidationException"):
            raise from_aws("SSM", _path(name), error) from error
        value = ""
    except BotoCoreError as error:
        raise from_aws("SSM", _path(name), error) from error
    if len(_kept) >= MOST_KEPT:  # inventions go first, organizations stay
        for each in [each for each, (_, kept_value) in _kept.items() if not kept_value] or list(_kept):
            del _kept[each]
    _kept[name] = (now, value)
    return value


def _path(name: str) -> str:
    return f"/keystack/{os.environ['STAGE']}/{name}"
