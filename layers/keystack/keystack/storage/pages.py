"""Pages of lists that are read in several parts: a filter leaves items out, or partitions follow each other.

The work for one page is bounded: a page may be short, even empty, and have a next one.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from keystack.storage.dynamodb import Page

T = TypeVar("T")

# Reads the part after a mark (None: the first): its items, each with its own mark (None: gone meanwhile), and the
# mark after which the next part begins, None at the list's end.
Read = Callable[[str | None], tuple[Sequence[tuple[str, T | None]], str | None]]


def gather(limit: int, parts: int, after: str | None, read: Read[T], fits: Callable[[T], bool]) -> Page[T]:
    """Read on until `limit` items fit, at most `parts` parts."""
    found: list[T] = []
    for _ in range(parts):
        part, following = read(after)
        for place, (mark, item) in enumerate(part, 1):
            if item is not None and fits(item):
                found.append(item)
            if len(found) == limit:
                return Page(found, following if place == len(part) else mark)
        after = following
        if after is None:
            break
    return Page(found, after)
