"""The name of an organization in URLs and keys. Pure. The verifier imports this: nothing heavy, and no expression."""

_INNER = set("abcdefghijklmnopqrstuvwxyz0123456789-")


def is_slug(text: str) -> bool:
    """Tell whether `text` may name an organization: 3 to 40 of a-z, 0-9 and inner hyphens."""
    return 3 <= len(text) <= 40 and _INNER.issuperset(text) and text[0] != "-" != text[-1]
