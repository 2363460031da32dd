"""Export licenses and audit entries as CSV. Keys are masked: a file is passed on more easily than a page."""

import json
from collections.abc import Callable, Sequence

from keystack.domain.explanations import explain, to_plain
from keystack.domain.keys import mask
from keystack.domain.modes import Mode
from keystack.domain.status import expires_at
from keystack.management.csv_files import Cell, CsvFile, write_csv
from keystack.management.lists import Filter, list_licenses
from keystack.storage.audit.entries import StoredEntry
from keystack.storage.licenses.licenses import FoundLicense
from keystack.storage.pages import Page
from keystack.storage.timestamps import to_iso

LICENSE_HEADER = (
    "License",
    "Key (masked)",
    "Mode",
    "Status",
    "Why",
    "Plan",
    "Seats",
    "E-mail",
    "Name",
    "Bought (UTC)",
    "Expires (UTC)",
    "Order",
    "Stripe customer",
)
AUDIT_HEADER = ("Time (UTC)", "Action", "Subject", "License", "Through", "By", "Reason", "Detail (JSON)")


def export_licenses(
    org: str, wanted: Filter, after: str | None, now: int, remaining_millis: Callable[[], int]
) -> CsvFile:
    """Write the licenses that a list with this filter shows, in its order; a mark of that list says where to begin."""
    return write_csv(
        LICENSE_HEADER,
        lambda limit, mark: list_licenses(org, wanted, limit, mark, now),
        lambda found: _license_row(found, now),
        after,
        remaining_millis,
    )


def export_entries(
    read: Callable[[int, str | None], Page[StoredEntry]], after: str | None, remaining_millis: Callable[[], int]
) -> CsvFile:
    """Write audit entries; `read` is a list of them, as in storage/audit/lists.py."""
    return write_csv(AUDIT_HEADER, read, _entry_row, after, remaining_millis)


def _license_row(found: FoundLicense, now: int) -> Sequence[Cell]:
    order, license = found.order, found.license
    explanation, end = explain(order, license, now), expires_at(order, license)
    return (
        license.id,
        mask(license.key),
        Mode.of(order.livemode),
        explanation.status,
        " ".join(map(to_plain, (*explanation.why, explanation.next))),
        license.plan,
        license.seats,
        order.email,
        order.name,
        _time(to_iso(license.created_at)),
        "" if end is None else _time(to_iso(end)),
        order.id,
        order.stripe_customer,
    )


def _entry_row(entry: StoredEntry) -> Sequence[Cell]:
    detail = dict(entry.detail)
    own = [detail.pop(name, None) for name in ("license", "by", "reason")]
    return (
        _time(entry.at),
        entry.action,
        entry.subject,
        own[0],
        entry.source,
        *own[1:],
        json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str) if detail else "",
    )


def _time(iso: str) -> str:
    """Write a time as spreadsheets read it: `2026-01-31 12:00:00`."""
    return iso[:19].replace("T", " ")
