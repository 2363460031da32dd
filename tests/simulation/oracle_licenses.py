"""I1 and I3: the licenses that there must be, what each grants, its status and its end; how a subscription stands."""

from collections import Counter
from dataclasses import replace
from typing import Any

from simulation.stripe_account.objects import Purchase
from simulation.told import Told, billing_told, license_told
from simulation.truth.licenses import ISSUED, Judge, Line, lines
from simulation.truth.people import Decided
from simulation.truth.subscriptions import billing
from simulation.world import POLICIES, SimulatedWorld

Item = dict[str, Any]


def licenses_are_right(world: SimulatedWorld, purchase: Purchase) -> list[str]:
    """Say what is wrong with the licenses of a purchase."""
    found, who = [], f"{purchase.org} {purchase.order}"
    licenses = world.licenses(purchase.org, purchase.order)
    judge = Judge(purchase, POLICIES[purchase.org], world.clock.now)
    wanted = {line.id: line for line in lines(purchase, any(item["line"] == ISSUED for item in licenses))}
    found += [f"I1: {who} has a license of line {item['line']}" for item in licenses if item["line"] not in wanted]
    for line in wanted.values():
        those = [item for item in licenses if item["line"] == line.id]
        numbers = Counter(item["unit"] for item in those)
        needed = judge.needed(line)
        if set(range(1, needed + 1)) - set(numbers) or numbers - Counter(range(1, line.most + 1)):
            found.append(
                f"I1: {who} line {line.id} has units {sorted(numbers.elements())}, not {needed} to {line.most}"
            )
        problems = _in_order(world, judge, line, those) if line.in_order else _in_all(world, judge, line, those)
        found += [f"I3: {who} line {line.id}: {each}" for each in problems]
    return found


def billing_is_right(world: SimulatedWorld, purchase: Purchase) -> list[str]:
    """Say what is wrong with what is told of a subscription. Until when it is paid is known of what was heard."""
    if purchase.paid_at is None:
        return []
    told, wanted = billing_told(world, f"{purchase.org}#{purchase.order}"), billing(purchase)
    if told and wanted and "invoice.paid" not in world.accounts[purchase.org].hears:
        told = replace(told, paid_through=wanted.paid_through)
    who = f"{purchase.org} {purchase.order}"
    return [] if told == wanted else [f"I3: the billing of {who} is told as {told} and must be {wanted}"]


def _in_order(world: SimulatedWorld, judge: Judge, line: Line, items: list[Item]) -> list[str]:
    """Judge each license by its unit."""
    found = []
    for item in items:
        number, told = item["unit"], license_told(world, item)
        statuses = judge.statuses(line, number, _decided(world, judge, item))
        if told.status not in statuses:
            found.append(f"{number} is {told.status} and must be {' or '.join(sorted(statuses))}")
        if number <= len(line.units) and not line.is_removed:
            unit = line.units[number - 1]
            if (told.plan, told.seats) != (unit.plan, unit.seats):
                found.append(f"{number} is {told.plan} with {told.seats} seats and must be {unit}")
            if told.ends not in judge.ends(line, unit.kind):
                found.append(f"{number} ends at {told.ends} and must at {sorted(judge.ends(line, unit.kind), key=str)}")
    return found


def _in_all(world: SimulatedWorld, judge: Judge, line: Line, items: list[Item]) -> list[str]:
    """Judge what is valid of a line, whichever license it is; nothing of one that a person decided about."""
    told = [license_told(world, item) for item in items]
    if any(world.decided.get((judge.purchase.org, item["id"])) for item in items):
        return []
    wanted = [
        Told("active", end, unit.plan, unit.seats)
        for number, unit in enumerate(line.units, 1)
        for end in judge.ends(line, unit.kind)
        if "active" in judge.statuses(line, number, Decided())
    ]
    valid = Counter(each for each in told if each.status == "active")
    return [] if valid == Counter(wanted) else [f"valid is {sorted(valid, key=str)} and must be {wanted}"]


def _decided(world: SimulatedWorld, judge: Judge, item: Item) -> Decided:
    return world.decided.get((judge.purchase.org, item["id"]), Decided())
