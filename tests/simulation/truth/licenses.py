"""Which licenses there are, what each grants, its status and its end."""

from dataclasses import dataclass
from itertools import chain, zip_longest

from simulation.prices import DAY, DAYS, PRICES, RECURRING, Unit, units
from simulation.stripe_account.objects import Item, Purchase
from simulation.truth import money, subscriptions
from simulation.truth.people import Decided, Policy

ISSUED = "issue"  # the line of what the API issued
INVALID = frozenset({"frozen", "expired"})


@dataclass(frozen=True)
class Line:
    """What was bought as one, with what its licenses must grant: `units`, the first unit first.

    `most`: how many licenses there may be, for more were wanted on the way; `bought`: how many of `units` there were
    from the beginning. `item`: what recurs of it. `in_order`: whether its licenses have the order of `units`; where a
    price grants several plans, that depends on what there was before.
    """

    id: str
    units: tuple[Unit, ...]
    bought: int
    most: int
    recurs: bool = False
    item: Item | None = None
    in_order: bool = True

    @property
    def is_removed(self) -> bool:
        return self.item is not None and self.item.removed_at is not None


def lines(purchase: Purchase, issued: bool) -> list[Line]:
    """Name everything that has licenses: what the webhook brought, or what the API `issued`; never both."""
    if issued:
        return [Line(ISSUED, (Unit("lifetime", 1),) * purchase.asked, purchase.asked, purchase.asked)]
    if purchase.paid_at is None:
        return []
    items = purchase.subscription.all_items if purchase.subscription else []
    once = [
        Line(line, tuple(granted := list(chain(*units(*bought)))), len(granted), len(granted))
        for bought, line in zip(purchase.lines, purchase.line_ids, strict=True)
        if bought[0] not in RECURRING
    ]
    return once + [_of_item(item) for item in items]


def _of_item(item: Item) -> Line:
    granted = [units(*was) for was in item.was]
    now = list(chain(*granted[-1]))
    most = sum(max(len(each or ()) for each in grant) for grant in zip_longest(*granted))
    bought = min(len(list(chain(*granted[0]))), len(now)) if item.line else 0
    in_order = all(len(PRICES[price].grants) == 1 for price, _ in item.was)
    return Line(item.line or item.id, tuple(now), bought, most, recurs=True, item=item, in_order=in_order)


@dataclass(frozen=True)
class Judge:
    """Judges the licenses of a purchase at a moment."""

    purchase: Purchase
    policy: Policy
    now: float

    def statuses(self, line: Line, number: int, decided: Decided) -> frozenset[str]:
        """Name what the license of a unit may be: one status, but for what only must not be valid."""
        if decided.revoked:
            return frozenset({"revoked"})
        if line.is_removed:
            return INVALID
        if self._is_surplus(line, number, decided) or decided.held - decided.lifted or self._is_held(line, decided):
            return frozenset({"frozen"})
        kinds = {unit.kind for unit in line.units[number - 1 : number]}
        ends = [end for kind in kinds for end in self.ends(line, kind)]
        is_over = {end is not None and end <= self.now for end in ends} or {False}
        return frozenset("expired" if over else "active" for over in is_over)

    def needed(self, line: Line) -> int:
        """Say how many licenses must be there: those of the beginning; beyond them, those that are valid."""
        if line.is_removed:
            return 0
        valid = [
            number for number in range(1, len(line.units) + 1) if "active" in self.statuses(line, number, Decided())
        ]
        return max([line.bought, *valid])

    def ends(self, line: Line, kind: str) -> frozenset[int | None]:
        """Say when a license ends. A fixed time counts from the payment, or from when it was told to be on its way."""
        match kind:
            case "fixed":
                since = {self.purchase.paid_at or 0, *self.purchase.waiting_since}
                return frozenset(moment + DAYS["year"] * DAY for moment in since)
            case "subscription":
                return frozenset({subscriptions.ends_at(self.purchase, line.item)})
            case _:
                return frozenset({None})

    def _is_surplus(self, line: Line, number: int, decided: Decided) -> bool:
        """Tell whether it is one of more than are paid for. A hold for that is named by the quantity that it allows."""
        if number <= len(line.units):
            return False
        allowed = line.item.quantity if line.item else len(line.units)
        return f"quantity:{allowed}" not in decided.lifted

    def _is_held(self, line: Line, decided: Decided) -> bool:
        if money.holds(self.purchase, line.recurs, decided, self.policy):
            return True
        return line.recurs and subscriptions.holds(self.purchase, decided, self.policy, self.now)
