"""I1 to I10: what must hold at the end of every history."""

from typing import Any

from simulation.oracle_audit import entries_are_unique, facts_are_told, numbers_are_right
from simulation.oracle_licenses import billing_is_right, licenses_are_right
from simulation.stripe_account.objects import Purchase
from simulation.told import license_told
from simulation.witness import earned_by
from simulation.world import ORGS, SimulatedWorld


def check(world: SimulatedWorld) -> None:
    """Raise AssertionError with everything that does not hold."""
    found = list(world.witness.violations)
    found += [each for org in ORGS for purchase in world.accounts[org].purchases for each in _purchase(world, purchase)]
    found += _unique(world) + _metadata(world) + _deliveries(world) + _log(world) + _calls(world)
    found += entries_are_unique(world) + numbers_are_right(world)
    assert not found, "\n".join(found)


def _purchase(world: SimulatedWorld, purchase: Purchase) -> list[str]:
    org, found = purchase.org, []
    items = {item["sk"]: item for item in world.items("LicensesTable") if item["pk"] == f"{org}#{purchase.order}"}
    order = items.get("ORDER")
    told = {event["id"] for posted, event in world.accepted if posted == org}
    checkouts = {event["id"] for event in purchase.events if event["type"].startswith("checkout.")}
    if not told & checkouts and not (order and order.get("request")):
        return []  # nobody was told of it yet
    who = f"{org} {purchase.order}"
    if order is None:
        return [f"I9: {who} is not there"]
    if bool(purchase.paid_at or order.get("request")) != ("paid" in order["facts"]):
        found.append(f"I3: {who} is {'paid' if purchase.paid_at else 'not paid'} and the order says otherwise")
    found += licenses_are_right(world, purchase)
    found += billing_is_right(world, purchase)
    found += _found_by_reference(world, purchase, order)
    found += facts_are_told(world, purchase, order)
    found += _mails(world, purchase, order)
    return found


def _unique(world: SimulatedWorld) -> list[str]:
    """I1: no license id and no key is there twice, in any organization."""
    licenses = [item for item in world.items("LicensesTable") if item["sk"].startswith("LICENSE#")]
    twice = {name: len(licenses) - len({item[name] for item in licenses}) for name in ("id", "key")}
    return [f"I1: a license's {name} is there twice" for name, count in twice.items() if count]


def _found_by_reference(world: SimulatedWorld, purchase: Purchase, order: Any) -> list[str]:
    found = []
    for reference in purchase.references:
        item = world.tables.items.get(("LicensesTable", f"{purchase.org}#ref#{reference}", "REF"), {})
        if item.get("order", {}).get("S") != purchase.order:
            found.append(f"I5: {reference} does not lead to {purchase.order}")
        if "parked" in item:
            found.append(f"I5: facts are parked under {reference}, which has its order")
    return found


def _mails(world: SimulatedWorld, purchase: Purchase, order: Any) -> list[str]:
    pk, found = f"{purchase.org}#{purchase.order}", []
    mailed, effect = world.witness.mails[pk], order["effects"].get("email")
    if mailed.sent > 1 + mailed.unknown + mailed.asked_again:
        found.append(f"I6: {mailed.sent} mails for {pk}, {mailed.unknown} of unknown outcome")
    if purchase.paid_at and earned_by(order):
        state = effect["state"] if effect else "nothing"
        if state not in ("done", "failed" if _is_unreachable(world, purchase) else "skipped", "skipped"):
            found.append(f"I6: the mail of {pk} is {state}")
        decided = any(
            world.decided.get((purchase.org, item["id"])) for item in world.licenses(purchase.org, purchase.order)
        )
        only_paid = not order["facts"].keys() - {"paid"} and not decided and not order.get("request")
        if state == "skipped" and purchase.email and world.witness.born.get(pk) and only_paid:
            found.append(f"I6: the mail of {pk} was skipped: {effect['reason']}")
        if state == "done" and not order.get("request"):
            licenses = world.licenses(purchase.org, purchase.order)
            valid = {item["key"] for item in licenses if license_told(world, item).status == "active"}
            born = {key for key, of in world.witness.active_at_birth.items() if of == pk}
            if (born & valid) - world.witness.mailed_keys:
                found.append(f"I6: keys of {pk} were never mailed")
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
    """I9: whatever was answered with 2xx ended, and is on record. What nobody can be told of has failed."""
    known = {(item["org"], item["event"]): item["status"] for item in world.items("DeliveriesTable")}
    ends = {
        (org, event["id"]): {"succeeded", "ignored"} | _other_ends(world, purchase)
        for org in ORGS
        for purchase in world.accounts[org].purchases
        for event in purchase.events
    }
    return [
        f"I9: {org} {event['type']} {event['id']} is {known.get((org, event['id']))}"
        for org, event in world.accepted
        if known.get((org, event["id"])) not in ends.get((org, event["id"]), {"succeeded", "ignored"})
    ]


def _other_ends(world: SimulatedWorld, purchase: Purchase) -> set[str]:
    """Name how else an event may end: a payment is awaited, or a key reached nobody."""
    if purchase.paid_at is None:
        return {"waiting"}
    return {"failed"} if _is_unreachable(world, purchase) else set()


def _is_unreachable(world: SimulatedWorld, purchase: Purchase) -> bool:
    """Tell whether there is no address: none was given, and the Stripe Customer has none or is deleted."""
    objects = world.accounts[purchase.org].objects._objects
    customer = objects.get(purchase.customer or "", {})
    return not purchase.email and (not customer.get("email") or customer.get("deleted") is True)


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


def _calls(world: SimulatedWorld) -> list[str]:
    """I8: no read over two organizations; no key of one mode for what is of the other."""
    found = []
    for call in world.calls.made:
        orgs = {part.split(":")[1] for part in call.subject.split()} - {""} if call.service == "dynamodb" else set()
        if len(orgs) > 1:
            found.append(f"I8: {call.operation} over {sorted(orgs)}")
    modes: dict[tuple[str, str], set[bool]] = {}
    for org in ORGS:
        for purchase in world.accounts[org].purchases:
            for identity in (purchase.order, *purchase.references):
                modes.setdefault((org, identity), set()).add(purchase.livemode)
    for key, path in set(world.stripe.asked):
        org = key.rpartition("_")[2]
        of = {mode for part in path.split("/") for mode in modes.get((org, part), ())}
        if of and of != {"_live_" in key}:
            found.append(f"I8: {path} was asked in the other mode")
    return sorted(set(found))
