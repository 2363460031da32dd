"""List an organization's licenses, a bounded amount of work a page."""

from dataclasses import dataclass

from keystack.domain.customers import customer_id
from keystack.domain.modes import Mode
from keystack.domain.status import Status, license_status
from keystack.storage.licenses import search
from keystack.storage.licenses.licenses import FoundLicense
from keystack.storage.licenses.search import Named
from keystack.storage.pages import Page, Part, gather

LOOKED_AT = 100  # licenses a page at most, each with its order, when a filter leaves only some of them
MODES = (True, False)


@dataclass(frozen=True)
class Filter:
    """Which licenses to list; what is None or empty leaves none out."""

    status: Status | None = None
    email: str = ""
    plan: str = ""
    livemode: bool | None = None

    def fits(self, found: FoundLicense, now: int) -> bool:
        return (
            self.livemode in (None, found.order.livemode)
            and self.plan in ("", found.license.plan)
            and self.status in (None, license_status(found.order, found.license, now))
        )

    @property
    def leaves_few(self) -> bool:
        """Tell whether it may leave few of those that are read."""
        return self.status is not None or bool(self.plan)

    @property
    def leaves_some_out(self) -> bool:
        return self.leaves_few or (self.livemode is not None and not self.email)


def list_licenses(org: str, wanted: Filter, limit: int, after: str | None, now: int) -> Page[FoundLicense]:
    """List licenses, the newest first; the frozen ones by the time of their hold.

    With a filter a page may have fewer items than `limit`, also none, and go on all the same: it says until when it
    searched. Of one that most licenses fit, it reads no more than it has to.
    """
    looked_at = _looked_at(wanted)
    size = looked_at if wanted.leaves_few else max(limit, looked_at // 4) if wanted.leaves_some_out else limit

    def read(mark: str | None) -> Part[FoundLicense]:
        return search.load_named(org, _named(org, wanted, size, mark))

    page = gather(limit, after, read, lambda found: wanted.fits(found, now), max(1, looked_at // size))
    if page.after is None or len(page.items) == limit:
        return page
    return page._replace(searched_until=search.time_of_mark(page.after))


def _looked_at(wanted: Filter) -> int:
    """Bound the work: by hold, orders are read twice, to name their licenses and with these. At least 2: a part begins
    with the hold that the one before it ended with."""
    return max(2, LOOKED_AT * 2 // 3) if wanted.status is Status.FROZEN and not wanted.email else LOOKED_AT


def _named(org: str, wanted: Filter, size: int, after: str | None) -> Part[Named]:
    if wanted.email:
        modes = MODES if wanted.livemode is None else (wanted.livemode,)
        customers = [customer_id(livemode, wanted.email, None, "") for livemode in modes]
        return search.newest_of_customers(org, customers, size, after)
    if wanted.status == Status.FROZEN:
        return search.with_open_holds(org, size, after)
    return search.newest(org, size, after)


def newest_mode(org: str) -> Mode | None:
    """Tell the mode of the newest license; None before the first."""
    found = list_licenses(org, Filter(), 1, None, 0).items
    return Mode.of(found[0].order.livemode) if found else None
