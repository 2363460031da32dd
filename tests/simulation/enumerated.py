"""Histories that are tried one and all: a crash at every call, every order of arrival, every schedule."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import permutations
from typing import Any

from simulation.account import NEW, OLD, Json, Purchase
from simulation.calls import Call
from simulation.functions import cold_start
from simulation.oracle import check
from simulation.processes import every_schedule
from simulation.world import ORGS, World

REFUND_TAKES = 120  # seconds: Stripe does not refund again in the minute in which a refund failed
Named = tuple[str, Callable[[], None]]
Step = Callable[[], object]

# ------------------------------------------------- a crash at every call


def crashes(name: str) -> Iterator[Named]:
    """Die before and after every single call of a handler: N calls in a clean run, which comes first, 2N histories."""
    scenario = SCENARIOS[name]
    yield name, lambda: _crashed(scenario, -1, "")
    for place in range(_calls_of(scenario)):
        for when in ("crash before", "crash after"):
            yield f"{when} call {place + 1} of {name}", lambda p=place, w=when: _crashed(scenario, p, w)


def _calls_of(scenario: Callable[[World], Step]) -> int:
    world = World()
    step = scenario(world)
    before = len(world.calls.made)
    step()
    return len(world.calls.made) - before


def _crashed(scenario: Callable[[World], Step], place: int, when: str) -> None:
    world = World()
    step = scenario(world)
    died_at = len(world.calls.made) + place + 1
    world.calls.choose = lambda call: when if len(world.calls.made) == died_at else None
    step()
    world.settle()
    check(world)


def _issue(world: World, *lines: Any, **who: Any) -> Step:
    world.post(world.completed(world.buy(*lines, **who)))
    return lambda: world.work("IssueQueue")


def _sold(world: World, *lines: Any) -> Purchase:
    purchase = world.buy(*lines)
    world.post(world.completed(purchase))
    world.work_off()
    return purchase


def _unmapped(world: World) -> Step:
    _issue(world, "price_pro_lifetime", "price_new")()
    world.map_price("price_new", "lifetime")
    world.replay("evt_2")
    return lambda: world.work("IssueQueue")


def _async(world: World) -> Step:
    purchase = world.buy("price_pro_lifetime")
    world.post(world.completed(purchase, "unpaid"))
    world.work_off()
    world.post(world.accounts["acme"].async_succeeded(purchase))
    return lambda: world.work("IssueQueue")


def _second(world: World) -> Step:
    _sold(world)
    return _issue(world, "price_pro_lifetime")


def _refunded(world: World) -> Step:
    world.post(world.refund(_sold(world, "price_pro_lifetime")))
    return lambda: world.work("FreezeQueue")


def _renewal_refunded(world: World) -> Step:
    purchase = _sold(world)
    charge = world.accounts["acme"].renewed(purchase)
    world.post(world.refund(purchase, charge=charge))
    return lambda: world.work("FreezeQueue")


def _refund_first(world: World) -> Step:
    purchase = world.buy()
    world.post(world.refund(purchase))

    def step() -> None:
        world.work("FreezeQueue")
        world.calls.choose = lambda call: None
        world.post(world.completed(purchase))

    return step


def _parked(world: World) -> Step:
    purchase = world.buy()
    world.post(world.refund(purchase), world.deleted(purchase))
    world.work_off()
    world.post(world.completed(purchase))
    return lambda: world.work("IssueQueue")


def _dispute_won(world: World) -> Step:
    purchase = _sold(world, "price_pro_lifetime")
    account, charge = world.accounts["acme"], purchase.charges[0]
    world.post(account.dispute(purchase, charge))
    world.work_off()
    world.post(account.dispute_closed(purchase, charge, next(iter(charge.disputes)), "won"))
    return lambda: world.work("FreezeQueue")


def _deleted(world: World) -> Step:
    world.post(world.deleted(_sold(world), payment_failed=True))
    return lambda: world.work("ExpireQueue")


def _swept(world: World) -> Step:
    purchase = _sold(world)
    world.post(world.deleted(purchase))
    world.work_off()
    world.clock.now = purchase.period_end + 1
    return world.sweep


def _posted(world: World) -> Step:
    event = world.completed(world.buy())
    return lambda: world.post(event)


def _gave_up(world: World) -> Step:
    world.post(world.completed(world.buy()))
    world.calls.choose = lambda call: "failing" if call.service == "stripe" else None
    world.work_off("IssueQueue")
    world.calls.choose = lambda call: None
    return lambda: world.work("IssueDeadLetterQueue")


def _person(world: World, verb: str) -> Step:
    purchase = _sold(world, "price_pro_lifetime")
    world.post(world.refund(purchase))
    world.work_off()
    [license] = world.licenses("acme", purchase.order)
    return lambda: world.decide(verb, license["id"])


SCENARIOS: dict[str, Callable[[World], Step]] = {
    "a subscription's purchase": _issue,
    "a guest's purchase": lambda world: _issue(world, "price_pro_lifetime", customer=None),
    "a purchase without e-mail": lambda world: _issue(world, "price_bundle", email=None),
    "a purchase of sixty keys": lambda world: _issue(world, ("price_pro_lifetime", 60)),
    "a purchase mapped in part": lambda world: _issue(world, "price_pro_lifetime", "price_new"),
    "the replay once it is mapped": _unmapped,
    "a late payment": _async,
    "a customer's second purchase": _second,
    "a purchase after its refund and its end": _parked,
    "a refund": _refunded,
    "the refund of a renewal": _renewal_refunded,
    "a refund before its purchase": _refund_first,
    "a dispute that is won": _dispute_won,
    "a deletion": _deleted,
    "a sweep": _swept,
    "a webhook": _posted,
    "a dead letter": _gave_up,
    "a reactivation": lambda world: _person(world, "reactivate"),
    "a revocation": lambda world: _person(world, "revoke"),
}

# ------------------------------------------------ every order of arrival

MODES = ("payment", "subscription")



def orders(mode: str, version: str) -> Iterator[Named]:
    """Let up to five events about one purchase arrive in every order, one of them twice at once, the first again at last."""
    for chosen in _stories(mode):
        for number, order in enumerate(permutations(range(len(chosen) + 1))):
            name = f"{mode}, {version}: {' '.join((['completed', *chosen])[place] for place in order)}"
            twice = order[number % len(order)]
            yield name, lambda c=chosen, o=order, t=twice: _in_order(mode, version, c, o, t)


def _stories(mode: str) -> Iterator[list[str]]:
    for refund in ([], ["refunded"], ["refunded", "refund failed"]):
        for dispute in ([], ["disputed"], ["disputed", "dispute won"]):
            for deletion in [[], ["deleted"]] if mode == "subscription" else [[]]:
                story = [*refund, *dispute, *deletion]
                if len(story) <= 4:
                    yield story
    if mode == "payment":
        yield ["refunded", "refund failed", "refunded again"]
        yield ["refunded", "refund failed", "refunded again", "disputed"]


def _in_order(mode: str, version: str, story: Sequence[str], order: Sequence[int], twice: int) -> None:
    world = World(version=version)
    purchase = world.buy("price_pro_monthly" if mode == "subscription" else "price_pro_lifetime")
    events = [world.completed(purchase)]
    for each in story:
        world.clock.now += REFUND_TAKES if each == "refunded again" else 1
        events.append(_happens(world, purchase, each))
    for place in order:
        world.post(*[events[place]] * (2 if place == twice else 1))
        world.work_off()
    world.post(events[order[0]])
    world.settle()
    check(world)


def _happens(world: World, purchase: Purchase, what: str) -> Json:
    account, charge = world.accounts[purchase.org], purchase.charges[0]
    match what:
        case "part refunded":
            return world.refund(purchase, charge.amount // 2)
        case "refunded" | "refunded again":
            return world.refund(purchase)
        case "refund failed":
            return account.refund_failed(purchase, charge, charge.refunds[0])
        case "disputed":
            return account.dispute(purchase, charge)
        case "dispute won":
            return account.dispute_closed(purchase, charge, next(iter(charge.disputes)), "won")
        case _:
            return world.deleted(purchase)


# -------------------------------------------------------- every schedule


def schedules(name: str) -> Iterator[Named]:
    """Let two handlers run at once, in every order of their calls that the other can notice."""
    for number, choose in enumerate(every_schedule()):
        yield f"schedule {number + 1} of {name}", lambda c=choose: _scheduled(PAIRS[name], c)


def _scheduled(pair: Callable[[World], tuple[str, str]], choose: Callable[[int], int]) -> None:
    world = World()
    queues = pair(world)
    world.processes.stops = _shared
    world.work_together(*queues, choose=choose)
    cold_start()
    world.settle()
    check(world)


def _shared(call: Call) -> bool:
    """Only what touches an order, its customer or its mail can be noticed by another handler: mails follow the order's lease."""
    return "LicensesTable" in call.subject or call.operation == "POST"


