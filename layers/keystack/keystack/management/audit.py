"""List the audit log, of everything, of an order or of one license; a bounded amount of work a page."""

from dataclasses import replace

from keystack.domain.licenses import ID_PREFIX
from keystack.storage.audit.entries import StoredEntry
from keystack.storage.audit.lists import Filter as AuditFilter
from keystack.storage.audit.lists import Period, list_entries, searched_until
from keystack.storage.licenses.licenses import find_license
from keystack.storage.pages import Page

__all__ = ["AuditFilter", "Period", "StoredEntry", "list_audit", "searched_until"]


def list_audit(
    org: str, period: Period, wanted: AuditFilter, limit: int, after: str | None = None
) -> Page[StoredEntry]:
    """List what happened, the newest first. With a filter a page may be short, also empty, and yet have a next one.

    A license may be the subject, too: its history is that of its order, without what was about the order's others.
    """
    if wanted.subject.startswith(ID_PREFIX):
        found = find_license(org, wanted.subject)
        if found is None:
            return Page([], None)
        wanted = replace(wanted, subject=found.order, license=wanted.subject)
    return list_entries(org, period, limit, after, wanted)
