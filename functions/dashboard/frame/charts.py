"""Bar charts as values for SVG: places and heights in the units of the picture, which the page scales."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT, GAP = 300, 60, 2  # of a picture, in its own units; the gap is between two bars
LEAST = 2  # the height of a bar that is not zero: it must be seen


class Bar(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    label: str


class Chart(NamedTuple):
    """A row of bars with their sum."""

    title: str
    total: int
    bars: list[Bar]


def bar_chart(title: str, numbers: Sequence[int], labels: Sequence[str]) -> Chart:
    """Draw one bar a number, the highest as high as the picture; `labels` name the bars."""
    most = max([*numbers, 1])
    step = WIDTH / max(len(numbers), 1)
    heights = [max(LEAST, number * HEIGHT / most) if number else 0 for number in numbers]
    bars = [
        Bar(round(place * step, 2), round(HEIGHT - height, 2), round(step - GAP, 2), round(height, 2), label)
        for place, (height, label) in enumerate(zip(heights, labels, strict=True))
    ]
    return Chart(title, sum(numbers), bars)
