"""I1 to I10: what must hold at the end of every history."""

from collections import Counter
from datetime import datetime
from typing import Any

from keystack.domain.licenses import expires_at as license_end
from keystack.domain.licenses import license_status
from keystack.storage.licenses.licenses import license_from
from keystack.storage.licenses.orders import order_from

from simulation.account import Purchase
from simulation.truth import Decided, earned, expires_at, status
from simulation.witness import earned_by
from simulation.world import FREEZES_ON_PARTIAL, ORGS, SimulatedWorld

ISSUED = "issue"  # the line of what the API issued
TOLD = {  # fact → the audit log's words, and which of its details say that it is this fact
    "Paid": ({"order.created"}, {}),
    "AwaitingPayment": ({"order.pending"}, {}),
    "PaymentFailed": ({"order.payment_failed"}, {}),
    "Refunded": (
        {"license.frozen", "refund.partial", "refund.recorded"},
        {"charge": "charge", "amount_refunded": "amount"},
    ),
    "RefundFailed": ({"license.reactivated", "hold.lifted", "refund.failed"}, {"refund": "refund"}),
    "Disputed": ({"license.frozen", "dispute.recorded"}, {"charge": "charge"}),
    "DisputeWon": ({"license.reactivated", "hold.lifted", "dispute.won"}, {"dispute": "dispute"}),
    "SubscriptionDeleted": (
        {"license.expired", "license.expiring", "subscription.deleted"},
        {"subscription": "subscription"},
    ),
}  # fmt: skip

COUNTED = {  # number of a day → the audit log's words that it counts
    "issued": {"order.created", "license.issued"},
    "frozen": {"license.frozen"},
    "expired": {"license.expired"},
}


def check(world: SimulatedWorld) -> None:
    """Raise AssertionError with everything that does not hold."""
    found = list(world.witness.violations)
    found += [each for org in ORGS for purchase in world.accounts[org].purchases for each in _purchase(world, purchase)]
    found += _unique(world) + _metadata(world) + _deliveries(world) + _log(world) + _audit(world) + _numbers(world)
    found += _calls(world)
    assert not found, "\n".join(found)


def _purchase(world: SimulatedWorld, purchase: Purchase) -> list[str]:
    org, found = purchase.org, []
    items = {item["sk"]: item for item in world.items("LicensesTable") if item["pk"] == f"{org}#{purchase.order}"}
    order = items.get("ORDER")
    licenses = [item for sk, item in items.items() if sk.startswith("LICENSE#")]
    told = {event["id"] for posted, event in world.accepted if posted == org}
    checkouts = {event["id"] for event in purchase.events if event["type"].startswith("checkout.")}
    if not told & checkouts and not (order and order.get("request")):
        return []  # nobody was told of it yet
    who = f"{org} {purchase.order}"
    if order is None:
        return [f"I9: {who} is not there"]
    if bool(purchase.paid_at or order.get("request")) != ("paid" in order["facts"]):
        found.append(f"I3: {who} is {'paid' if purchase.paid_at else 'not paid'} and the order says otherwise")
    found += _minted(world, purchase, licenses, who)
    found += _found_by_reference(world, purchase, order)
    found += _told_once(world, purchase, order)
    found += _mails(world, purchase, order)
    return found


def _earned(purchase: Purchase, licenses: list[Any]) -> dict[str, list[str]]:
    """Name what each line must have: the webhook's lines, or the one of the API; never both."""
    by_api = any(item["line"] == ISSUED for item in licenses)
    lines = {
        identity: earned(price, quantity) if purchase.paid_at and not by_api else []
        for identity, (price, _, quantity) in zip(purchase.line_ids, purchase.lines, strict=True)
    }
    return {**lines, ISSUED: ["perpetual"] * purchase.asked if by_api else []}


