"""Cursors of lists as URLs carry them. One says after what the next page begins, and is good for its list only.

That it can be forged does no harm: storage looks for what it names among the caller's own items, whatever it says.
"""

import base64
import hashlib

from keystack.errors import InvalidInputError

DIGEST = 9  # bytes
LONGEST = 1_000  # characters of a cursor


def cursor_after(org: str, listing: str, after: str | None) -> str | None:
    """Write a cursor; `listing` names the list and all its filters."""
    if after is None:
        return None
    return base64.urlsafe_b64encode(_digest(org, listing, after) + after.encode("utf-8")).decode("ascii").rstrip("=")


def after_cursor(org: str, listing: str, cursor: str) -> str | None:
    """Read a cursor. Raises InvalidInputError for one that is forged, or of another organization or list."""
    if not cursor:
        return None
    try:
        if len(cursor) > LONGEST:
            raise ValueError
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, after = raw[:DIGEST], raw[DIGEST:].decode("utf-8")
    except ValueError:
        digest, after = b"", ""
    if digest != _digest(org, listing, after):
        raise InvalidInputError("cursor is none of this list's: leave it out to begin with the first page")
    return after


def _digest(org: str, listing: str, after: str) -> bytes:
    return hashlib.sha256("\n".join((org, listing, after)).encode("utf-8")).digest()[:DIGEST]
