"""What plan rules that are not stored yet would mint, for carts made up and for the last real ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from keystack.domain.modes import Mode, mode_of_session
from keystack.domain.orders import Order
from keystack.domain.plans import Award, Line, Mapping, Settled, Unsettled, settle
from keystack.errors import ConflictError
from keystack.management.lists import Filter, list_licenses
from keystack.storage import dynamodb, secrets
from keystack.storage.mappings.mappings import line_keys, mappings_from
from keystack.storage.mappings.plans import load_plans
from keystack.stripe.errors import GoneError

LOOKED_AT = 60  # of the newest licenses, whose orders are the last carts


@dataclass(frozen=True)
class TriedLine:
    """A line: what it earned when it was bought (None: it was not), and what it would earn now, or why it waits."""

    line: Line
    then: Sequence[Award] | None
    now: Settled | Unsettled

    @property
    def differs(self) -> bool:
        return self.then is not None and (isinstance(self.now, Unsettled) or tuple(self.then) != self.now.awards)


@dataclass(frozen=True)
class TriedCart:
    """A real purchase with its lines."""

    order: Order
    lines: Sequence[TriedLine]


def try_lines(org: str, lines: Sequence[Line], mapping: Mapping | None) -> list[TriedLine]:
    """Say what lines would earn, with `mapping` in place of the stored one of its target."""
    results = _settle(org, lines, mapping)
    return [TriedLine(line, None, result) for line, result in zip(lines, results, strict=True)]


def try_session(org: str, session: str, mapping: Mapping | None) -> list[TriedLine]:
    """Say it of what is bought in a Checkout Session, which Stripe is asked for.

    Raises ConflictError when Stripe has no such session, ActionNeededError and RetryLaterError.
    """
    from keystack.stripe.client import quick_stripe_api  # its library takes long to import: for this call only

    key = secrets.stripe_key(org, mode_of_session(session).livemode, max_age=0)
    try:
        lines = quick_stripe_api(key).line_items(session)
    except GoneError:
        raise ConflictError(
            f"Stripe has no Checkout Session {session[:100]}: is the id whole, and of this account?"
        ) from None
    return try_lines(org, lines, mapping)


def try_last_carts(org: str, mode: Mode, mapping: Mapping, count: int, now: int) -> list[TriedCart]:
    """Say it of the last carts in which the mapping's price or product was bought, up to `count`."""
    found = list_licenses(org, Filter(livemode=mode.livemode), LOOKED_AT, None, now)
    orders = {each.order.id: each.order for each in found.items}
    carts = [order for order in orders.values() if any(_concerns(mapping, each.line) for each in order.settled)][:count]
    settled = [each for order in carts for each in order.settled]
    results = dict(zip(map(id, settled), _settle(org, [each.line for each in settled], mapping), strict=True))
    return [
        TriedCart(order, [TriedLine(each.line, each.awards, results[id(each)]) for each in order.settled])
        for order in carts
    ]


def _concerns(mapping: Mapping, line: Line) -> bool:
    return mapping.target in (line.price, line.product)


def _settle(org: str, lines: Sequence[Line], mapping: Mapping | None) -> list[Settled | Unsettled]:
    found = mappings_from(dynamodb.get_items(line_keys(org, lines)))
    if mapping:
        found[mapping.target] = mapping
    codes = {grant.plan for each in found.values() for grant in each.grants}
    plans = load_plans(org, sorted(codes)) if codes else {}
    return [settle(line, found, plans) for line in lines]
