"""What happens at Stripe and what should come of it: each scenario as it is told, through the real handlers."""

import pytest

from scenarios import runner
from scenarios.scenario import Kind, Scenario, Step
from scenarios.stage import Stage
from scenarios.telling.registry import all_cases

CASES = all_cases()


@pytest.mark.parametrize("name", sorted(CASES))
def test_ends_as_it_should(quick_stage: Stage, name: str) -> None:
    runner.play(quick_stage, CASES[name])


def test_a_scenario_that_ends_otherwise_is_noticed(quick_stage: Stage) -> None:
    right = CASES["part_given_back"]
    steps = tuple(
        Step(Kind.EXPECT, {"licenses": {"forever": "frozen"}}) if step.kind is Kind.EXPECT else step
        for step in right.steps
    )
    with pytest.raises(AssertionError, match=r"expected .*frozen.*, found .*active"):
        runner.play(quick_stage, Scenario("wrong", "It ends otherwise", steps, catalogue=right.catalogue))
