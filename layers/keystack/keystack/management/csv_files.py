"""Write lists as CSV files, in portions: each file is bounded and names where the next one begins.

A file begins with a byte order mark: without it Excel reads UTF-8 as the machine's old code page, and names suffer.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from keystack.storage.pages import Page

MAX_ROWS = 5_000
MAX_BYTES = 1_800_000  # of UTF-8: JSON's escapes make up to three of one, and Lambda answers 6 MB at most
PORTION = 100  # rows a read
ENOUGH_TIME = 5_000  # milliseconds that one more read and the answer may need
BYTE_ORDER_MARK = "\ufeff"
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # what a spreadsheet takes for a formula's beginning, full width too

T = TypeVar("T")
Cell = str | int | None


@dataclass(frozen=True)
class CsvFile:
    """`text` with its header; `rows` without it. `after`: the mark of the next file, None if this is the last."""

    text: str
    rows: int
    after: str | None


def write_csv(
    header: Sequence[str],
    read: Callable[[int, str | None], Page[T]],
    to_row: Callable[[T], Sequence[Cell]],
    after: str | None,
    remaining_millis: Callable[[], int],
) -> CsvFile:
    """Write a file of what follows a mark: up to MAX_ROWS rows, fewer when they are long or the time runs out.

    `read`: reads so many after a mark. At least one portion is read, so that whoever goes on gets on.
    """
    out = io.StringIO(newline="")
    out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out)
    writer.writerow(header)
    rows, size = 0, 0
    while True:
        page = read(min(PORTION, MAX_ROWS - rows), after)
        start = out.tell()
        writer.writerows([harmless(cell) for cell in to_row(item)] for item in page.items)
        out.seek(start)
        size += len(out.read().encode("utf-8", "replace"))
        rows, after = rows + len(page.items), page.after
        if after is None or rows >= MAX_ROWS or size >= MAX_BYTES or remaining_millis() < ENOUGH_TIME:
            text = out.getvalue().encode("utf-8", "replace").decode("utf-8")  # no half characters
            return CsvFile(text, rows, after)


def harmless(cell: Any) -> str:
    """Write a cell so that no spreadsheet runs it: an apostrophe stands before what looks like a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
