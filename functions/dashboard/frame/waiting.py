"""Pages that ask by themselves how something goes on: for a quarter of an hour since what their address says."""

from frame.request import Request
from frame.times import MINUTE

LONGEST = 15 * MINUTE


def waiting_since(request: Request, name: str) -> int:
    """Read since when a page waits (Unix seconds) from a parameter; without one, or with a forged one, since now."""
    text = request.query.get(name, "")
    return min(int(text), request.now) if text.isdecimal() and len(text) < 12 else request.now


def may_ask(request: Request, since: int) -> bool:
    """Tell whether a page that waits since then may ask once more."""
    return request.now - since < LONGEST
