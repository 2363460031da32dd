"""The table of a run: one line for each peer and each function, in Markdown, as docs/performance.md has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.init.goals import GOALS, limit_of, passes, ratio_of, verdict
from benchmarks.init.sampling import Samples

HEAD = """\
| import of | ms | ratio | goal | | ratio without bytecode | modules | ms with start |
|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Row:
    """One line: a candidate as deployed, and without bytecode if that was measured."""

    deployed: Samples
    without: Samples | None

    @property
    def name(self) -> str:
        return self.deployed.candidate.name


def rows_of(results: Sequence[Samples]) -> list[Row]:
    """Join the two measurements of one name."""
    without = {each.candidate.name: each for each in results if not each.candidate.bytecode}
    return [Row(each, without.get(each.candidate.name)) for each in results if each.candidate.bytecode]


def times(samples: Samples) -> list[float]:
    """Return the milliseconds of the imports."""
    return [each.milliseconds for each in samples.taken]


def markdown(rows: Sequence[Row]) -> str:
    """Write the table; the first row is the yardstick."""
    yardstick = times(rows[0].deployed)
    return "\n".join([HEAD, *(_line(row, yardstick) for row in rows)])


def _line(row: Row, yardstick: list[float]) -> str:
    goal = GOALS.get(row.name)
    cells = [row.name, "", "failed", f"{goal:.2f}" if goal else "", "", "", "", ""]
    if row.deployed.taken and yardstick:
        ratio = ratio_of(times(row.deployed), yardstick)
        cells[1:3] = [f"{median(times(row.deployed)):.0f}", f"{ratio:.2f}"]
        cells[4] = verdict(ratio, goal)
        cells[6:] = [
            str(row.deployed.taken[0].modules or ""),
            f"{median(s.with_start for s in row.deployed.taken):.0f}",
        ]
    if row.without and row.without.taken and yardstick:
        cells[5] = f"{ratio_of(times(row.without), yardstick):.2f}"
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def failures(rows: Sequence[Row]) -> list[str]:
    """Return a sentence for everything that failed: an import, a goal, a goal of a function that is not there."""
    yardstick = times(rows[0].deployed)
    found = []
    for row in rows:
        for samples in (row.deployed, row.without):
            if samples and samples.failure:
                kind = "" if samples.candidate.bytecode else " without bytecode"
                found.append(f"{row.name}{kind}: the import failed: {samples.failure}")
        goal = GOALS.get(row.name)
        if goal and row.deployed.taken and yardstick:
            ratio = ratio_of(times(row.deployed), yardstick)
            if not passes(ratio, goal):
                found.append(f"{row.name}: {ratio:.3f} is above {limit_of(goal):.3f}, its goal and a tenth")
    missing = sorted(GOALS.keys() - {row.name for row in rows})
    return found + [f"{name}: has a goal, and no function of this name was built" for name in missing]
