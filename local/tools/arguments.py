"""Reads what a command was given in the environment; UsageError says how to give it."""

from collections.abc import Mapping

from local.tools.target import UsageError


def number(env: Mapping[str, str], name: str, default: int) -> int:
    """Read a whole number above zero."""
    text = env.get(name)
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"{name}={text} is no whole number above zero.")
    return int(text)


def switch(env: Mapping[str, str], name: str) -> bool:
    """Tell whether NAME=1 was given."""
    return env.get(name, "") not in {"", "0"}
