"""Two handlers at once, in every order of their calls that the other can notice."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from simulation.account import Json
from simulation.calls import Call
from simulation.functions import cold_start
from simulation.happenings import Named, happens, sold
from simulation.oracle import check
from simulation.processes import Choose, every_schedule
from simulation.world import SimulatedWorld

Act = str | Callable[[], object]  # a queue, whose worker gets a message, or anything
Pair = Callable[[SimulatedWorld], tuple[Act, Act]]


def schedules(name: str, most: int | None = None) -> Iterator[Named]:
    """Let two handlers run at once, in every order of their calls that the other can notice.

    `most`: with at most so many interruptions.
    """
    for number, choose in enumerate(every_schedule(most)):
        yield f"schedule {number + 1} of {name}", partial(_scheduled, PAIRS[name], choose)


def _scheduled(pair: Pair, choose: Choose) -> None:
    world = SimulatedWorld()
    acts = pair(world)
    world.processes.stops = _shared
    world.work_together(*acts, choose=choose)
    cold_start()
    world.settle()
    check(world)


def _shared(call: Call) -> bool:
    """Only what touches an order or its customer can be noticed by another handler; mails follow the order's lease."""
    return "LicensesTable" in call.subject or call.operation == "POST"


def _issued(world: SimulatedWorld, *events: Json) -> tuple[str, str]:
    world.post(*events)
    return "IssueQueue", "IssueQueue"


def _twice(world: SimulatedWorld, *lines: Any, **who: Any) -> tuple[str, str]:
    event = world.completed(world.buy(*lines, **who))
    return _issued(world, event, event)


def _told_by_two(world: SimulatedWorld) -> tuple[str, str]:
    """Two events say that one session is paid; the earlier one is more precise and comes later."""
    purchase = world.buy("price_year_pass")
    earlier = world.accounts["acme"].async_succeeded(purchase)
    world.clock.now += 1
    return _issued(world, world.completed(purchase), earlier)


def _two_customers_orders(world: SimulatedWorld) -> tuple[str, str]:
    one, other = world.buy("price_pro_lifetime"), world.buy("price_bundle")
    return _issued(world, world.completed(one), world.completed(other))


def _with(what: str) -> Pair:
    def pair(world: SimulatedWorld) -> tuple[str, str]:
        purchase = world.buy("price_pro_monthly")
        world.post(world.completed(purchase), happens(world, purchase, what))
        return "IssueQueue", "ExpireQueue" if what == "deleted" else "FreezeQueue"

    return pair


def _after(one: str, other: str) -> Pair:
    def pair(world: SimulatedWorld) -> tuple[str, str]:
        purchase = sold(world)
        world.post(happens(world, purchase, one), happens(world, purchase, other))
        return "FreezeQueue", "ExpireQueue" if other == "deleted" else "FreezeQueue"

    return pair


def _late(world: SimulatedWorld) -> tuple[str, str]:
    purchase = world.buy("price_pro_lifetime")
    world.post(world.completed(purchase, "unpaid"))
    world.work_off()
    world.post(world.accounts["acme"].async_succeeded(purchase), happens(world, purchase, "disputed"))
    return "IssueQueue", "FreezeQueue"


def _webhook_and_backend(world: SimulatedWorld) -> tuple[Act, Act]:
    purchase = world.buy("price_pro_lifetime")
    world.post(world.completed(purchase))
    return "IssueQueue", lambda: world.issue(purchase)


def _backend_twice(world: SimulatedWorld) -> tuple[Act, Act]:
    purchase = world.buy("price_pro_lifetime")
    return lambda: world.issue(purchase), lambda: world.issue(purchase)


def _backend_and_refund(world: SimulatedWorld) -> tuple[Act, Act]:
    purchase = world.buy("price_pro_lifetime")
    world.post(happens(world, purchase, "refunded"))
    return "FreezeQueue", lambda: world.issue(purchase)


PAIRS: dict[str, Pair] = {
    "a purchase, twice": lambda world: _twice(world, "price_pro_lifetime"),
    "a free T-shirt, twice": lambda world: _twice(world, "price_tshirt", free=True, customer=None),
    "a purchase told by two events": _told_by_two,
    "two purchases of one customer": _two_customers_orders,
    "a purchase and its refund": _with("refunded"),
    "a purchase and its end": _with("deleted"),
    "a purchase and its dispute": _with("disputed"),
    "a late payment and its dispute": _late,
    "the webhook and the vendor's backend": _webhook_and_backend,
    "the vendor's backend, twice": _backend_twice,
    "the vendor's backend and a refund": _backend_and_refund,
    "a refund and an end": _after("refunded", "deleted"),
    "a refund and a dispute": _after("refunded", "disputed"),
}
