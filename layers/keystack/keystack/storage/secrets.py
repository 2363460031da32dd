"""Which secrets there are. They are in SSM and in memory, never in a table, a log line or a message.

`/keystack/{stage}/webhook-secret/{org}`: one or two signing secrets, separated by white space or commas.
`/keystack/{stage}/stripe-key/{org}`: one or two restricted keys (live, test), likewise.
`/keystack/{stage}/smtp-url`: where mail goes, if not through SES.

Whatever reads a secret raises RetryLaterError when SSM does not answer and none is known from before.
"""

from collections.abc import Sequence

from keystack.domain.causes import Cause, CauseKind
from keystack.domain.modes import Mode
from keystack.errors import ActionNeededError
from keystack.storage import parameters
from keystack.storage.parameters import MAX_AGE_SECONDS, MIN_SECONDS_BETWEEN_READS, store

__all__ = ["MAX_AGE_SECONDS", "MIN_SECONDS_BETWEEN_READS", "store"]
SMTP_URL = "smtp-url"


def webhook_secrets(org: str, max_age: float = MAX_AGE_SECONDS) -> list[str]:
    """Load the signing secrets of `org`, none if it has none; at most `max_age` seconds old."""
    return _split(parameters.load(f"webhook-secret/{org}", max_age))


def store_webhook_secrets(org: str, values: Sequence[str]) -> None:
    """Store the signing secrets in place of those that were there. Raises RetryLaterError."""
    store(f"webhook-secret/{org}", ",".join(values))


def stripe_key(org: str, livemode: bool, max_age: float = MAX_AGE_SECONDS) -> str:
    """Load the restricted key for live or test mode, at most `max_age` seconds old.

    Raises ActionNeededError when there is none.
    """
    mode = Mode.of(livemode)
    fitting = [key for key in _split(parameters.load(f"stripe-key/{org}", max_age)) if f"_{mode}_" in key]
    if fitting:
        return fitting[0]
    raise ActionNeededError(
        f"organization {org} has no Stripe key for {mode} mode",
        f"store its restricted key (rk_{mode}_…)",
        str(Cause(CauseKind.STRIPE_KEY_MISSING, mode)),
    )


def store_stripe_key(org: str, key: str, livemode: bool) -> None:
    """Store the key of one mode; that of the other stays. Only one may do this at a time. Raises RetryLaterError."""
    mode = Mode.of(livemode)
    others = [each for each in _split(parameters.read(f"stripe-key/{org}")) if f"_{mode}_" not in each]
    store(f"stripe-key/{org}", ",".join([*others, key]))


def stripe_key_has_changed(org: str) -> bool:
    """Tell whether the organization has other keys than when `stripe_key` was last asked."""
    return parameters.has_changed(f"stripe-key/{org}")


def smtp_url() -> str:
    """Load where mail goes. Raises ActionNeededError when it is not set."""
    url = parameters.load(SMTP_URL)
    if not url:
        raise ActionNeededError("mail is to go by SMTP and the secret smtp-url is missing", "store it")
    return url


def smtp_url_has_changed() -> bool:
    """Tell whether mail goes elsewhere since `smtp_url` was last asked."""
    return parameters.has_changed(SMTP_URL)


def _split(value: str) -> list[str]:
    return value.replace(",", " ").split()
