"""Over a subscription's life: every order of up to five of eight things; seeded ones of all eight, with faults."""

import random
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import permutations

from simulation.calls import FAULTS, Call
from simulation.happenings import Named
from simulation.oracle import check
from simulation.stories import STEPS, Story
from simulation.stripe_account.account import EVERYTHING
from simulation.stripe_account.objects import NEW, OLD
from simulation.world import SimulatedWorld

MOST = 5  # of the eight
UNASKED = frozenset({"rak_subscription_read", "rak_dispute_read"})  # permissions that only make it exact
SAMPLES = 2_000


def lives(first: str, version: str = NEW, most: int = MOST, unasked: bool = False) -> Iterator[Named]:
    """Let `most` of the eight be told in every order, `first` first; one twice, the first once more at last.

    `unasked`: the vendor's key may not ask for subscriptions, so that what events say is all there is.
    """
    for order in permutations(STEPS, most):
        if order[0] == first:
            name = f"{version}{', unasked' if unasked else ''}: {', '.join(order)}"
            yield name, partial(_lived, name, version, order, unasked)


def sampled_lives(slice_: int, slices: int, samples: int = SAMPLES) -> Iterator[Named]:
    """Let all eight be told in some order, with duplicates and with faults at some calls."""
    for seed in range(slice_, samples, slices):
        yield f"all eight, seed {seed}", partial(_sampled, seed)


def _lived(name: str, version: str, order: Sequence[str], unasked: bool) -> None:
    choose = random.Random(name)  # noqa: S311 - a story, no secret
    world = SimulatedWorld(version=version, hears=EVERYTHING)
    world.stripe.never = UNASKED if unasked else frozenset()
    _tell(world, order, choose)


def _sampled(seed: int) -> None:
    choose = random.Random(seed)  # noqa: S311 - a story, no secret
    world = SimulatedWorld(seed, version=choose.choice((OLD, NEW)), hears=EVERYTHING)
    world.stripe.never = choose.choice((UNASKED, frozenset()))
    rate = choose.choice((0.0, 0.02, 0.1))

    def strike(call: Call) -> str | None:
        return choose.choice(FAULTS[call.service]) if choose.random() < rate else None

    world.calls.choose = strike
    order = [*STEPS, *choose.sample(STEPS, 3)]  # three of them twice
    choose.shuffle(order)
    _tell(world, order, choose)


def _tell(world: SimulatedWorld, order: Sequence[str], choose: random.Random) -> None:
    """Let the steps be told in this order. Half the time each has only just happened, else all has happened before."""
    story = Story(world, frozenset(order), choose)
    if choose.random() < 0.5:
        story.happens_until("")
    twice = choose.choice(order)
    for step in order:
        story.happens_until(step)
        events = story.events[step] * (2 if step == twice else 1)
        choose.shuffle(events)
        world.post(*events)
        world.work_off()
    story.happens_until("")
    told = {event["id"] for _, event in world.accepted}
    world.post(*(event for event in story.purchase.events if event["id"] not in told))
    world.post(*story.events[order[0]])
    world.settle()
    check(world)