def _issued(world: World, *events: Json) -> tuple[str, str]:
    world.post(*events)
    return "IssueQueue", "IssueQueue"


def _twice(world: World, *lines: Any, **who: Any) -> tuple[str, str]:
    event = world.completed(world.buy(*lines, **who))
    return _issued(world, event, event)


def _told_by_two(world: World) -> tuple[str, str]:
    """Two events say that one session is paid; the earlier one is more precise and comes later."""
    purchase = world.buy("price_year_pass")
    earlier = world.accounts["acme"].async_succeeded(purchase)
    world.clock.now += 1
    return _issued(world, world.completed(purchase), earlier)


def _two_customers_orders(world: World) -> tuple[str, str]:
    one, other = world.buy("price_pro_lifetime"), world.buy("price_bundle")
    return _issued(world, world.completed(one), world.completed(other))


def _with(what: str) -> Callable[[World], tuple[str, str]]:
    def pair(world: World) -> tuple[str, str]:
        purchase = world.buy("price_pro_monthly")
        world.post(world.completed(purchase), _happens(world, purchase, what))
        return "IssueQueue", "ExpireQueue" if what == "deleted" else "FreezeQueue"

    return pair


def _after(one: str, other: str) -> Callable[[World], tuple[str, str]]:
    def pair(world: World) -> tuple[str, str]:
        purchase = _sold(world)
        world.post(_happens(world, purchase, one), _happens(world, purchase, other))
        return "FreezeQueue", "ExpireQueue" if other == "deleted" else "FreezeQueue"

    return pair


