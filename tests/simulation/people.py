"""A person's decision between any two events."""

from collections.abc import Iterator, Sequence
from functools import partial

from simulation.happenings import Named, happens
from simulation.oracle import check
from simulation.stripe_account import changes, checkout, renewals
from simulation.stripe_account.account import EVERYTHING, FIRST_GUIDE
from simulation.subscription_scenarios import Change, last_refunded, not_renewed, refund_canceled, renewed, to
from simulation.world import ORGS, SimulatedWorld

STORIES = (
    ["refunded"],
    ["part refunded"],
    ["part refunded", "refunded"],
    ["disputed", "dispute won"],
    ["disputed", "deleted"],
)
LATER_STORIES: tuple[dict[str, Change], ...] = (  # told by everything that can be heard
    {"fewer units": to("price_units", 1), "more units": to("price_units", 3)},
    {"not renewed": not_renewed, "unpaid": renewals.given_up, "paid": renewals.paid},
    {"refunded": last_refunded, "canceled": refund_canceled, "renewed": renewed},
    {"paused": changes.collection_paused, "resumed": changes.collection_resumed},
)
VERBS = (["reactivate"], ["revoke"], ["freeze"], ["freeze", "reactivate"], ["reactivate", "freeze"])
LATER_VERBS = (["reactivate"], ["revoke"], ["freeze", "reactivate"])


def decisions() -> Iterator[Named]:
    """Let a person decide between any two events, then let all events come once more and be replayed."""
    for org in ORGS:
        for story in STORIES:
            for place in range(len(story) + 1):
                for verbs in VERBS:
                    name = f"{org}: {' '.join(story)}, {' and '.join(verbs)} after {place}"
                    yield name, partial(_decided, org, story, place, verbs)
        for later in LATER_STORIES:
            for place in range(len(later) + 1):
                for verbs in LATER_VERBS:
                    name = f"{org}: {', '.join(later)}, {' and '.join(verbs)} after {place}"
                    yield name, partial(_decided_later, org, list(later.values()), place, verbs)


def _decided(org: str, story: Sequence[str], place: int, verbs: Sequence[str]) -> None:
    world = SimulatedWorld(hears=FIRST_GUIDE)
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


def _decided_later(org: str, story: Sequence[Change], place: int, verbs: Sequence[str]) -> None:
    """The newest of two licenses is decided about."""
    world = SimulatedWorld(hears=EVERYTHING)
    purchase, account = world.buy(("price_units", 2), org=org), world.accounts[org]
    world.post(*checkout.completed(account, purchase), org=org)
    world.work_off()
    for step in range(len(story) + 1):
        for verb in verbs if step == place else ():
            newest = max(world.licenses(org, purchase.order), key=lambda item: int(item["unit"]))
            world.decide(verb, newest["id"], org)
        if step < len(story):
            world.post(*story[step](account, purchase), org=org)
            world.work_off()
    for event in purchase.events:
        world.post(event, org=org)
        world.work_off()
        world.replay(event["id"], org)
    world.settle()
    check(world)
