"""Lists in pages: `?limit=&cursor=` → `{"items", "cursor"}`."""

import json
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Query
from keystack.storage.pages import Page
from keystack.web.cursors import after_cursor, cursor_after
from models import ResponseModel

MAX_PAGE_BYTES = 4 * 1024 * 1024  # of a page's items; Lambda refuses an answer of more than 6 MB

T = TypeVar("T")
A = TypeVar("A", bound=ResponseModel)

Limit = Annotated[int, Query(ge=1, le=100, description="How many items at most.")]
Cursor = Annotated[str, Query(max_length=1_000, description="The `cursor` of the page before; empty: the first page.")]


def read_page(
    org: str,
    listing: str,
    cursor: str,
    limit: int,
    load: Callable[[int, str | None], Page[T]],
    to_answers: Callable[[Sequence[T]], list[A]],
) -> tuple[list[A], str | None]:
    """Read the page at `cursor`, of up to `limit` items and not too large for Lambda; answers its items and cursor.

    `load` reads so many items after a mark. `listing` names the list and all its filters.
    """
    after = after_cursor(org, listing, cursor)
    while True:
        page = load(limit, after)
        items = to_answers(page.items)
        fitting = _count_fitting(items)
        if fitting == len(items):
            return items, cursor_after(org, listing, page.after)
        limit = fitting  # read a shorter page: only `load` knows where the next page begins


def _count_fitting(items: Sequence[ResponseModel]) -> int:
    """Count the first items that fit into a page: at least one, however large it is."""
    total = 0
    for place, item in enumerate(items):
        total += _size(item)
        if total > MAX_PAGE_BYTES:
            return max(1, place)
    return len(items)


def _size(item: ResponseModel) -> int:
    """Measure an item in bytes as Lambda carries it: the body's JSON is a string in the JSON that a handler returns."""
    body = json.dumps(item.model_dump(mode="json", by_alias=True), separators=(",", ":"))
    return len(json.dumps(body))
