"""Two handlers at once, in every order of their calls that the other can notice."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from simulation.calls import Call
from simulation.functions import cold_start
from simulation.happenings import Named, happens, sold
from simulation.oracle import check
from simulation.processes import Choose, every_schedule
from simulation.stripe_account import changes, checkout
from simulation.stripe_account.account import EVERYTHING, FIRST_GUIDE
from simulation.stripe_account.objects import Json
from simulation.subscription_scenarios import (
    Change,
    Line,
    bought,
    escalated,
    inquired,
    last_refunded,
    lost,
    renewed,
    to,
)
from simulation.world import SimulatedWorld

Act = str | Callable[[], object]  # a queue, whose worker gets a message, or anything
Pair = Callable[[SimulatedWorld], tuple[Act, Act]]
CHANGING = ("/v1/subscriptions/", "/v1/disputes/")  # what Stripe answers otherwise later


def schedules(name: str, most: int | None = None) -> Iterator[Named]:
    """Let two handlers run at once, in every order of their calls that the other can notice.

    `most`: with at most so many interruptions.
    """
    for number, choose in enumerate(every_schedule(most)):
        yield f"schedule {number + 1} of {name}", partial(_scheduled, name, choose)


def _scheduled(name: str, choose: Choose) -> None:
    world = SimulatedWorld(hears=FIRST_GUIDE if name in FIRST_PAIRS else EVERYTHING)
    acts = PAIRS[name](world)
    world.processes.stops = _shared
    world.work_together(*acts, choose=choose)
    cold_start()
    world.settle()
    check(world)


def _shared(call: Call) -> bool:
    """Only what touches an order or its customer can be noticed by another handler; mails follow the order's lease.

    And what Stripe answers may be another thing a moment later.
    """
    asks = call.operation == "GET" and call.subject.startswith(CHANGING)
    return "LicensesTable" in call.subject or call.operation == "POST" or asks


def _issued(world: SimulatedWorld, *events: Json) -> tuple[str, str]:
    world.post(*events)
    return "IssueQueue", "IssueQueue"


def _twice(world: SimulatedWorld, *lines: Any, **who: Any) -> tuple[str, str]:
    event = world.completed(world.buy(*lines, **who))
    return _issued(world, event, event)


def _told_by_two(world: SimulatedWorld) -> tuple[str, str]:
    """Two events say that one session is paid; the earlier one is more precise and comes later."""
    purchase = world.buy("price_year_pass")
    earlier = world.async_succeeded(purchase)
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
    world.post(world.async_succeeded(purchase), happens(world, purchase, "disputed"))
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
    world.completed(purchase)  # and the webhook does not come
    world.post(happens(world, purchase, "refunded"))
    return "FreezeQueue", lambda: world.issue(purchase)


def _changed(one: Change, other: Change, queue: str = "FreezeQueue", line: Line = ("price_units", 1)) -> Pair:
    """Two things become known at once of a subscription that was sold."""

    def pair(world: SimulatedWorld) -> tuple[Act, Act]:
        purchase, account = bought(world, line), world.accounts["acme"]
        world.post(one(account, purchase)[0], other(account, purchase)[0])
        return "IssueQueue", queue

    return pair


def _renewal_and_refund(world: SimulatedWorld) -> tuple[Act, Act]:
    """The period is paid whose predecessor's payment is given back."""
    purchase, account = bought(world, before=(renewed,)), world.accounts["acme"]
    refund = last_refunded(account, purchase)
    world.post(*renewed(account, purchase), *refund)
    return "IssueQueue", "FreezeQueue"


def _changes_while_read(world: SimulatedWorld) -> tuple[Act, Act]:
    """While a handler asks for the subscription, it changes again, and the next event comes."""
    purchase, account = bought(world, ("price_units", 1)), world.accounts["acme"]
    world.post(*to("price_units", 3)(account, purchase))

    def changes_again() -> None:
        world.post(*to("price_units", 2)(account, purchase))
        world.work("IssueQueue", most=1)

    return "IssueQueue", changes_again


def _purchase_and_change(world: SimulatedWorld) -> tuple[Act, Act]:
    purchase, account = world.buy(("price_units", 1)), world.accounts["acme"]
    completed = checkout.completed(account, purchase)
    world.post(completed[0], *to("price_units", 2)(account, purchase), *completed[1:])
    return "IssueQueue", "IssueQueue"


def _escalation_and_end(world: SimulatedWorld) -> tuple[Act, Act]:
    purchase, account = bought(world, "price_pro_lifetime", before=(inquired,)), world.accounts["acme"]
    world.post(*escalated(account, purchase)[:1], *lost(account, purchase))
    return "FreezeQueue", "FreezeQueue"


def _paid_told_by_two(world: SimulatedWorld) -> tuple[Act, Act]:
    purchase, account = world.buy("price_pro_lifetime"), world.accounts["acme"]
    world.post(*checkout.completed(account, purchase, "unpaid"))
    world.work_off()
    world.post(*checkout.async_succeeded(account, purchase))
    return "IssueQueue", "IssueQueue"


FIRST_PAIRS: dict[str, Pair] = {  # told by the events of the first guide
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
LATER_PAIRS: dict[str, Pair] = {  # told by everything that can be heard
    "an upgrade and a refund": _changed(to("price_both", 3), last_refunded),
    "an upgrade and an end": _changed(to("price_both", 3), changes.ended, "ExpireQueue"),
    "a renewal and a refund": _changed(renewed, last_refunded),
    "a renewal and the refund of the last": _renewal_and_refund,
    "two changes": _changed(to("price_units", 3), to("price_units", 2), "IssueQueue"),
    "a change while another is read": _changes_while_read,
    "a purchase and its change": _purchase_and_change,
    "an escalation and its end": _escalation_and_end,
    "a payment told by two events": _paid_told_by_two,
}
PAIRS = FIRST_PAIRS | LATER_PAIRS
