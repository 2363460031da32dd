"""Record in the audit log which orders have licenses that expired. Statuses follow the time, and wait for nothing."""

from collections.abc import Callable

from keystack.domain.plan_kinds import DAY
from keystack.domain.recording import record_expiry
from keystack.domain.status import next_change
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.licenses.licenses import load_licenses
from keystack.storage.licenses.orders import due_orders, load_order, update_facts

DAYS_BACK = 31  # a sweep that did not run for a month still finds what it missed
ENOUGH_TIME = 5_000  # milliseconds; what is left waits for the next sweep


def record_due(now: int, remaining_millis: Callable[[], int]) -> int:
    """Record every expiry up to `now` (Unix seconds); returns how many orders changed."""
    recorded = 0
    for days in range(DAYS_BACK, -1, -1):
        for org, order in due_orders(now - days * DAY, now):
            if remaining_millis() < ENOUGH_TIME:
                return recorded
            recorded += _record(org, order, now)
    return recorded


def _record(org: str, order: str, now: int) -> bool:
    stored = load_order(org, order)
    if stored is None:
        return False
    end = next_change(stored.order)
    if end is None or end > now:
        return False  # the index is behind
    changed, entries = record_expiry(stored.order, load_licenses(org, order), now)
    try:
        dynamodb.write(
            [
                update_facts(changed, stored.version),
                *put_entries(org, entries, "schedule"),
            ]
        )
    except ConditionFailedError:
        return False  # somebody wrote the order just now: the next sweep looks again
    return True
