"""Sees each write, each mail and each call the moment it happens, and notes what must never happen."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulation.outside import Mail
from simulation.tables import Change
from simulation.told import status_told

if TYPE_CHECKING:
    from simulation.world import SimulatedWorld


@dataclass
class _Invocation:
    name: str
    faults: int = 0
    sent: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # mails by order, outcome not recorded yet


@dataclass
class Mailed:
    """What is known of one order's mails. `unknown`: sent, and the outcome was lost."""

    sent: int = 0
    recorded: int = 0
    unknown: int = 0
    asked_again: int = 0  # licenses were added later


class Witness:
    def __init__(self, world: "SimulatedWorld") -> None:
        self._world = world
        self._mine = threading.local()
        self.violations: list[str] = []
        self.born: dict[str, bool] = {}  # order's pk → whether a license was active when it was minted
        self.mails: dict[str, Mailed] = defaultdict(Mailed)
        self.active_at_birth: dict[str, str] = {}  # key of a license that was active when it was made → order's pk
        self.mailed_keys: set[str] = set()

    def violated(self, what: str) -> None:
        self.violations.append(what)

    def failed(self, name: str, error: Exception) -> None:
        """A handler gave up an invocation: only the schedule may, and only when something is wrong outside."""
        if name != "expirer" or not self._mine.invocation.faults:
            self.violated(f"{name} raised {type(error).__name__}: {error}")

    # --------------------------------------------------------- invocations

    def invocation_begins(self, name: str) -> None:
        self._mine.invocation = _Invocation(name)

    def invocation_ends(self) -> None:
        invocation: _Invocation = self._mine.invocation
        for order, count in invocation.sent.items():
            self.mails[order].unknown += count
            if count and not invocation.faults:
                self.violated(f"I6: a mail of {order} was sent and, with no fault, not recorded")

    def fault(self) -> None:
        invocation = getattr(self._mine, "invocation", None)
        if invocation:
            invocation.faults += 1

    # --------------------------------------------------------------- mails

    def mailed(self, mail: Mail) -> None:
        orders = {
            item["pk"]["S"]
            for (table, _, sk), item in self._world.tables.items.items()
            if table == "LicensesTable" and sk.startswith("LICENSE#") and item["key"]["S"] in mail.keys
        }
        if len(orders) != 1:
            self.violated(f"I6, I8: a mail with keys of {len(orders)} orders")
        self.mailed_keys |= mail.keys
        for order in orders:
            self.mails[order].sent += 1
            self._mine.invocation.sent[order] += 1
            if not self.born.get(order):
                self.violated(f"I6: a mail for {order}, which was born frozen or expired")

    # -------------------------------------------------------------- writes

    def wrote(self, changes: list[Change]) -> None:
        orgs = {org for change in changes if (org := change.key[1].split("#")[0])}
        if len(orgs) > 1 or not orgs <= {"acme", "zeta"}:
            self.violated(f"I8: one transaction over {sorted(orgs)}")
        plain = self._world.tables.plain
        audited = any(change.key[0] == "AuditTable" for change in changes)
        for change in changes:
            table, pk, sk = change.key
            before = plain(change.before) if change.before else {}
            after = plain(change.after) if change.after else {}
            if table == "AuditTable" and "#days" in pk:
                self._counted(before, after)
            elif table == "AuditTable" and before:
                self.violated("I4: an audit entry was changed")
            elif table == "AuditTable":
                self._word(after, changes)
            if table == "LicensesTable" and sk.startswith("LICENSE#"):
                self._license(before, after, audited)
            if table == "LicensesTable" and sk == "ORDER":
                self._order(pk, before, after, audited, changes)
            if table == "DeliveriesTable" and after.get("status") == "succeeded":
                self._succeeded(after)

    def _counted(self, before: Any, after: Any) -> None:
        """The numbers of a day grow, and so does the mark up to which they are counted."""
        names = {"issued", "frozen", "expired", "mark"} & set(before)
        if any(after[name] < before[name] for name in names):
            self.violated(f"I4: the numbers of {after['pk']} {after['sk']} went back from {before} to {after}")

    def _word(self, entry: Any, changes: list[Change]) -> None:
        """A word about licenses is true of a license's status before and after; of several entries at once each is."""
        pk, word = entry["subject"], entry["action"]
        others = [each for each in changes if each.key[0] == "AuditTable" and _plain_action(each) not in BEGINNINGS]
        if word not in TRUE_OF or len(others) > 1:  # entries together pass through states that nobody sees
            return
        earlier, now = self._view(pk, changes, before=True), self._view(pk, changes, before=False)
        moment = int(self._world.clock.now)
        started = entry["detail"]["expires_at"] - 1 if entry["source"] == "schedule" else moment
        pairs = {
            (status_told(earlier, sk, started), status_told(now, sk, moment))
            for sk in now
            if sk.startswith("LICENSE#") and entry["detail"].get("license") in (None, sk.removeprefix("LICENSE#"))
        }
        if not any(TRUE_OF[word](before, after) for before, after in pairs):
            self.violated(f"I4: {word} of {pk} is told, and its licenses went from and to {sorted(map(str, pairs))}")

    def _view(self, pk: str, changes: list[Change], before: bool) -> dict[str, Any]:
        """The items of an order, as they are or as they were before `changes`."""
        tables = self._world.tables
        found = {sk: item for (table, at, sk), item in tables.items.items() if (table, at) == ("LicensesTable", pk)}
        for change in changes if before else ():
            table, at, sk = change.key
            if (table, at) == ("LicensesTable", pk):
                found.pop(sk, None)
                found |= {sk: change.before} if change.before else {}
        return {sk: tables.plain(item) for sk, item in found.items()}

    def _license(self, before: Any, after: Any, audited: bool) -> None:
        if before and before["key"] != after.get("key"):
            self.violated("I2: a key changed")
        if before and before["facts"] != after["facts"] and not audited:
            self.violated("I4: a decision without its audit entry")

    def _order(self, pk: str, before: Any, after: Any, audited: bool, changes: list[Change]) -> None:
        new = set(after.get("facts", {})) - set(before.get("facts", {}))
        unseen = {name for name in new if after["facts"][name]["fact"] not in OBSERVED}
        if unseen and not audited:
            self.violated(f"I4: {sorted(unseen)} without an audit entry in the same transaction")
        if set(before.get("facts", {})) - set(after.get("facts", {})):
            self.violated("a fact was forgotten")
        more = earned_by(after) - earned_by(before)
        if more and "paid" in after["facts"]:
            self.born[pk] = self.born.get(pk, False) or self._some_active(pk, changes)
            if earned_by(before):
                self.mails[pk].asked_again += 1
        elif "paid" in new:
            self.born[pk] = self._some_active(pk, changes)
        was, now = (each.get("effects", {}).get("email", {}).get("state") for each in (before, after))
        if now == "done" and was != "done":
            self.mails[pk].recorded += 1
            invocation: _Invocation = self._mine.invocation
            if invocation.sent[pk]:
                invocation.sent[pk] -= 1
            elif not self.mails[pk].unknown:
                self.violated(f"I6: the mail of {pk} is recorded as done and was not sent")

    def _some_active(self, pk: str, changes: list[Change]) -> bool:
        """Tell whether a license that is made now may be mailed; of a large order the first ones speak for all.

        Notes the keys of those that may.
        """
        now, moment = self._view(pk, changes, before=False), int(self._world.clock.now)
        made = [change.key[2] for change in changes if not change.before and change.key[2].startswith("LICENSE#")]
        active = [sk for sk in made if status_told(now, sk, moment) == "active"]
        self.active_at_birth |= {now[sk]["key"]: pk for sk in active}
        return bool(active)

    def _succeeded(self, delivery: Any) -> None:
        """What is told to have succeeded must be in the tables by now, in its order or parked."""
        org, event = delivery["org"], self._event(delivery["event"], delivery["org"])
        known = [
            fact
            for (table, pk, sk), item in self._world.tables.items.items()
            if table == "LicensesTable" and pk.startswith(f"{org}#") and sk in ("ORDER", "REF")
            for name in ("facts", "parked")
            for fact in self._world.tables.plain(item).get(name, {}).values()
        ]
        if event is not None and not any(_tells(event, fact) for fact in known):
            self.violated(f"I9: {event['type']} is told to have succeeded and is not applied")

    def _event(self, identity: str, org: str) -> Any:
        events = (e for p in self._world.accounts[org].purchases for e in p.events)
        return next((event for event in events if event["id"] == identity), None)


