"""Which colours and addresses from the vendor's branding a mail may use. Anything doubtful is left out, not refused."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from keystack import environment

DEFAULT_ACCENT = "#2f4bd8"
MAX_URL_CHARACTERS = 2000

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_URL = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # printable ASCII without space, quotes, <, >, \, ^, `, {, |, }


def is_color(text: str) -> bool:
    """Tell whether `text` is a colour like `#4f46e5`."""
    return _COLOR.fullmatch(text) is not None


def accent_color(text: str) -> str:
    return text.lower() if is_color(text) else DEFAULT_ACCENT


def text_color_on(background: str) -> str:
    """Choose black or white, whichever stands out more from `background` (`#rrggbb`)."""
    return max("#ffffff", "#000000", key=lambda color: contrast(color, background))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def safe_url(text: str) -> str:
    """Return `text` if it is an https URL of another machine, else an empty string.

    The local stack has no https and no other machine: where STAGE is `local`, http to this machine will do.
    """
    if len(text) > MAX_URL_CHARACTERS or not _URL.fullmatch(text):
        return ""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host or "@" in parts.netloc:
        return ""
    if _is_loopback(host):
        return text if parts.scheme in ("http", "https") and environment.variable("STAGE", "") == "local" else ""
    return text if parts.scheme == "https" else ""


def _is_loopback(host: str) -> bool:
    """Tell whether `host` names this machine, wherever it is read."""
    if host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _luminance(color: str) -> float:
    channels = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
