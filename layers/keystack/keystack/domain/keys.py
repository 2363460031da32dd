"""License keys: how one looks, and how one that a person typed is recognised. The random bits are an argument."""

import hashlib
import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O, U
BITS = 125
PREFIX = re.compile(r"[A-Z0-9]{1,12}")

HIDDEN = "•••••"  # in place of five characters

_READ_ALIKE = str.maketrans("OIL", "011")


def format_key(prefix: str, bits: int, livemode: bool) -> str:
    """Write `bits` (0 ≤ bits < 2**125) as `PREFIX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`, `TEST-` in front in test mode."""
    characters = [ALPHABET[bits >> 5 * place & 31] for place in reversed(range(BITS // 5))]
    groups = ["".join(characters[start : start + 5]) for start in range(0, len(characters), 5)]
    return "-".join([*([] if livemode else ["TEST"]), prefix, *groups])


def is_test_key(key: str) -> bool:
    """Tell whether a key that format_key wrote is one of test mode. A prefix has no hyphen, also one that is TEST."""
    return key.startswith("TEST-") and key.count("-") == 6


def mask(key: str) -> str:
    """Show of a key its prefix and its last five characters: 100 of its 125 bits stay hidden."""
    groups = key.split("-")
    if len(groups) not in (6, 7):  # none that format_key wrote: nothing of it is known to be harmless
        return HIDDEN
    return "-".join([*groups[:-5], *[HIDDEN] * 4, groups[-1]])


def key_hash(typed: str) -> str:
    """Hash a key as typed: case, spaces, hyphens and O/0, I/L/1 make no difference. SHA-256, hexadecimal."""
    significant = re.sub(r"[^A-Z0-9]", "", typed.upper()).translate(_READ_ALIKE)
    return hashlib.sha256(significant.encode("ascii")).hexdigest()
