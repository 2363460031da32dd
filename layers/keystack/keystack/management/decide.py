"""Carry out what a person decides about a license, with its audit entry, in one transaction."""

from collections.abc import Callable

from keystack.domain.decisions import Decided
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.status import Status, license_status
from keystack.errors import NotFoundError, RetryLaterError
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.licenses.licenses import FoundLicense, find_license, load_licenses, update_license
from keystack.storage.licenses.orders import load_order, touch_order

ATTEMPTS = 6  # against other writers of the same license or order

Decision = Callable[[Order, License, str, str, int], Decided]


def decide(org: str, license: str, decision: Decision, by: str, reason: str, now: int) -> FoundLicense:
    """Apply `decision` (of domain.decisions) to a license; `by` is the API key's or the person's name.

    Raises NotFoundError, ConflictError when its state does not allow it, RetryLaterError when others keep writing.
    """
    for _ in range(ATTEMPTS):
        stored = find_license(org, license)
        stored_order = load_order(org, stored.order) if stored else None
        if stored is None or stored_order is None:
            raise NotFoundError(f"there is no license {license[:100]}")
        changed, entry = decision(stored_order.order, stored.license, by, reason, now)
        waits = _waits_for_a_person(stored_order.order, changed, now)
        actions = [
            update_license(org, stored, changed),
            touch_order(org, stored.order, stored_order.version, waits),
            *put_entries(org, [entry], by),
        ]
        try:
            dynamodb.write(actions)
        except ConditionFailedError:
            continue
        return FoundLicense(stored_order.order, changed)
    raise RetryLaterError("the license is being written by others")


def _waits_for_a_person(order: Order, changed: License, now: int) -> bool:
    """Tell whether a license of the order is frozen: a person has to decide about it."""
    others = [each for each in load_licenses(order.org, order.id) if each.id != changed.id]
    return any(license_status(order, each, now) is Status.FROZEN for each in [changed, *others])
