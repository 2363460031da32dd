"""Scenarios that no one here wrote: STRIPE_REPORTS=<folder> pytest -m '' tests/scenarios/test_reports.py

Each file says what happens at Stripe and what should come of it (tests/scenarios/scenario.py has the form).
"""

import os
from pathlib import Path

import pytest

from scenarios import runner
from scenarios.scenario import Scenario, from_report
from scenarios.stage import Stage

FOLDER = os.environ.get("STRIPE_REPORTS", "")
FILES = sorted(Path(FOLDER).glob("*.json")) if FOLDER else []
pytestmark = pytest.mark.skipif(not FOLDER, reason="SET STRIPE_REPORTS TO A FOLDER OF SCENARIOS TO RUN THIS")


@pytest.fixture(params=FILES or [Path("none")], ids=lambda path: path.stem)
def report(request: pytest.FixtureRequest) -> Scenario:
    return from_report(request.param)


def test_ends_as_the_report_says(stage: Stage, report: Scenario) -> None:
    runner.play(stage, report)


def test_ends_so_when_our_clock_is_behind(quick_stage: Stage, report: Scenario) -> None:
    runner.play(quick_stage, report, behind=2)


@pytest.mark.slow
def test_ends_so_in_every_order(quick_stage: Stage, report: Scenario) -> None:
    assert runner.play_every_order(quick_stage, report)


@pytest.mark.slow
def test_ends_so_in_every_order_whatever_the_clock_says(quick_stage: Stage, report: Scenario) -> None:
    assert runner.play_every_order_as_dated(quick_stage, report)


@pytest.mark.slow
def test_ends_so_with_each_event_twice(quick_stage: Stage, report: Scenario) -> None:
    assert runner.play_each_twice(quick_stage, report)


@pytest.mark.slow
def test_ends_so_after_everything_was_replayed(quick_stage: Stage, report: Scenario) -> None:
    runner.play_and_replay(quick_stage, report)


@pytest.mark.slow
@pytest.mark.parametrize("late", [False, True], ids=["back at once", "back at the end"])
def test_ends_so_wherever_the_process_dies(quick_stage: Stage, report: Scenario, late: bool) -> None:
    assert runner.play_deaths(quick_stage, report, late)


def test_there_are_reports() -> None:
    assert FILES
