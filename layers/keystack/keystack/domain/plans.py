"""Plans, grants and mappings: what a paid line item earns. Values are checked when they are made."""

import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from typing import Any

from keystack.domain.causes import Cause, CauseKind
from keystack.domain.keys import PREFIX
from keystack.domain.plan_kinds import PlanKind, has_duration
from keystack.errors import InvalidInputError, sentence

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
MAX_LICENSES = 1_000  # of one order
MAX_SEATS = 1_000_000
MAX_DAYS = 36_500  # a hundred years
MAX_ENTITLEMENTS = 4_000  # characters of a plan's entitlements as JSON
MAX_GRANTS = 20  # of one mapping
ISSUED_LINE = "issue"  # the line of an order that the API issued; Stripe's line items are li_…


@dataclass(frozen=True)
class Plan:
    """What a license grants. `duration_days` belongs to the kinds that have one; `entitlements` is free JSON, small."""

    code: str
    name: str
    kind: PlanKind = PlanKind.PERPETUAL
    duration_days: int | None = None
    seats: int = 1
    key_prefix: str = "KEY"
    entitlements: MappingType[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        what = f"plan {self.code!r}"
        _require(CODE.fullmatch(self.code), f"{what}: a code is 1 to 40 of a-z, 0-9, _ and -")
        _require(0 < len(self.name) <= 100, f"{what}: name must have 1 to 100 characters")
        _require(self.kind in set(PlanKind), f"{what}: kind must be one of {', '.join(PlanKind)}, not {self.kind!r}")
        object.__setattr__(self, "kind", PlanKind(self.kind))  # also when a plain string was given
        if has_duration(self.kind):
            _require(
                _whole(self.duration_days, 1, MAX_DAYS),
                f"{what}: kind {self.kind} needs duration_days from 1 to {MAX_DAYS}",
            )
        else:
            lasting = " or ".join(kind for kind in PlanKind if has_duration(kind))
            _require(self.duration_days is None, f"{what}: duration_days belongs to kind {lasting} only")
        _require(_whole(self.seats, 1, MAX_SEATS), f"{what}: seats must be a whole number from 1 to {MAX_SEATS}")
        _require(PREFIX.fullmatch(self.key_prefix), f"{what}: key_prefix is 1 to 12 of A-Z and 0-9")


@dataclass(frozen=True)
class Grant:
    """`keys`: per_line, per_unit or a number; `seats`: plan, quantity or a number; the quantities say when it holds."""

    plan: str
    keys: str | int = "per_line"
    seats: str | int = "plan"
    min_quantity: int | None = None
    max_quantity: int | None = None

    def __post_init__(self) -> None:
        what = f"grant of plan {self.plan!r}"
        _require(CODE.fullmatch(self.plan), f"{what}: plan must be a plan's code")
        _require(
            self.keys in ("per_line", "per_unit") or _whole(self.keys, 1, MAX_LICENSES),
            f"{what}: keys must be per_line, per_unit or a number from 1 to {MAX_LICENSES}",
        )
        _require(
            self.seats in ("plan", "quantity") or _whole(self.seats, 1, MAX_SEATS),
            f"{what}: seats must be plan, quantity or a number from 1 to {MAX_SEATS}",
        )
        for name, bound in (("min_quantity", self.min_quantity), ("max_quantity", self.max_quantity)):
            _require(bound is None or _whole(bound, 1, MAX_SEATS), f"{what}: {name} must be a number from 1 up")
        if self.min_quantity is not None and self.max_quantity is not None:
            _require(self.min_quantity <= self.max_quantity, f"{what}: min_quantity is above max_quantity")

    def holds_for(self, quantity: int) -> bool:
        return (self.min_quantity or 0) <= quantity and (self.max_quantity is None or quantity <= self.max_quantity)


@dataclass(frozen=True)
class Mapping:
    """A Stripe price or product → its grants. No grants: on purpose not licensed."""

    target: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class Line:
    """A line item as it was bought. `price` and `product` are Stripe ids, None where Stripe gives none.

    `recurs`: whether its price does, so that a subscription pays for it; None: it was not asked. `is_ad_hoc`: whether
    nothing more is sold with its price, which `price_data` made for this one sale; None: it was not asked.
    """

    id: str
    price: str | None
    product: str | None
    quantity: int
    recurs: bool | None = None
    is_ad_hoc: bool | None = field(default=None, compare=False)  # it may be archived any day, and the line is the same


@dataclass(frozen=True)
class Award:
    """`count` licenses of one plan, each with `seats`; settled when the line was, whatever the mapping says later.

    `grant` is the grant's place in the mapping: what a subscription's item earns later follows it by its place.
    """

    plan: str
    kind: PlanKind
    duration_days: int | None
    key_prefix: str
    seats: int
    count: int
    grant: int = 0


@dataclass(frozen=True)
class Current:
    """What a subscription's item is now, and what it earns since then: one award for each grant of its mapping.

    `removed_at`: when it was found to be no part of the subscription any more (Unix seconds).
    """

    price: str
    quantity: int
    awards: tuple[Award, ...]
    since: int
    removed_at: int | None = None


@dataclass(frozen=True)
class Settled:
    """A line and what it earned: the licenses that it has, decided once. Units are counted through the awards.

    `item` is the subscription item (`si_…`) that the line is billed as, once that is known; `current` is what it earns
    now, if the item was changed: the licenses keep their keys.
    """

    line: Line
    awards: tuple[Award, ...]
    item: str | None = None
    current: Current | None = None

    @property
    def license_count(self) -> int:
        return sum(award.count for award in self.awards)

    @property
    def recurs(self) -> bool:
        """Tell whether a subscription pays for it. Of older orders only the plan's kind tells."""
        if self.line.recurs is None:
            return any(award.kind is PlanKind.SUBSCRIPTION for award in self.awards)
        return self.line.recurs


@dataclass(frozen=True)
class Unsettled:
    """A line that nothing can be minted for yet: what is missing, the remedy if there is one, and its cause's code."""

    line: Line
    what: str
    remedy: str = ""
    cause: str = ""

    @property
    def reason(self) -> str:
        return sentence(self.what, self.remedy)


def settle(line: Line, mappings: MappingType[str, Mapping], plans: MappingType[str, Plan]) -> Settled | Unsettled:
    """Decide what `line` earns: by the mapping of its price or, failing that, of its product."""
    mapping = mappings.get(line.price or "") or mappings.get(line.product or "")
    if mapping is None:
        return _unmapped(line)
    if not mapping.grants or line.quantity == 0:  # not licensed, on purpose; or nothing was bought
        return Settled(line, ())
    grants = [grant for grant in mapping.grants if grant.holds_for(line.quantity)]
    if not grants:
        what = f"the mapping of {mapping.target} has no grant for a quantity of {line.quantity}"
        return Unsettled(line, what, "add one", str(Cause(CauseKind.QUANTITY_NOT_GRANTED, mapping.target)))
    missing = [grant.plan for grant in grants if grant.plan not in plans]
    if missing:
        what = f"the mapping of {mapping.target} names plan {missing[0]}, which does not exist"
        return Unsettled(line, what, "create it", str(Cause(CauseKind.PLAN_MISSING, missing[0])))
    awards = (_award(grant, plans[grant.plan], line.quantity, place) for place, grant in enumerate(grants))
    return Settled(line, tuple(awards))


def settle_issued(plan: Plan, quantity: int, seats: int | None) -> Settled:
    """Say what a call of the API earns: `quantity` licenses of one plan; `seats` None: the plan's."""
    award = Award(plan.code, plan.kind, plan.duration_days, plan.key_prefix, seats or plan.seats, quantity)
    return Settled(Line(ISSUED_LINE, None, None, quantity), (award,))


def _award(grant: Grant, plan: Plan, quantity: int, place: int) -> Award:
    count = {"per_line": 1, "per_unit": quantity}[grant.keys] if isinstance(grant.keys, str) else grant.keys
    seats = {"plan": plan.seats, "quantity": quantity}[grant.seats] if isinstance(grant.seats, str) else grant.seats
    return Award(plan.code, plan.kind, plan.duration_days, plan.key_prefix, seats, count, place)


def _unmapped(line: Line) -> Unsettled:
    if line.price is not None:
        return _unmapped_price(line, line.price)
    if line.product is not None:
        cause = str(Cause(CauseKind.PRODUCT_UNMAPPED, line.product))
        return Unsettled(line, f"product {line.product} is not mapped to a plan", "map it", cause)
    return Unsettled(
        line,
        f"line item {line.id} has neither price nor product, so no mapping can apply: issue its license by hand",
    )


def _unmapped_price(line: Line, price: str) -> Unsettled:
    """Say what to map: never a price alone that sells no second time, for each sale has another one."""
    what, cause = f"price {price} is not mapped to a plan", str(Cause(CauseKind.PRICE_UNMAPPED, price))
    if line.is_ad_hoc is False:
        return Unsettled(line, what, "map it", cause)
    if line.is_ad_hoc is None or line.product is None:
        once = (
            "one that price_data made never sells again: use price_data with an existing product, and map that product"
        )
        return Unsettled(line, what, f"map it ({once})", cause)
    what = f"{what}, and never sells again, as price_data made it (or it is archived)"
    remedy = f"map its product {line.product}, and use price_data with an existing product for later sales"
    return Unsettled(line, what, remedy, str(Cause(CauseKind.PRODUCT_UNMAPPED, line.product)))


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _require(condition: object, message: str) -> None:
    if not condition:
        raise InvalidInputError(message)
