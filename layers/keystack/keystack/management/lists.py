"""List an organization's licenses, a bounded amount of work a page."""

from keystack.domain.customers import customer_id
from keystack.domain.licenses import Status, license_status
from keystack.storage.dynamodb import Page
from keystack.storage.licenses import search
from keystack.storage.licenses.licenses import FoundLicense
from keystack.storage.licenses.search import Names

LOOKED_AT = 100  # licenses a page at most, when a filter leaves only some of them


def list_licenses(
    org: str, status: str | None, email: str, limit: int, after: str | None, now: int
) -> Page[FoundLicense]:
    """List licenses, the newest first; the frozen ones by the time of their hold.

    With a status a page may have fewer items than `limit`, also none, and go on all the same.
    """
    part = _named(org, status, email, LOOKED_AT if status else limit, after)
    known = search.load_named(org, part.names)
    items: list[FoundLicense] = []
    for named in part.names:
        found = known.get(named)
        if found and status in (None, license_status(found.order.facts, found.license, now)):
            items.append(found)
        if len(items) == limit and named is not part.names[-1]:
            return Page(items, named.after)
    return Page(items, part.after)


def _named(org: str, status: str | None, email: str, limit: int, after: str | None) -> Names:
    if email:
        customers = [customer_id(livemode, email, None, "") for livemode in (True, False)]
        return search.newest_of_customers(org, customers, limit, after)
    if status == Status.FROZEN:
        return search.held(org, limit, after)
    return search.newest(org, limit, after)
