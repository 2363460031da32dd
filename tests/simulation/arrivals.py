"""Every order in which the events of a purchase may arrive, with duplicates."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import permutations

from simulation.happenings import Named, happens
from simulation.oracle import check
from simulation.world import SimulatedWorld

MOST = 5  # events
REFUND_TAKES = 120  # seconds: Stripe does not refund again in the minute in which a refund failed
MODES = ("payment", "subscription")


def orders(mode: str, version: str, most: int = MOST) -> Iterator[Named]:
    """Let up to `most` events arrive in every order, one of them twice at once, the first once more at last."""
    for chosen in _stories(mode, most):
        for number, order in enumerate(permutations(range(len(chosen) + 1))):
            name = f"{mode}, {version}: {' '.join((['completed', *chosen])[place] for place in order)}"
            twice = order[number % len(order)]
            yield name, partial(_in_order, mode, version, chosen, order, twice)


def _stories(mode: str, most: int) -> Iterator[list[str]]:
    return (story for story in _all_stories(mode) if len(story) < most)


def _all_stories(mode: str) -> Iterator[list[str]]:
    if mode == "payment":
        yield ["refunded", "refund failed", "refunded again"]
        yield ["refunded", "refund failed", "refunded again", "disputed"]
    for refund in ([], ["refunded"], ["refunded", "refund failed"]):
        for dispute in ([], ["disputed"], ["disputed", "dispute won"]):
            for deletion in [[], ["deleted"]] if mode == "subscription" else [[]]:
                yield [*refund, *dispute, *deletion]


def _in_order(mode: str, version: str, story: Sequence[str], order: Sequence[int], twice: int) -> None:
    world = SimulatedWorld(version=version)
    purchase = world.buy("price_pro_monthly" if mode == "subscription" else "price_pro_lifetime")
    events = [world.completed(purchase)]
    for each in story:
        world.clock.now += REFUND_TAKES if each == "refunded again" else 1
        events.append(happens(world, purchase, each))
    for place in order:
        world.post(*[events[place]] * (2 if place == twice else 1))
        world.work_off()
    world.post(events[order[0]])
    world.settle()
    check(world)
