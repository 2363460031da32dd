"""Histories made up from a seed: anything may happen at any moment, and anything may go wrong."""

import random

from simulation.actions import ACTIONS, act
from simulation.history import History
from simulation.stripe_account.account import EVERYTHING
from simulation.stripe_account.objects import NEW, OLD
from simulation.world import SimulatedWorld

SEARCHED = 300  # histories that `make test` and `make slow` search


def search(seed: int) -> History:
    """Make up a history from `seed` and check it; AssertionError when something does not hold."""
    history = begun(seed)
    actions, weights = list(ACTIONS), [weight for weight, _ in ACTIONS.values()]
    try:
        for _ in range(history.choose.randint(10, 60)):
            act(history, history.choose.choices(actions, weights)[0])
        history.finish()
    except BaseException as error:
        error.add_note("\n".join([f"seed {seed}:", *history.story]))
        raise
    return history


def begun(seed: int) -> History:
    choose = random.Random(seed)  # noqa: S311 - a history, no secret
    world = SimulatedWorld(seed, version=choose.choice((OLD, NEW)), hears=EVERYTHING)
    history = History(world, choose, fault_rate=choose.choice((0.0, 0.02, 0.1)))
    world.calls.choose = history.strike
    world.collisions = choose.choice((0.0, 0.0, 0.2))
    return history
