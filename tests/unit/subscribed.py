"""A shop whose orders follow their subscriptions: its plans and mappings, a purchase, and what is seen afterwards."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from keystack.domain.effects import Effect, EffectState
from keystack.domain.facts import FirstInvoice, OrderFact, Paid
from keystack.domain.grants import as_granted
from keystack.domain.licenses import License
from keystack.domain.minting import Known, Minting, Purchase, decide_minting
from keystack.domain.orders import Order
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Grant, Line, Plan
from keystack.domain.plans import Mapping as PlanMapping
from keystack.domain.recording import record_expiry
from keystack.domain.status import license_status, next_change
from keystack.domain.subscriptions import SubscriptionStatus

from unit.billing_facts import item, seen

PAID_AT, NOW = 1_000, 5_000
PLANS = {
    code: Plan(code, code.title(), kind, key_prefix=code.upper())
    for code, kind in (
        ("month", PlanKind.SUBSCRIPTION),
        ("year", PlanKind.SUBSCRIPTION),
        ("addon", PlanKind.SUBSCRIPTION),
        ("life", PlanKind.PERPETUAL),
    )
}
GRANTS: Mapping[str, tuple[Grant, ...]] = {
    "price_month": (Grant("month"),),
    "price_year": (Grant("year"),),
    "price_life": (Grant("life"),),
    "price_seats": (Grant("month", seats="quantity"),),
    "price_seats_year": (Grant("year", seats="quantity"),),
    "price_unit": (Grant("month", keys="per_unit"),),
    "price_unit_year": (Grant("year", keys="per_unit"),),
    "price_bundle": (Grant("month"), Grant("addon", keys=2)),
    "price_bundle_year": (Grant("year"), Grant("addon", keys=3)),
    "price_tiers": (
        Grant("month", keys="per_unit", max_quantity=3),
        Grant("year", keys="per_unit", min_quantity=4),
    ),
    "price_small": (Grant("month", max_quantity=3),),  # nothing is said of more
    "price_shirt": (),
}
MAPPINGS = {price: PlanMapping(price, grants) for price, grants in GRANTS.items()}
SESSION = Order(
    "acme", "cs_1", True, 900, "ada@example.com", stripe_customer="cus_1", subscription="sub_1", invoice="in_1"
)
STUB = Order("acme", "cs_1", True, 0)


def bought(price: str, quantity: int = 1, identity: str = "li_1", recurs: bool | None = True) -> Line:
    return Line(identity, price, None, quantity, recurs)


def first_invoice(*items: tuple[str, str]) -> FirstInvoice:
    """Which item each price was billed as."""
    return FirstInvoice("in_1", items, PAID_AT)


@dataclass(frozen=True)
class Shop:
    """What is stored of one order, and what the last event made of it."""

    known: Known = field(default_factory=lambda: Known(mappings=MAPPINGS, plans=PLANS))
    last: Minting | None = None

    @property
    def order(self) -> Order:
        assert self.known.order is not None
        return self.known.order

    @property
    def keys(self) -> list[str]:
        return [license.key for license in self.known.licenses]

    @property
    def actions(self) -> list[str]:
        """What the last event told the audit log."""
        return [str(entry.action) for entry in self.last.entries] if self.last else []

    @property
    def waiting(self) -> list[str]:
        """What the last event left for a person."""
        return [each.reason for each in self.last.unsettled] if self.last else []

    def sells(self, *lines: Line, parked: Iterable[OrderFact] = (), order: Order = SESSION, now: int = NOW) -> "Shop":
        """A checkout is paid."""
        paid = Paid(PAID_AT, SubscriptionStatus.ACTIVE)
        return self.decides(Purchase(order, (paid,), lines), {fact.id: fact for fact in parked}, now)

    def subscribed(self, *lines: Line) -> "Shop":
        """A checkout is paid, and its subscription is seen as it was bought: items si_1, si_2 … for what recurs."""
        recurring = [line for line in lines if line.recurs is not False]
        items = ((f"si_{place}", line.price or "", line.quantity) for place, line in enumerate(recurring, 1))
        return self.sells(*lines).has(PAID_AT + 1, *items)

    def sees(self, *facts: OrderFact, now: int = NOW) -> "Shop":
        """An event about the order's subscription brings facts."""
        return self.decides(Purchase(STUB, facts, is_on_record=True), now=now)

    def has(self, at: int, *items: tuple[str, str, int], now: int = NOW) -> "Shop":
        """The subscription is seen with these items: (id, price, quantity)."""
        return self.sees(seen("active", at, *(item(*each) for each in items)), now=now)

    def decides(self, purchase: Purchase, parked: Mapping[str, OrderFact] | None = None, now: int = NOW) -> "Shop":
        known = replace(self.known, parked=parked or {})
        minting = decide_minting(purchase, known, self._bits(), now)
        done = {name: Effect(EffectState.DONE, at=now) for name in minting.order.effects}
        written = [*self.known.licenses, *minting.licenses]
        order = replace(minting.order, minted=True, effects=done)
        ring = minting.key_ring(minting.licenses) or self.known.key_ring
        owners = dict.fromkeys(order.references, order.id)
        return Shop(replace(self.known, order=order, licenses=written, key_ring=ring, owners=owners), minting)

    def swept(self, now: int) -> tuple["Shop", list[str]]:
        """What the sweep tells that comes at this time: one call for each time that has passed."""
        order, found = self.order, list[str]()
        while (next_time := next_change(order)) is not None and next_time <= now:
            order, entries = record_expiry(order, self.known.licenses, now)
            found += [str(entry.action) for entry in entries]
        return Shop(replace(self.known, order=order), self.last), found

    def granted(self) -> list[License]:
        """The licenses as they are now, the oldest first."""
        return [as_granted(self.order, each) for each in self.known.licenses]

    def statuses(self, now: int = NOW) -> list[str]:
        return [str(license_status(self.order, each, now)) for each in self.known.licenses]

    def plans(self) -> list[str]:
        return [each.plan for each in self.granted()]

    def valid(self, now: int = NOW) -> list[tuple[str, int]]:
        """Plan and seats of each valid license."""
        licenses = zip(self.granted(), self.statuses(now), strict=True)
        return sorted((license.plan, license.seats) for license, status in licenses if status == "active")

    def _bits(self) -> Iterator[int]:
        return count(len(self.known.licenses) + 1)
