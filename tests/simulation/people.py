"""A person's decision between any two events."""

from collections.abc import Iterator, Sequence
from functools import partial

from simulation.happenings import Named, happens
from simulation.oracle import check
from simulation.world import ORGS, SimulatedWorld

STORIES = (
    ["refunded"],
    ["part refunded"],
    ["part refunded", "refunded"],
    ["disputed", "dispute won"],
    ["disputed", "deleted"],
)


def decisions() -> Iterator[Named]:
    """Let a person decide between any two events, then let all events come once more and be replayed."""
    for org in ORGS:
        for story in STORIES:
            for place in range(len(story) + 1):
                for verbs in (
                    ["reactivate"],
                    ["revoke"],
                    ["freeze"],
                    ["freeze", "reactivate"],
                    ["reactivate", "freeze"],
                ):
                    name = f"{org}: {' '.join(story)}, {' and '.join(verbs)} after {place}"
                    yield name, partial(_decided, org, story, place, verbs)


def _decided(org: str, story: Sequence[str], place: int, verbs: Sequence[str]) -> None:
    world = SimulatedWorld()
    purchase = world.buy(org=org)
    events = [world.completed(purchase)]
    world.post(*events, org=org)
    world.work_off()
    for step in range(len(story) + 1):
        for verb in verbs if step == place else ():
            [license] = world.licenses(org, purchase.order)
            world.decide(verb, license["id"], org)
        if step < len(story):
            events.append(happens(world, purchase, story[step]))
            world.post(events[-1], org=org)
            world.work_off()
    for event in events:
        world.post(event, org=org)
        world.work_off()
        world.replay(event["id"], org)
    world.settle()
    check(world)
