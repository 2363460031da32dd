"""make bench-init: ratios, goals and the table, and that nothing it could not measure passes."""

import math

import pytest
from template import ROOT

from benchmarks.init.goals import GOALS, limit_of, passes, verdict
from benchmarks.init.sampling import Candidate, Sample, Samples
from benchmarks.init.table import HEAD, failures, markdown, rows_of

GUIDE = (ROOT / "docs/performance.md").read_text("utf-8")


def samples(name: str, *milliseconds: float, bytecode: bool = True) -> Samples:
    """Results where the yardstick took 100 ms each time."""
    taken = [Sample(each, each + 50, 7) for each in milliseconds]
    return Samples(Candidate(name, (), {}, bytecode), taken, [each / 100 for each in milliseconds])


def all_functions(**milliseconds: float) -> list[Samples]:
    """Results in which the yardstick takes 100 ms and every function 10, but for those named."""
    taken = {**dict.fromkeys(GOALS, 10.0), **milliseconds}
    return [samples("yardstick", 100), *(samples(name, each) for name, each in taken.items())]


def test_the_ratio_is_the_median_of_the_samples_ratios() -> None:
    uneven = samples("api", 120, 900, 130)
    assert uneven.ratio == 1.3
    assert "| api | 130 | 1.30 | 1.80 | met | | 7 | 180 |" in markdown(rows_of([uneven]))


@pytest.mark.parametrize(
    ("goal", "limit"), [(0.45, 0.495), (0.9, 0.99), (1.3, 1.43), (1.5, 1.65), (1.8, 1.98), (1.9, 2.09)], ids=str
)
def test_a_tenth_above_the_goal_passes_and_nothing_above_that(goal: float, limit: float) -> None:
    assert limit_of(goal) == limit
    assert passes(limit, goal)
    assert not passes(math.nextafter(limit, 9), goal)


def test_the_verdict_tells_a_goal_that_is_met_from_one_that_is_nearly_met() -> None:
    assert [verdict(ratio, 0.9) for ratio in (0.9, 0.91, 0.99, 0.991)] == ["met", "within 10%", "within 10%", "MISSED"]
    assert verdict(5, None) == ""


def test_the_goals_are_those_of_the_guide() -> None:
    lines = GUIDE[GUIDE.index(HEAD) + len(HEAD) :].split("\n\n")[0].strip().splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:]] for line in lines]
    told = {name: float(goal) for name, _, _, goal, *_ in cells if goal}
    assert told == GOALS
    assert "(docs/performance.md)" in (ROOT / "README.md").read_text("utf-8")


def test_nothing_fails_when_every_goal_is_met() -> None:
    assert failures(rows_of(all_functions())) == []


def test_a_goal_that_is_missed_names_its_function() -> None:
    rows = rows_of(all_functions(verifier=49.5, issuer=165.1))
    assert failures(rows) == ["issuer: 1.651 is above 1.650, its goal and a tenth"]
    assert "| verifier | 50 | 0.49 | 0.45 | within 10% | | 7 | 100 |" in markdown(rows)
    assert "| issuer | 165 | 1.65 | 1.50 | MISSED | | 7 | 215 |" in markdown(rows)


def test_a_function_without_goal_is_shown_and_passes() -> None:
    rows = rows_of([*all_functions(), samples("dead_letters", 900)])
    assert "| dead_letters | 900 | 9.00 | | | | 7 | 950 |" in markdown(rows)
    assert failures(rows) == []


def test_without_bytecode_is_a_column_that_has_no_goal_but_must_be_measured() -> None:
    slow, broken = samples("api", 900, bytecode=False), samples("verifier", bytecode=False)
    broken.failure = "SyntaxError"
    rows = rows_of([*all_functions(), slow, broken])
    assert "| api | 10 | 0.10 | 1.80 | met | 9.00 | 7 | 60 |" in markdown(rows)
    assert failures(rows) == ["verifier without bytecode: the import failed: SyntaxError"]


def test_a_function_that_was_not_built_fails_if_it_has_a_goal() -> None:
    rows = rows_of([each for each in all_functions() if each.candidate.name != "freezer"])
    assert failures(rows) == ["freezer: has a goal, and no function of this name was built"]


def test_an_import_that_failed_is_in_the_table_and_fails_the_run() -> None:
    results = all_functions()
    results[1].fail("ImportError: no such thing")
    assert "| verifier | | failed | 0.45 | | | | |" in markdown(rows_of(results))
    assert failures(rows_of(results)) == ["verifier: the import failed: ImportError: no such thing"]


def test_without_a_yardstick_the_run_fails() -> None:
    results = all_functions()
    for each in results:
        each.fail("no boto3")
    assert "yardstick: the import failed: no boto3" in failures(rows_of(results))
    assert "| api | | failed | 1.80 |" in markdown(rows_of(results))