def _minted(world: SimulatedWorld, purchase: Purchase, licenses: list[Any], who: str) -> list[str]:
    found = []
    for line, (identity, kinds) in enumerate(_earned(purchase, licenses).items()):
        units = Counter(item["unit"] for item in licenses if item["line"] == identity)
        if units != Counter(range(1, len(kinds) + 1)):
            found.append(f"I1: {who} line {identity} has units {sorted(units.elements())}, not 1 to {len(kinds)}")
        for item in licenses:
            if item["line"] == identity and item["unit"] <= len(kinds):
                decided = world.decided.get((purchase.org, item["id"]), Decided())
                freezes = FREEZES_ON_PARTIAL[purchase.org]
                wanted = status(purchase, line, kinds[item["unit"] - 1], decided, freezes, world.clock.now)
                actual, ends = _told_of(world, item)
                if actual != wanted:
                    found.append(f"I3: {who} license {item['unit']} of {identity} is {actual} and must be {wanted}")
                if ends != expires_at(purchase, line, kinds[item["unit"] - 1]):
                    found.append(f"I3: {who} license {item['unit']} of {identity} does not end when it must")
    return found


def _unique(world: SimulatedWorld) -> list[str]:
    """I1: no license id and no key is there twice, in any organization."""
    licenses = [item for item in world.items("LicensesTable") if item["sk"].startswith("LICENSE#")]
    twice = {name: len(licenses) - len({item[name] for item in licenses}) for name in ("id", "key")}
    return [f"I1: a license's {name} is there twice" for name, count in twice.items() if count]


def _told_of(world: SimulatedWorld, item: Any) -> tuple[str, int | None]:
    """What KeyStack says of a license, its tables read by its own code: status and end."""
    order = order_from(world.tables.plain(world.tables.items["LicensesTable", item["pk"], "ORDER"])).order
    license = license_from(item)
    return str(license_status(order.facts, license, int(world.clock.now))), license_end(order.facts, license)


def _found_by_reference(world: SimulatedWorld, purchase: Purchase, order: Any) -> list[str]:
    found = []
    of_payment = purchase.charges[0].payment_intent if purchase.mode == "payment" and not purchase.free else None
    for reference in filter(None, (of_payment, purchase.subscription, purchase.invoice)):
        item = world.tables.items.get(("LicensesTable", f"{purchase.org}#ref#{reference}", "REF"), {})
        if item.get("order", {}).get("S") != purchase.order:
            found.append(f"I5: {reference} does not lead to {purchase.order}")
        if "parked" in item:
            found.append(f"I5: facts are parked under {reference}, which has its order")
    return found


def _told_once(world: SimulatedWorld, purchase: Purchase, order: Any) -> list[str]:
    entries = [entry for entry in world.audit(purchase.org) if entry["subject"] == f"{purchase.org}#{purchase.order}"]
    found, who = [], f"{purchase.org} {purchase.order}"
    reports = Counter((charge.id, report) for charge in purchase.charges for report in charge.reports)
    for fact in order["facts"].values():
        actions, details = TOLD[fact["fact"]]
        fitting = [
            entry
            for entry in entries
            if entry["action"] in actions
            and "license" not in entry["detail"]
            and all(entry["detail"].get(name) == fact[field] for name, field in details.items())
            and (fact["fact"] != "Disputed" or entry["detail"].get("hold") == f"dispute:{fact['dispute']}")
            and (fact["fact"] != "Refunded" or "amount_refunded" in entry["detail"])
        ]
        most = reports[fact["charge"], fact["amount"]] if fact["fact"] == "Refunded" else 1
        if not 1 <= len(fitting) <= most:
            found.append(f"I4: {who} has {len(fitting)} entries for {fact['fact']}")
    over = ("license.expired", "expiry.passed")
    expired = [entry["detail"]["expires_at"] for entry in entries if entry["action"] in over]
    if len(expired) != len(set(expired)):
        found.append(f"I4: {who} expired twice in the audit log")
    late = [
        entry["detail"]["expires_at"]
        for entry in entries
        if entry["action"] == "subscription.deleted"
        and datetime.fromisoformat(entry["at"]).timestamp() >= entry["detail"]["expires_at"]
    ]
    found += _expiry_told(world, purchase, order, expired + late)
    return found


def _expiry_told(world: SimulatedWorld, purchase: Purchase, order: Any, expired: list[int]) -> list[str]:
    kinds = {award["kind"] for settled in order["settled"] for award in settled["awards"]}
    due = purchase.paid_until if "subscription" in kinds else None
    if due is not None and due <= world.clock.now and purchase.paid_at and due not in expired:
        return [f"I4: {purchase.org} {purchase.order} expired at {due} and the audit log does not tell it"]
    return []


