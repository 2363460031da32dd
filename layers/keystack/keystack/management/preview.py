"""What a purchase would mint, without minting it."""

from collections.abc import Sequence
from dataclasses import dataclass

from keystack.domain.minting import settle_lines
from keystack.domain.modes import mode_of_session
from keystack.domain.orders import Order
from keystack.domain.plans import Line, Settled, Unsettled, settle
from keystack.errors import ActionNeededError, ConflictError
from keystack.storage import dynamodb, secrets
from keystack.storage.licenses.orders import load_order
from keystack.storage.mappings.mappings import line_keys, mappings_from
from keystack.storage.mappings.plans import load_plans
from keystack.stripe.errors import GoneError


@dataclass(frozen=True)
class Preview:
    """Each line with what it would earn, or why it waits. `minted` names the lines that have their licenses already.

    `reason` says why nothing at all would be minted, if so.
    """

    lines: list[Settled | Unsettled]
    minted: frozenset[str]
    reason: str


def preview_session(org: str, session: str, now: int) -> Preview:
    """Ask Stripe what is bought in a Checkout Session. Lines that are minted keep what they earned."""
    from keystack.stripe.client import stripe_api  # its library takes long to import: for this call only

    # Read afresh: who connects another key wants to see at once whether it works.
    api = stripe_api(secrets.stripe_key(org, mode_of_session(session).livemode, max_age=0))
    try:
        lines = api.line_items(session)
    except GoneError:
        raise ConflictError(
            f"Stripe has no Checkout Session {session}: is the stored key of its account, and the id whole?"
        ) from None
    stored = load_order(org, session)
    return _preview(stored.order if stored else _empty(org, session, now), lines, now)


def preview_lines(org: str, lines: Sequence[Line], now: int) -> Preview:
    return _preview(_empty(org, "", now), lines, now)


def _preview(order: Order, lines: Sequence[Line], now: int) -> Preview:
    items = dynamodb.get_items(line_keys(order.org, lines))
    found = mappings_from(items)
    codes = {grant.plan for mapping in found.values() for grant in mapping.grants}
    plans = load_plans(order.org, sorted(codes)) if codes else {}
    known = {settled.line.id: settled for settled in order.settled}
    results = [known.get(line.id) or settle(line, found, plans) for line in lines]
    reason = ""
    try:
        settle_lines(order, [result for result in results if isinstance(result, Settled)])
    except ActionNeededError as error:
        reason = str(error)
    return Preview(results, frozenset(known), reason)


def _empty(org: str, identity: str, now: int) -> Order:
    return Order(org, identity, livemode=False, created_at=now)
