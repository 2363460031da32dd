"""A CSV file is harmless, bounded, and names where the next one begins."""

import csv
import io

import pytest
from keystack.management import csv_files
from keystack.management.csv_files import CsvFile, harmless, write_csv
from keystack.storage.pages import Page


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("x")'])
def test_what_looks_like_a_formula_is_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize(("cell", "text"), [(None, ""), (5, "5"), ("a=b", "a=b"), ("", ""), ("Zoë, Ltd.", "Zoë, Ltd.")])
def test_everything_else_stays_as_it_is(cell: object, text: str) -> None:
    assert harmless(cell) == text


def numbers(limit: int, after: str | None, last: int = 20_000) -> Page[int]:
    start = int(after or 0)
    end = min(start + limit, last)
    return Page(list(range(start, end)), str(end) if end < last else None)


def rows(file: CsvFile) -> list[list[str]]:
    assert file.text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"), newline="")))


def write(after: str | None = None, millis: int = 60_000, width: int = 1) -> CsvFile:
    return write_csv(("Number",), numbers, lambda number: (str(number) * width,), after, lambda: millis)


def test_a_file_has_a_header_and_at_most_5000_rows_and_the_next_goes_on() -> None:
    first = write()
    assert (first.rows, first.after, len(rows(first))) == (5_000, "5000", 5_001)
    assert rows(first)[:2] == [["Number"], ["0"]]
    assert rows(write(first.after))[1] == ["5000"]
    assert write("15000").after is None


def test_a_file_ends_early_when_the_time_runs_out_but_gets_on() -> None:
    file = write(millis=csv_files.ENOUGH_TIME - 1)
    assert (file.rows, file.after) == (csv_files.PORTION, str(csv_files.PORTION))


def test_a_file_of_long_rows_ends_early() -> None:
    file = write(after="10000", width=1_000)
    assert (file.rows, file.after) == (400, "10400")  # 5 kB each


def test_line_breaks_and_quotes_stay_in_their_cell() -> None:
    file = write_csv(("A", "B"), lambda *_: Page(['x"\r\ny'], None), lambda each: (each, "=1"), None, lambda: 0)
    assert rows(file)[1] == ['x"\r\ny', "'=1"]


def test_half_a_character_does_not_break_the_file() -> None:
    assert write_csv(("A",), lambda *_: Page(["\ud800"], None), lambda each: (each,), None, lambda: 0).rows == 1
