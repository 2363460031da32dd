"""Signs requests to AWS: Signature Version 4, with the header `Authorization`. Pure.

Source: AWS, "IAM User Guide: Create a signed AWS API request". Held against botocore's own by
tests/unit/test_aws_signing.py.
"""

import hashlib
import hmac
from collections.abc import Mapping
from time import gmtime, strftime
from typing import NamedTuple
from urllib.parse import quote, urlsplit


class Credentials(NamedTuple):
    """Who signs. `session_token` is empty for a user's own, lasting keys."""

    access_key: str
    secret_key: str
    session_token: str = ""

    def __repr__(self) -> str:
        return f"Credentials({self.access_key})"  # and no secret, wherever it may be shown


class Scope(NamedTuple):
    """Where a signature counts: for one service, as its signatures name it, in one region."""

    service: str
    region: str


def sign(
    url: str, headers: Mapping[str, str], body: bytes, credentials: Credentials, scope: Scope, now: float
) -> dict[str, str]:
    """Return the headers of a POST of `body` to `url` (without a query) with what makes it a signed one.

    All `headers` are signed. `now` in Unix seconds; AWS takes a signature for five minutes.
    """
    time = strftime("%Y%m%dT%H%M%SZ", gmtime(now))
    parts = urlsplit(url)
    signed = {**headers, "Host": parts.netloc, "X-Amz-Date": time}
    if credentials.session_token:
        signed["X-Amz-Security-Token"] = credentials.session_token
    lines = {name.lower(): " ".join(value.split()) for name, value in signed.items()}
    names = ";".join(sorted(lines))
    canonical_headers = "".join(f"{name}:{lines[name]}\n" for name in sorted(lines))
    path = quote(parts.path or "/", safe="/~")
    request = f"POST\n{path}\n\n{canonical_headers}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    date = time[:8]
    where = f"{date}/{scope.region}/{scope.service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{time}\n{where}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = _hmac(_signing_key(credentials.secret_key, date, scope), text).hex()
    credential = f"{credentials.access_key}/{where}"
    signed["Authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return signed


def _signing_key(secret_key: str, date: str, scope: Scope) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (date, scope.region, scope.service, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
