"""Bar charts: every number has its bar, inside the picture."""

from itertools import pairwise

import pytest
from frame.charts import GAP, HEIGHT, LEAST, WIDTH, Bar, bar_chart
from hypothesis import given
from hypothesis import strategies as st


def test_the_highest_bar_is_as_high_as_the_picture() -> None:
    chart = bar_chart("Issued", [0, 5, 10], ["a", "b", "c"])
    assert (chart.title, chart.total) == ("Issued", 15)
    assert chart.bars == [Bar(0, 60, 98, 0, "a"), Bar(100, 30, 98, 30, "b"), Bar(200, 0, 98, 60, "c")]


def test_what_is_little_is_seen_and_what_is_nothing_is_not() -> None:
    heights = [bar.height for bar in bar_chart("", [0, 1, 100_000], ["", "", ""]).bars]
    assert heights == [0, LEAST, HEIGHT]


@pytest.mark.parametrize("count", [0, 1, 30])
def test_nothing_at_all(count: int) -> None:
    chart = bar_chart("", [0] * count, [""] * count)
    assert (chart.total, [bar.height for bar in chart.bars]) == (0, [0] * count)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=100))
def test_bars_stay_inside_and_apart(numbers: list[int]) -> None:
    bars = bar_chart("", numbers, [""] * len(numbers)).bars
    for bar in bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= HEIGHT
        assert bar.y + bar.height == pytest.approx(HEIGHT)
    for one, other in pairwise(bars):
        assert other.x - one.x - one.width == pytest.approx(GAP, abs=0.03)
