"""How many attempts to sign in are too many. Pure; knows no clock.

A network that tries too often has to wait. An organization is only slowed: strangers who try its name must not be able
to lock its own people out.
"""

from ipaddress import IPv4Address, ip_address, ip_network
from typing import NamedTuple

ADDRESS_ATTEMPTS = 20  # in one window, right or wrong: an office has one address
ADDRESS_SECONDS = 300  # seconds
WRONG_ATTEMPTS = 10  # of one organization, in one window, that slow nobody
WRONG_SECONDS = 60  # seconds
DELAY = 0.1  # seconds more for each further one
MAX_DELAY = 2.0  # seconds


class Window(NamedTuple):
    """A time in which attempts are counted together: Unix seconds, `end` is the next one's start."""

    start: int
    end: int


def window_at(now: int, seconds: int) -> Window:
    start = now - now % seconds
    return Window(start, start + seconds)


def delay_after(wrong: int) -> float:
    """Tell how many seconds an attempt waits after so many wrong ones of the same organization."""
    return min(max(wrong - WRONG_ATTEMPTS, 0) * DELAY, MAX_DELAY)


def network_of(address: str) -> str:
    """Name whom an address is counted with: IPv4 itself, IPv6 its /64, which is one customer's as a rule."""
    try:
        read = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(read, IPv4Address):
        return str(read)
    return str(read.ipv4_mapped or ip_network((int(read), 64), strict=False))
