"""A history under way: a world, what is about to be told of it, and its story so far."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from simulation.calls import FAULTS, Call
from simulation.clock import START
from simulation.oracle import check
from simulation.stripe_account.account import Account
from simulation.stripe_account.objects import Json, Purchase
from simulation.world import ORGS, SimulatedWorld


@dataclass
class History:
    """A world, what is about to be told of it, and its story so far."""

    world: SimulatedWorld
    choose: random.Random
    fault_rate: float = 0.0
    missing_rights: dict[tuple[str, str], float] = field(default_factory=dict)  # (service, operation): until when
    pending: list[tuple[str, Json]] = field(default_factory=list)
    story: list[str] = field(default_factory=list)

    def tell(self, line: str) -> None:
        self.story.append(f"{self.world.clock.now - START:>9.2f} s  {line}")

    def strike(self, call: Call) -> str | None:
        """Choose what goes wrong with a call."""
        if self.missing_rights.get((call.service, call.operation), 0.0) > self.world.clock.now:
            self.tell(f"    {call.service} {call.operation} {call.subject}: refused")
            return "refused"
        if self.choose.random() >= self.fault_rate:
            return None
        fault = self.choose.choice(FAULTS[call.service])
        self.tell(f"    {call.service} {call.operation} {call.subject}: {fault}")
        return fault

    def finish(self) -> None:
        """Tell what is left to tell, let it settle, and check."""
        for org, event in self.pending:
            self.world.post(event, org=org)
        self.tell("the faults end; what failed is mended and replayed")
        self.world.settle()
        check(self.world)

    # ------------------------------------------------------------ choosing

    def account(self) -> Account:
        return self.world.accounts[self.choose.choice(ORGS)]

    def purchase(self, wanted: Callable[[Purchase], bool] = lambda _: True) -> Purchase | None:
        found = [each for org in ORGS for each in self.world.accounts[org].purchases if wanted(each)]
        return self.choose.choice(found) if found else None

    def happened(self, purchase: Purchase, *events: Json) -> str:
        """It happened at Stripe; the events come some time later, in any order."""
        self.pending += [(purchase.org, event) for event in events]
        self.choose.shuffle(self.pending)
        told = ", ".join(f"{event['id']} {event['type']}" for event in events)
        return f"{purchase.org} {purchase.order} ({told})"
