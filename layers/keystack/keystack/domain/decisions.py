"""What a person decides about one license: freeze it, reactivate it, revoke it. Pure: who, why and when are arguments.

A decision adds facts to the license, which its order's facts join. What the state does not allow is a ConflictError.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from keystack.domain.audit import Action, AuditEntry, decision_entry
from keystack.domain.facts import Held, HoldLifted, LicenseFact, Revoked, with_facts
from keystack.domain.holds import HoldKind
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.status import Status, license_holds, license_status
from keystack.errors import ConflictError

Decided = tuple[License, AuditEntry]


def freeze(order: Order, license: License, by: str, reason: str, now: int) -> Decided:
    """Open a hold of a person's; the license may be frozen by a refund or a dispute already."""
    _refuse_revoked(order, license, "freeze", now)
    open_one = next((hold for hold in license_holds(order, license) if hold.kind is HoldKind.PERSON), None)
    if open_one:
        raise ConflictError(f"cannot freeze license {license.id}: it is frozen already ({open_one.reason})")
    hold = f"person:{sum(isinstance(fact, Held) for fact in license.facts.values()) + 1}"
    detail = {"hold": hold, "by": by, "reason": reason}
    return _decide(order, license, [Held(hold, by, reason, now)], Action.HOLD_OPENED, detail, now)


def reactivate(order: Order, license: License, by: str, reason: str, now: int) -> Decided:
    """Lift every open hold, the order's too, and one that begins later: for this license, and whatever is replayed."""
    _refuse_revoked(order, license, "reactivate", now)
    holds = license_holds(order, license)
    if not any(hold.has_begun(now) for hold in holds):
        status = license_status(order, license, now)
        why = ": what it paid for has ended" if status is Status.EXPIRED else ": there is nothing to lift"
        raise ConflictError(f"cannot reactivate license {license.id}: it is {status} and not frozen{why}")
    detail = {"holds": [hold.id for hold in holds], "by": by, "reason": reason}
    lifted = [HoldLifted(hold.id, by, now) for hold in holds]
    return _decide(order, license, lifted, Action.HOLD_LIFTED, detail, now)


def revoke(order: Order, license: License, by: str, reason: str, now: int) -> Decided:
    """End it for good."""
    _refuse_revoked(order, license, "revoke", now)
    detail = {"by": by, "reason": reason}
    return _decide(order, license, [Revoked(by, reason, now)], Action.LICENSE_REVOKED, detail, now)


def refuse_resending(order: Order, license: License, now: int) -> None:
    """Raise ConflictError when the e-mail with this license would not be sent."""
    status = license_status(order, license, now)
    if status is not Status.ACTIVE:
        raise ConflictError(f"cannot send license {license.id}: it is {status}, and only an active one is sent")
    if not order.email:
        raise ConflictError(f"order {order.id} has no e-mail address: hand the key over another way")


def _refuse_revoked(order: Order, license: License, verb: str, now: int) -> None:
    if license_status(order, license, now) is Status.REVOKED:
        raise ConflictError(f"cannot {verb} license {license.id}: it is revoked, which is final. Issue a new one")


def _decide(
    order: Order,
    license: License,
    facts: Iterable[LicenseFact],
    otherwise: Action,
    detail: Mapping[str, Any],
    now: int,
) -> Decided:
    """Add the facts; the entry's id follows from what the license then knows, so that it exists once."""
    changed = replace(license, facts=with_facts(license.facts, facts))
    return changed, decision_entry(order, license, changed, otherwise, detail, now)