def _late(world: World) -> tuple[str, str]:
    purchase = world.buy("price_pro_lifetime")
    world.post(world.completed(purchase, "unpaid"))
    world.work_off()
    world.post(world.accounts["acme"].async_succeeded(purchase), _happens(world, purchase, "disputed"))
    return "IssueQueue", "FreezeQueue"


PAIRS: dict[str, Callable[[World], tuple[str, str]]] = {
    "a purchase, twice": lambda world: _twice(world, "price_pro_lifetime"),
    "a free T-shirt, twice": lambda world: _twice(world, "price_tshirt", free=True, customer=None),
    "a purchase told by two events": _told_by_two,
    "two purchases of one customer": _two_customers_orders,
    "a purchase and its refund": _with("refunded"),
    "a purchase and its end": _with("deleted"),
    "a purchase and its dispute": _with("disputed"),
    "a late payment and its dispute": _late,
    "a refund and an end": _after("refunded", "deleted"),
    "a refund and a dispute": _after("refunded", "disputed"),
}

# --------------------------------------------------- people in between


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
                for verbs in (["reactivate"], ["revoke"], ["freeze"], ["freeze", "reactivate"], ["reactivate", "freeze"]):
                    name = f"{org}: {' '.join(story)}, {' and '.join(verbs)} after {place}"
                    yield name, lambda o=org, s=story, p=place, v=verbs: _decided(o, s, p, v)


def _decided(org: str, story: Sequence[str], place: int, verbs: Sequence[str]) -> None:
    world = World()
    purchase = world.buy(org=org)
    events = [world.completed(purchase)]
    world.post(*events, org=org)
    world.work_off()
    for step in range(len(story) + 1):
        for verb in verbs if step == place else ():
            [license] = world.licenses(org, purchase.order)
            world.decide(verb, license["id"], org)
        if step < len(story):
            events.append(_happens(world, purchase, story[step]))
            world.post(events[-1], org=org)
            world.work_off()
    for event in events:
        world.post(event, org=org)
        world.work_off()
        world.replay(event["id"], org)
    world.settle()
    check(world)


# ------------------------------------------------------------ all of it

FAMILIES: dict[str, Callable[[], Iterator[Named]]] = {
    **{f"crashes: {name}": partial(crashes, name) for name in SCENARIOS},
    **{f"orders: {mode}, {version}": partial(orders, mode, version) for mode in MODES for version in (NEW, OLD)},
    **{f"schedules: {name}": partial(schedules, name) for name in PAIRS},
    "decisions": decisions,
}
