"""The token that a form of the dashboard carries: only a page of the session itself can know it. Pure.

It looks different in every response. Pages are compressed, and the length of what is compressed would tell a constant
token bit by bit (BREACH).
"""

import base64
import hashlib
import hmac
import re

MASK_BYTES = 32  # as many as SHA-256 has
_FORM = re.compile(r"[A-Za-z0-9_-]{86}")  # mask and masked digest, 64 bytes, without the padding


def write_csrf_token(session_token: str, mask: bytes) -> str:
    """Write a token for a session; `mask`: MASK_BYTES random bytes, others for each response."""
    return base64.urlsafe_b64encode(mask + _xor(mask, _digest(session_token))).decode("ascii").rstrip("=")


def is_csrf_token(session_token: str, given: str) -> bool:
    """Tell, in constant time, whether `given` was written for this session."""
    if not _FORM.fullmatch(given):
        return False
    both = base64.urlsafe_b64decode(f"{given}==")
    return hmac.compare_digest(_xor(both[:MASK_BYTES], both[MASK_BYTES:]), _digest(session_token))


def _digest(session_token: str) -> bytes:
    return hmac.digest(session_token.encode("utf-8", "replace"), b"keystack csrf token", hashlib.sha256)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
