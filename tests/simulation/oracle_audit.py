"""I4: what the audit log tells of each fact, and the numbers of days."""

from collections import Counter
from datetime import datetime
from typing import Any

from simulation.stripe_account.objects import Purchase
from simulation.truth.licenses import Judge, lines
from simulation.witness import OBSERVED
from simulation.world import ORGS, POLICIES, SimulatedWorld

Entry = dict[str, Any]

TOLD = {  # fact → the audit log's words, and which of its details say that it is this fact
    "Paid": ({"order.created"}, {}),
    "AwaitingPayment": ({"order.pending"}, {}),
    "PaymentFailed": ({"order.payment_failed"}, {}),
    "Refunded": (
        {"license.frozen", "refund.partial", "refund.recorded"},
        {"charge": "charge", "amount_refunded": "amount"},
    ),
    "RefundFailed": ({"license.reactivated", "hold.lifted", "refund.failed"}, {"refund": "refund"}),
    "Disputed": (
        {"license.frozen", "license.reactivated", "hold.lifted", "dispute.won", "dispute.recorded"},
        {"dispute": "dispute", "charge": "charge"},
    ),
}
CHANGES = OBSERVED | {"Disputed"}  # told each time that something follows

COUNTED = {  # number of a day → the audit log's words that it counts
    "issued": {"order.created", "license.issued"},
    "frozen": {"license.frozen"},
    "expired": {"license.expired"},
}


def facts_are_told(world: SimulatedWorld, purchase: Purchase, order: Any) -> list[str]:
    """Say which facts of an order the log does not tell, or tells too often."""
    subject, found = f"{purchase.org}#{purchase.order}", []
    entries = [entry for entry in world.audit(purchase.org) if entry["subject"] == subject]
    reports = Counter((charge.id, report) for charge in purchase.charges for report in charge.reports)
    for fact in order["facts"].values():
        if fact["fact"] in OBSERVED:
            continue
        fitting = sum(_tells(entry, fact) for entry in entries)
        most = reports[fact["charge"], fact["amount"]] if fact["fact"] == "Refunded" else 1
        if not fitting or (fitting > most and fact["fact"] not in CHANGES):
            found.append(f"I4: {subject} has {fitting} entries for {fact['fact']}")
    return found + _ends_are_told(world, purchase, order, entries)


def entries_are_unique(world: SimulatedWorld) -> list[str]:
    ids = Counter(item["id"] for org in ORGS for item in world.audit(org))
    return [f"I4: audit entry {identity} is there {count} times" for identity, count in ids.items() if count > 1]


def numbers_are_right(world: SimulatedWorld) -> list[str]:
    """Say which numbers of days are not those of the entries up to the mark, each counted once."""
    found = []
    for org in ORGS:
        days = world.days(org)
        mark = max((item["mark"] for item in days), default="")
        first = min((item["sk"] for item in days), default="")
        entries = [item for item in world.audit(org) if first <= item["sk"] <= mark]
        for name, words in COUNTED.items():
            told = sum(item["detail"].get("licenses", 1) for item in entries if item["action"] in words)
            counted = sum(item[name] for item in days)
            if told != counted:
                found.append(f"I4: {org}: {counted} licenses are counted as {name}, and the audit log tells {told}")
    return found


def _tells(entry: Entry, fact: dict[str, Any]) -> bool:
    """Tell whether an entry is the one of a fact."""
    actions, details = TOLD[fact["fact"]]
    return (
        entry["action"] in actions
        and "license" not in entry["detail"]
        and all(entry["detail"].get(name) == fact[field] for name, field in details.items())
        and (fact["fact"] != "Refunded" or "amount_refunded" in entry["detail"])
    )


def _ends_are_told(world: SimulatedWorld, purchase: Purchase, order: Any, entries: list[Entry]) -> list[str]:
    """Say which ends of licenses have passed without a word, or were told twice."""
    subject = f"{purchase.org}#{purchase.order}"
    ends_told = [
        (entry["detail"]["expires_at"], entry["detail"].get("lines")) for entry in entries if _tells_end(entry)
    ]
    found = [f"I4: {subject} expired twice in the audit log"] if len(ends_told) != len(set(ends_told)) else []
    if purchase.subscription is None or not purchase.subscription.has_ended or order.get("request"):
        return found
    judge = Judge(purchase, POLICIES[purchase.org], world.clock.now)
    kept = [line for line in lines(purchase, issued=False) if line.item and not line.is_removed]
    ends = {end for line in kept for unit in line.units for end in judge.ends(line, unit.kind)}
    known = {end for end, _ in ends_told} | {
        entry["detail"]["expires_at"] for entry in entries if _tells_late_end(entry)
    }
    over = {end for end in ends if end is not None and end <= world.clock.now}
    return found + [f"I4: {subject} expired at {end} and the audit log does not tell it" for end in over - known]


def _tells_end(entry: Entry) -> bool:
    return entry["action"] in ("license.expired", "expiry.passed") and "expires_at" in entry["detail"]


def _tells_late_end(entry: Entry) -> bool:
    """Tell whether an entry says of a subscription that it has ended at a time that was over already."""
    end = entry["detail"].get("expires_at")
    if entry["action"] not in ("subscription.deleted", "license.frozen") or end is None:
        return False
    return datetime.fromisoformat(entry["at"]).timestamp() >= float(end)
