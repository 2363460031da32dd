"""Prices as Stripe knows them, each with what it earns; or why they cannot be listed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keystack.domain.modes import Mode
from keystack.domain.plans import Line, Mapping
from keystack.errors import ActionNeededError, RetryLaterError
from keystack.storage import dynamodb, secrets
from keystack.storage.mappings.mappings import line_keys, list_mappings, mappings_from
from keystack.storage.pages import Page

if TYPE_CHECKING:
    from keystack.stripe.client import Price


@dataclass(frozen=True)
class PricedMapping:
    """A price with the mapping that applies to it: its own, or its product's; None if neither is there."""

    price: "Price"
    mapping: Mapping | None


@dataclass(frozen=True)
class PriceList:
    """`after`: the id after which the next ones begin. `problem`: why there is no list; then it is empty."""

    items: list[PricedMapping]
    after: str | None = None
    problem: str = ""


def list_prices(org: str, mode: Mode, after: str | None = None) -> PriceList:
    """Ask Stripe for active prices, a hundred at a time, and look up what each earns."""
    from keystack.stripe.client import quick_stripe_api  # its library takes long to import: for this call only

    try:
        api = quick_stripe_api(secrets.stripe_key(org, mode.livemode, max_age=0))
        prices, more = api.prices(after)
    except (ActionNeededError, RetryLaterError) as error:
        return PriceList([], problem=str(error))
    lines = [Line(price.id, price.id, price.product, 1) for price in prices]
    found = mappings_from(dynamodb.get_items(line_keys(org, lines)))
    items = [PricedMapping(price, found.get(price.id) or found.get(price.product or "")) for price in prices]
    return PriceList(items, prices[-1].id if more and prices else None)


def list_mapped(org: str, limit: int, after: str | None = None) -> Page[Mapping]:
    """List what is mapped, by id, without asking Stripe."""
    return list_mappings(org, limit, after)
