"""Who changed a part of the configuration last, and when: as the audit log has it."""

from typing import NamedTuple

from keystack.storage.audit.lists import Filter, Period, list_entries


class LastChange(NamedTuple):
    """`at`: ISO 8601. `by`: the name of a key or a person."""

    by: str
    at: str


def last_change(org: str, subject: str, now: int) -> LastChange | None:
    """Find the newest entry about `plan:pro`, `settings:stripe-key` and the like; None if there is none. One query."""
    found = list_entries(org, Period(0, now + 60), 1, None, Filter(subject=subject)).items
    return LastChange(found[0].source, found[0].at) if found else None
