"""The table of a run: one line for each peer and each function, in Markdown, as docs/performance.md has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.init.goals import GOALS, limit_of, passes, verdict
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


def markdown(rows: Sequence[Row]) -> str:
    """Write the table."""
    return "\n".join([HEAD, *(_line(row) for row in rows)])


def _line(row: Row) -> str:
    goal, deployed = GOALS.get(row.name), row.deployed
    cells = [row.name, "", "failed", f"{goal:.2f}" if goal else "", "", "", "", ""]
    if deployed.taken:
        cells[1:3] = [f"{median(each.milliseconds for each in deployed.taken):.0f}", f"{deployed.ratio:.2f}"]
        cells[4] = verdict(deployed.ratio, goal)
        cells[6] = str(deployed.taken[0].modules or "")
        cells[7] = f"{median(each.with_start for each in deployed.taken):.0f}"
    if row.without and row.without.taken:
        cells[5] = f"{row.without.ratio:.2f}"
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


def failures(rows: Sequence[Row]) -> list[str]:
    """Return a sentence for everything that failed: an import, a goal, a goal of a function that is not there."""
    found = []
    for row in rows:
        for samples in (row.deployed, row.without):
            if samples and samples.failure:
                kind = "" if samples.candidate.bytecode else " without bytecode"
                found.append(f"{row.name}{kind}: the import failed: {samples.failure}")
        goal, ratios = GOALS.get(row.name), row.deployed.ratios
        if goal and ratios and not passes(row.deployed.ratio, goal):
            found.append(f"{row.name}: {row.deployed.ratio:.3f} is above {limit_of(goal):.3f}, its goal and a tenth")
    missing = sorted(GOALS.keys() - {row.name for row in rows})
    return found + [f"{name}: has a goal, and no function of this name was built" for name in missing]
