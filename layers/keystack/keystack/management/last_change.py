"""Who changed a plan, a mapping or the settings last, and when: as the audit log has it."""

from keystack.storage.audit.lists import Filter, Period, list_entries
from keystack.storage.timestamps import from_iso

EVER = Period(0, 253_402_300_799)  # 9999-12-31


def last_change(org: str, subject: str) -> tuple[str, int] | None:
    """Name who changed `subject` last (`mapping:price_1`), and when, in Unix seconds; None if nobody did. One query."""
    entries = list_entries(org, EVER, 1, wanted=Filter(subject=subject)).items
    return (entries[0].source, from_iso(entries[0].at)) if entries else None
