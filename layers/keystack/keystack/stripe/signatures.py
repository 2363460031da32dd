"""Stripe's webhook signatures. Standard library only: the verifier is the function that Stripe waits for.

Source: Stripe documentation, "Verify webhook signatures manually".
"""

import hmac
import re
from collections.abc import Iterable
from hashlib import sha256

TOLERANCE = 300  # seconds, both ways

_TIME = re.compile(r"[0-9]{1,12}")


def header_problem(header: str, now: float) -> str:
    """Say what is wrong with a header's form or time, an empty string if nothing is. It needs no secret to tell.

    `header`: the value of Stripe-Signature, `t=…,v1=…[,v1=…]`; `now` in Unix seconds.
    """
    time, signatures = _parse(header)
    if time is None or not signatures:
        return "the Stripe-Signature header is missing or malformed"
    if abs(now - int(time)) > TOLERANCE:
        return f"the signature is more than {TOLERANCE} seconds off: an old request sent again, or a wrong clock"
    return ""


def is_signed(header: str, body: bytes, secrets: Iterable[str]) -> bool:
    """Tell whether any `v1` of the header is that of `body`, the raw bytes, by any of the secrets."""
    time, signatures = _parse(header)
    expected = [sign(body, time, secret) for secret in secrets if secret and time]
    matches = [hmac.compare_digest(one.encode(), other) for one in expected for other in signatures]
    return any(matches)


def sign(body: bytes, time: str, secret: str) -> str:
    """Sign `body` as Stripe does at `time` (Unix seconds in decimal digits)."""
    return hmac.new(secret.encode(), time.encode() + b"." + body, sha256).hexdigest()


def _parse(header: str) -> tuple[str | None, list[bytes]]:
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value.encode("utf-8", "replace") for name, _, value in pairs if name == "v1" and value]
    if not times or not _TIME.fullmatch(times[0]):
        return None, []
    return times[0], signatures
