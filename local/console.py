"""What the stack says: short, aligned lines; colours only on a terminal."""

import sys
import threading
import time

_lock = threading.Lock()
_BOLD, _DIM, _GREEN, _YELLOW, _RED = "1", "2", "32", "33", "31"


def paint(text: str, code: str) -> str:
    """Colour `text` if stdout is a terminal."""
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() else text


def bold(text: str) -> str:
    return paint(text, _BOLD)


def dim(text: str) -> str:
    return paint(text, _DIM)


def good(text: str) -> str:
    return paint(text, _GREEN)


def bad(text: str) -> str:
    return paint(text, _RED)


def say(text: str = "") -> None:
    """Print a line at once."""
    with _lock:
        print(text, flush=True)


def note(text: str, *, warn: bool = False) -> None:
    """Print a line of what just happened, with the time."""
    stamp = time.strftime("%H:%M:%S")
    say(f"{dim(stamp)}  {paint(text, _YELLOW) if warn else text}")


def row(name: str, value: object) -> None:
    """Print one aligned name and value."""
    say(f"  {name:<14} {value}")
