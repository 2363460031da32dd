"""Our scenarios in every way in which events may arrive: the end is the same."""

import pytest

from scenarios import runner
from scenarios.scenario import Scenario
from scenarios.stage import Stage
from scenarios.telling.registry import all_cases

CASES = all_cases()
ANY_ORDER = sorted(name for name, scenario in CASES.items() if not scenario.is_ordered)
pytestmark = pytest.mark.slow


@pytest.fixture(params=sorted(CASES))
def told(request: pytest.FixtureRequest) -> Scenario:
    return CASES[request.param]


@pytest.fixture(params=ANY_ORDER)
def told_in_any_order(request: pytest.FixtureRequest) -> Scenario:
    return CASES[request.param]


def test_ends_as_it_should_in_moto_too(stage: Stage, told: Scenario) -> None:
    runner.play(stage, told)


def test_ends_as_it_should_when_our_clock_is_behind(quick_stage: Stage, told: Scenario) -> None:
    runner.play(quick_stage, told, behind=2)


def test_ends_the_same_in_every_order(quick_stage: Stage, told_in_any_order: Scenario) -> None:
    assert runner.play_every_order(quick_stage, told_in_any_order)


@pytest.mark.parametrize("name", [name for name in ANY_ORDER if not CASES[name].needs_asking])
def test_ends_the_same_by_the_events_own_words(quick_stage: Stage, name: str) -> None:
    assert runner.play_own_words(quick_stage, CASES[name])


def test_ends_the_same_with_each_event_twice(quick_stage: Stage, told_in_any_order: Scenario) -> None:
    assert runner.play_each_twice(quick_stage, told_in_any_order)


def test_ends_the_same_after_everything_was_replayed(quick_stage: Stage, told: Scenario) -> None:
    runner.play_and_replay(quick_stage, told)


def test_ends_the_same_when_a_process_dies_and_its_message_comes_back(quick_stage: Stage, told: Scenario) -> None:
    assert runner.play_deaths(quick_stage, told, late=False)


def test_ends_the_same_when_its_message_comes_back_at_the_end(quick_stage: Stage, told_in_any_order: Scenario) -> None:
    assert runner.play_deaths(quick_stage, told_in_any_order, late=True)
