"""One invocation of each handler, in each of its situations: what is crashed at every call."""

from collections.abc import Callable
from typing import Any

from simulation.calls import no_fault
from simulation.happenings import happens, sold
from simulation.stripe_account import renewals
from simulation.stripe_account.account import EVERYTHING, FIRST_GUIDE, PAYMENTS
from simulation.stripe_account.renewals import subscription_of
from simulation.subscription_scenarios import PAYMENT_SCENARIOS, SUBSCRIPTION_SCENARIOS
from simulation.world import SimulatedWorld

Step = Callable[[], object]


def _issue(world: SimulatedWorld, *lines: Any, **who: Any) -> Step:
    world.post(world.completed(world.buy(*lines, **who)))
    return lambda: world.work("IssueQueue")


def _unmapped(world: SimulatedWorld) -> Step:
    completed = world.completed(world.buy("price_pro_lifetime", "price_new"))
    world.post(completed)
    world.work("IssueQueue")
    world.map_late("price_new")
    world.replay(completed["id"])
    return lambda: world.work("IssueQueue")


def _async(world: SimulatedWorld) -> Step:
    purchase = world.buy("price_pro_lifetime")
    world.post(world.completed(purchase, "unpaid"))
    world.work_off()
    world.post(world.async_succeeded(purchase))
    return lambda: world.work("IssueQueue")


def _second(world: SimulatedWorld) -> Step:
    sold(world)
    return _issue(world, "price_pro_lifetime")


def _refunded(world: SimulatedWorld) -> Step:
    world.post(world.refund(sold(world, "price_pro_lifetime")))
    return lambda: world.work("FreezeQueue")


def _renewal_refunded(world: SimulatedWorld) -> Step:
    purchase = sold(world)
    renewals.renewed(world.accounts["acme"], purchase)
    world.post(world.refund(purchase, charge=purchase.charges[-1]))
    return lambda: world.work("FreezeQueue")


def _refund_first(world: SimulatedWorld) -> Step:
    purchase = world.buy()
    completed = world.completed(purchase)
    world.post(world.refund(purchase))

    def step() -> None:
        world.work("FreezeQueue")
        world.calls.choose = no_fault
        world.post(completed)

    return step


def _parked(world: SimulatedWorld, ends: bool = True) -> Step:
    purchase = world.buy()
    completed = world.completed(purchase)
    world.post(world.refund(purchase), *([world.deleted(purchase)] if ends else []))
    world.work_off()
    world.post(completed)
    return lambda: world.work("IssueQueue")


def _pardoned(world: SimulatedWorld) -> Step:
    """Born frozen; the hold is lifted while the mail may still wait for its turn."""
    issue = _parked(world, ends=False)

    def step() -> None:
        issue()
        for license in world.licenses("acme", "cs_test_1"):
            world.decide("reactivate", license["id"])

    return step


def _asked(world: SimulatedWorld) -> Step:
    """A backend repeats its request until it is answered."""
    purchase = world.buy("price_pro_lifetime")

    def step() -> None:
        for _ in range(100):
            if world.issue(purchase):
                return
            world.clock.now += 5
        raise AssertionError("a backend repeated its request a hundred times")

    return step


def _dispute_won(world: SimulatedWorld) -> Step:
    purchase = sold(world, "price_pro_lifetime")
    world.post(happens(world, purchase, "disputed"))
    world.work_off()
    world.post(happens(world, purchase, "dispute won"))
    return lambda: world.work("FreezeQueue")


def _deleted(world: SimulatedWorld) -> Step:
    world.post(world.deleted_unpaid(sold(world)))
    return lambda: world.work("ExpireQueue")


def _swept(world: SimulatedWorld) -> Step:
    purchase = sold(world)
    world.post(world.deleted(purchase))
    world.work_off()
    world.clock.now = subscription_of(purchase).period_end + 1
    return world.sweep


def _posted(world: SimulatedWorld) -> Step:
    event = world.completed(world.buy())
    return lambda: world.post(event)


def _gave_up(world: SimulatedWorld) -> Step:
    world.post(world.completed(world.buy()))
    world.calls.choose = lambda call: "failing" if call.service == "stripe" else None
    world.work_off("IssueQueue")
    world.calls.choose = no_fault
    return lambda: world.work("IssueDeadLetterQueue")


def _person(world: SimulatedWorld, verb: str) -> Step:
    purchase = sold(world, "price_pro_lifetime")
    world.post(world.refund(purchase))
    world.work_off()
    [license] = world.licenses("acme", purchase.order)
    return lambda: world.decide(verb, license["id"])


FIRST_SCENARIOS: dict[str, Callable[[SimulatedWorld], Step]] = {  # told by the events of the first guide
    "a subscription's purchase": _issue,
    "a guest's purchase": lambda world: _issue(world, "price_pro_lifetime", customer=None),
    "a call of the vendor's backend": _asked,
    "a purchase without e-mail": lambda world: _issue(world, "price_bundle", email=None),
    "a purchase of sixty keys": lambda world: _issue(world, ("price_pro_lifetime", 60)),
    "a purchase mapped in part": lambda world: _issue(world, "price_pro_lifetime", "price_new"),
    "the replay once it is mapped": _unmapped,
    "a late payment": _async,
    "a customer's second purchase": _second,
    "a purchase after its refund and its end": _parked,
    "a purchase after its refund, which a person lifts": _pardoned,
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
SCENARIOS = {**FIRST_SCENARIOS, **PAYMENT_SCENARIOS, **SUBSCRIPTION_SCENARIOS}
HEARS = {**dict.fromkeys(FIRST_SCENARIOS, FIRST_GUIDE), **dict.fromkeys(PAYMENT_SCENARIOS, PAYMENTS)}


def begun(name: str) -> tuple[SimulatedWorld, Step]:
    """Let a scenario come up to its step."""
    world = SimulatedWorld(hears=HEARS.get(name, EVERYTHING))
    return world, SCENARIOS[name](world)
