"""Send an order's e-mail once more, because a person or the vendor's backend asks for it."""

from dataclasses import replace
from uuid import uuid4

from keystack.domain.audit import Action, order_entry
from keystack.domain.decisions import refuse_resending
from keystack.domain.effects import EMAIL, Effect
from keystack.errors import NotFoundError, RetryLaterError
from keystack.fulfillment.mint import taken
from keystack.queues.order_issued import send_order_issued
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.licenses.leases import put_effects
from keystack.storage.licenses.licenses import FoundLicense, StoredLicense, find_license
from keystack.storage.licenses.orders import StoredOrder, load_order

ATTEMPTS = 6  # against other writers of the same order


def resend(org: str, license: str, by: str, reason: str, now: int) -> FoundLicense:
    """Mark the e-mail of a license's order as not sent yet, audited, and hand it over to the issuer.

    Raises NotFoundError, ConflictError when it would not be sent, RetryLaterError when it is being sent just now or
    the queue does not answer.
    """
    for _ in range(ATTEMPTS):
        found, stored_order = _load(org, license)
        refuse_resending(stored_order.order, found.license, now)
        if stored_order.lease.until > now:
            raise taken(stored_order.lease, now)
        order = replace(stored_order.order, effects={**stored_order.order.effects, EMAIL: Effect()})
        unique, detail = uuid4().hex, {"license": license, "by": by, "reason": reason}
        entry = order_entry(order, unique, Action.EMAIL_REQUESTED, detail)
        try:
            dynamodb.write([put_effects(order, stored_order.version), *put_entries(org, [entry], by)])
        except ConditionFailedError:
            continue
        send_order_issued(order, f"issue_{order.id}_{unique[:12]}", now)
        return FoundLicense(order, found.license)
    raise RetryLaterError("the order is being written by others")


def _load(org: str, license: str) -> tuple[StoredLicense, StoredOrder]:
    found = find_license(org, license)
    stored_order = load_order(org, found.order) if found else None
    if found is None or stored_order is None:
        raise NotFoundError(f"there is no license {license[:100]}")
    return found, stored_order