def _mails(world: SimulatedWorld, purchase: Purchase, order: Any) -> list[str]:
    pk, found = f"{purchase.org}#{purchase.order}", []
    mailed, effect = world.witness.mails[pk], order["effects"].get("email")
    if mailed.sent > 1 + mailed.unknown + mailed.asked_again:
        found.append(f"I6: {mailed.sent} mails for {pk}, {mailed.unknown} of unknown outcome")
    if purchase.paid_at and earned_by(order):
        state = effect["state"] if effect else "nothing"
        if state not in ("done", "skipped"):
            found.append(f"I6: the mail of {pk} is {state}")
        decided = any(
            world.decided.get((purchase.org, item["id"])) for item in world.licenses(purchase.org, purchase.order)
        )
        only_paid = not order["facts"].keys() - {"paid"} and not decided and not order.get("request")
        if state == "skipped" and purchase.email and world.witness.born.get(pk) and only_paid:
            found.append(f"I6: the mail of {pk} was skipped: {effect['reason']}")
        if state == "done" and not mailed.sent:
            found.append(f"I6: no mail for {pk}, and it is recorded as done")
    return found


def _metadata(world: SimulatedWorld) -> list[str]:
    """I7: each Stripe Customer has the newest keys of its orders, and what others wrote."""
    found = []
    for org in ORGS:
        for customer in {p.customer for p in world.accounts[org].purchases if p.customer}:
            orders = [p.order for p in world.accounts[org].purchases if p.customer == customer]
            licenses = [item for order in orders for item in world.licenses(org, order)]
            told = world.accounts[org].objects._objects[customer]
            if not licenses or told.get("deleted"):
                continue
            metadata = told["metadata"]
            if metadata.get("crm") != "7":
                found.append(f"I7: {org} {customer} lost what others wrote")
            if metadata.get("keystack_license_count") != str(len(licenses)):
                found.append(
                    f"I7: {org} {customer} has {len(licenses)} and is told {metadata.get('keystack_license_count')}"
                )
            newest = max(item["created_at"] for item in licenses)
            keys = metadata.get("keystack_license_key", "").split(",")
            if keys[0] not in {item["key"] for item in licenses if item["created_at"] == newest}:
                found.append(f"I7: {org} {customer} is not told its newest key")
            if not set(keys) <= {item["key"] for item in licenses}:
                found.append(f"I7: {org} {customer} is told a key that is none of its own")
    return found


def _deliveries(world: SimulatedWorld) -> list[str]:
    """I9: whatever was answered with 2xx ended, and is on record."""
    known = {(item["org"], item["event"]): item["status"] for item in world.items("DeliveriesTable")}
    return [
        f"I9: {org} {event['type']} {event['id']} is {known.get((org, event['id']))}"
        for org, event in world.accepted
        if known.get((org, event["id"])) not in ("succeeded", "ignored")
    ]


def _log(world: SimulatedWorld) -> list[str]:
    text = "".join(world.log)
    secrets = [
        secret
        for kept in world.secrets.kept.values()
        for secret in kept.split(",")
        if secret.startswith(("rk_", "whsec_"))
    ]
    keys = [item["key"] for item in world.items("LicensesTable") if item["sk"].startswith("LICENSE#")]
    return [f"I10: {each[:12]}... is in the log" for each in [*secrets, *keys, "payload-marker"] if each in text]


def _audit(world: SimulatedWorld) -> list[str]:
    ids = Counter(item["id"] for org in ORGS for item in world.audit(org))
    return [f"I4: audit entry {identity} is there {count} times" for identity, count in ids.items() if count > 1]


def _numbers(world: SimulatedWorld) -> list[str]:
    """I4: the numbers of days are those of the entries up to the mark, each counted once."""
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


def _calls(world: SimulatedWorld) -> list[str]:
    """I8: no read over two organizations; no key of one mode for what is of the other."""
    found = []
    for call in world.calls.made:
        orgs = {part.split(":")[1] for part in call.subject.split()} - {""} if call.service == "dynamodb" else set()
        if len(orgs) > 1:
            found.append(f"I8: {call.operation} over {sorted(orgs)}")
    for key, path in world.stripe.asked:
        purchases = [purchase for org in ORGS for purchase in world.accounts[org].purchases]
        modes = {purchase.livemode for purchase in purchases if f"/{purchase.order}/" in path and purchase.org in key}
        if modes and modes != {"_live_" in key}:
            found.append(f"I8: {path} was asked in the other mode")
    return sorted(set(found))