# A word of the audit log → whether it is true of a license whose status was `before` (None: not there) and is `after`.
TRUE_OF: dict[str, Callable[[str | None, str | None], bool]] = {
    "license.frozen": lambda before, after: before != "frozen" and after == "frozen",
    "license.reactivated": lambda before, after: before in ("frozen", "expired") and after == "active",
    "license.revoked": lambda before, after: before != "revoked" and after == "revoked",
    "license.expired": lambda before, after: before in ("active", None) and after == "expired",
    "license.expiring": lambda before, after: after == "active",
}


BEGINNINGS = {"order.created", "license.issued"}  # with which an order's licenses come
# facts that are told only if something follows
OBSERVED = {"SubscriptionSeen", "PeriodPaid", "FirstInvoice", "PaymentMissed"}


def _plain_action(change: Change) -> str:
    return str((change.after or {}).get("action", {}).get("S", ""))


def earned_by(order: Any) -> int:
    """Count the licenses that an order's settled lines earn."""
    return sum(int(award["count"]) for settled in order.get("settled", []) for award in settled["awards"])


def _tells(event: Any, fact: Any) -> bool:
    """Tell whether `fact` is what the event says, or what Stripe said when the event rang."""
    about, kind, what = event["data"]["object"], fact["fact"], event["type"]
    match what:
        case "charge.refunded":
            given = about["amount_refunded"] - (about["amount"] - about["amount_captured"])
            return bool(kind == "Refunded" and fact["charge"] == about["id"] and fact["amount"] == given)
        case "refund.failed" | "refund.updated" | "charge.refund.updated":
            return bool(kind == "RefundFailed" and fact["refund"] == about["id"])
        case "checkout.session.async_payment_failed" | "payment_intent.canceled" | "charge.expired":
            return bool(kind == "PaymentFailed")
        case _ if what.startswith("charge.dispute."):
            return bool(kind == "Disputed" and fact["dispute"] == about["id"])
        case _ if what.startswith("customer.subscription."):
            seen = kind == "SubscriptionSeen" and fact["subscription"] == about["id"]
            return bool(seen and fact["at"] >= event["created"])
        case _ if what.startswith("invoice."):
            return kind in ("SubscriptionSeen", "PeriodPaid", "PaymentMissed", "Paid")
        case _ if about.get("payment_status") == "unpaid":
            return bool(kind == "AwaitingPayment")
        case _:
            return bool(kind == "Paid")
