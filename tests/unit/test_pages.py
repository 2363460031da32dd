"""A page that is gathered from several parts begins where the one before it ended, and knows the list's end."""

import pytest
from keystack.storage.pages import Part, gather

# By the mark that it begins after: a part, each item with its mark, and after what the next part begins.
PARTS: dict[str | None, Part[int]] = {
    None: Part([("a", 1), ("b", None), ("c", 3)], "C"),
    "a": Part([("b", None), ("c", 3)], "C"),
    "C": Part([("d", 4), ("e", 5)], None),
    "d": Part([("e", 5)], None),
}


@pytest.mark.parametrize(
    ("limit", "after", "items", "following"),
    [
        (1, None, [1], "a"),  # in the middle of a part: after its item
        (2, None, [1, 3], "C"),  # at its end: with the next part
        (1, "a", [3], "C"),
        (3, None, [1, 3, 4], "d"),
        (4, None, [1, 3, 4, 5], None),  # no empty page follows the last item
        (2, "C", [4, 5], None),
        (9, None, [1, 3, 4, 5], None),
    ],
)
def test_a_page_ends_after_its_last_item(
    limit: int, after: str | None, items: list[int], following: str | None
) -> None:
    page = gather(limit, after, PARTS.__getitem__, parts=5)
    assert (page.items, page.after) == (items, following)


def test_the_parts_of_a_page_are_bounded() -> None:
    page = gather(9, None, PARTS.__getitem__, lambda item: item > 3, parts=1)
    assert (page.items, page.after) == ([], "C")
