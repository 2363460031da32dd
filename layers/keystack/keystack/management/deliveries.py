"""List and show deliveries, a bounded amount of work a page."""

from dataclasses import dataclass
from functools import partial

from keystack.domain.deliveries import DeliveryStatus, needs_attention
from keystack.errors import NotFoundError
from keystack.storage.deliveries import deliveries, lists
from keystack.storage.deliveries.found import FoundDelivery, found_from
from keystack.storage.pages import Page, Part, gather

__all__ = ["Counted", "Filter", "FoundDelivery", "count_failed", "list_deliveries", "show_delivery"]
LOOKED_AT = 200  # deliveries a page at most, when a filter leaves only some of them
DIRECT = ("evt_", "issue_")  # what the ids of events begin with: Stripe's and KeyStack's own


@dataclass(frozen=True)
class Filter:
    """Which deliveries to list; what is None or empty leaves none out.

    `type`: an event type or, with a dot at its end, what it begins with. Rejected requests are of no mode, so they are
    in the lists of both.
    """

    status: DeliveryStatus | None = None
    type: str = ""
    livemode: bool | None = None
    stripe_id: str = ""

    def fits(self, found: FoundDelivery) -> bool:
        kind = found.type or ""
        return (
            self.status in (None, found.status)
            and (kind.startswith(self.type) if self.type.endswith(".") else self.type in ("", kind))
            and (self.livemode is None or found.livemode in (None, self.livemode))
            and (not self.stripe_id or found.mentions(self.stripe_id))
        )

    @property
    def failing(self) -> bool:
        """Tell whether the index of what needs attention has all of them."""
        return self.status is not None and needs_attention(self.status)

    @property
    def leaves_few(self) -> bool:
        """Tell whether it may leave few of those that are read."""
        return bool(self.type or self.stripe_id) or (self.status is not None and not self.failing)


def list_deliveries(org: str, wanted: Filter, limit: int, after: str | None = None) -> Page[FoundDelivery]:
    """List deliveries, the newest first.

    With a filter a page may have fewer items than `limit`, also none, and go on all the same: it says until when it
    searched.
    """
    if wanted.stripe_id.startswith(DIRECT):
        item = deliveries.load(org, wanted.stripe_id)
        return Page([found for found in [found_from(item)] if wanted.fits(found)] if item else [], None)
    size = LOOKED_AT // 2 if wanted.leaves_few else max(limit, LOOKED_AT // 4)

    def read(mark: str | None) -> Part[FoundDelivery]:
        return lists.read_part(org, wanted.failing, size, mark or "~", newest_first=True).map(found_from)

    page = gather(limit, after, read, wanted.fits, max(1, LOOKED_AT // size))
    if page.after is None or len(page.items) == limit:
        return page
    return page._replace(searched_until=lists.time_of_mark(page.after))


def show_delivery(org: str, event: str) -> FoundDelivery:
    """Load a delivery. Raises NotFoundError."""
    item = deliveries.load(org, event)
    if item is None:
        raise NotFoundError(f"there is no delivery {event[:100]}: deliveries are kept for 90 days")
    return found_from(item)


@dataclass(frozen=True)
class Counted:
    """How many there are, at least; `more`: not all were looked at."""

    count: int
    more: bool


def count_failed(org: str, livemode: bool, since: int) -> Counted:
    """Count the failed deliveries that were received since then (Unix seconds), of LOOKED_AT failing ones at most."""
    read = partial(lists.read_part, org, True, LOOKED_AT, newest_first=False)
    wanted = Filter(DeliveryStatus.FAILED, livemode=livemode)
    part = read(lists.mark_of_time(since)).map(found_from)
    return Counted(sum(found is not None and wanted.fits(found) for _, found in part.entries), part.after is not None)
