"""List an organization's licenses, a bounded amount of work a page."""

from keystack.domain.customers import customer_id
from keystack.domain.licenses import Status, license_status
from keystack.domain.modes import Mode
from keystack.storage.licenses import search
from keystack.storage.licenses.licenses import FoundLicense
from keystack.storage.licenses.search import Named
from keystack.storage.pages import Page, Part, gather

LOOKED_AT = 100  # licenses a page at most, when a filter leaves only some of them


def list_licenses(
    org: str, status: Status | None, email: str, limit: int, after: str | None, now: int
) -> Page[FoundLicense]:
    """List licenses, the newest first; the frozen ones by the time of their hold.

    With a status a page may have fewer items than `limit`, also none, and go on all the same.
    """
    size = LOOKED_AT if status else limit

    def read(mark: str | None) -> Part[FoundLicense]:
        return search.load_named(org, _named(org, status, email, size, mark))

    def fits(found: FoundLicense) -> bool:
        return status in (None, license_status(found.order.facts, found.license, now))

    return gather(limit, after, read, fits)


def _named(org: str, status: Status | None, email: str, size: int, after: str | None) -> Part[Named]:
    if email:
        customers = [customer_id(livemode, email, None, "") for livemode in (True, False)]
        return search.newest_of_customers(org, customers, size, after)
    if status == Status.FROZEN:
        return search.with_open_holds(org, size, after)
    return search.newest(org, size, after)


def newest_mode(org: str) -> Mode | None:
    """Tell the mode of the newest license; None before the first."""
    [found] = list_licenses(org, None, "", 1, None, 0).items or [None]
    return Mode.of(found.order.livemode) if found else None
