"""Histories made up from seeds; and a Hypothesis state machine over the same actions, which shrinks what it finds."""

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from simulation.actions import ACTIONS, act
from simulation.history import History
from simulation.searched import SEARCHED, search
from simulation.stripe_account.account import EVERYTHING
from simulation.stripe_account.objects import NEW, OLD
from simulation.world import SimulatedWorld

SLICES = 10
FAST = 150  # histories in `make test`; the others are searched with the planted bugs in `make slow`


@pytest.mark.parametrize(
    "first", [pytest.param(first, marks=[pytest.mark.slow] * (first >= FAST)) for first in range(0, SEARCHED, SLICES)]
)
def test_searched_histories_converge(first: int) -> None:
    for seed in range(first, first + SLICES):
        search(seed)


def test_a_seed_is_always_the_same_history() -> None:
    assert search(12).story == search(12).story


class AnyHistory(RuleBasedStateMachine):
    """Every step is one action; a failing history is shrunk to the fewest."""

    @initialize(version=st.sampled_from((NEW, OLD)), choices=st.randoms(use_true_random=False))
    def begins(self, version: str, choices: random.Random) -> None:
        self.history = History(SimulatedWorld(version=version, hears=EVERYTHING), choices, fault_rate=0.05)
        self.history.world.calls.choose = self.history.strike

    @rule(name=st.sampled_from(sorted(ACTIONS)))
    def happens(self, name: str) -> None:
        act(self.history, name)

    def teardown(self) -> None:
        if hasattr(self, "history"):
            self.history.finish()


def test_no_history_that_hypothesis_finds_breaks_the_promise() -> None:
    AnyHistory.TestCase.settings = settings(
        max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )
    AnyHistory.TestCase().runTest()
