"""Many orders at once, put into moto's table past its API: a thousand writes would take minutes."""

from dataclasses import replace

from keystack.domain.customers import customer_id
from keystack.domain.facts import OrderFact, Paid, Refunded, with_facts
from keystack.domain.keys import format_key
from keystack.domain.leases import Lease
from keystack.domain.licenses import License
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Award, Line, Settled
from keystack.storage import dynamodb
from keystack.storage.licenses.customers import update_customer
from keystack.storage.licenses.licenses import put_license
from keystack.storage.licenses.orders import put_order

from integration.aws import backend
from integration.world import ORG

FIRST = 1_760_000_000  # the first is bought then, each other a minute later
BUYER = "bob@example.com"


def order_of(number: int, livemode: bool = True, plan: str = "pro", count: int = 1, refunded: bool = False) -> Order:
    at, mode = FIRST + number * 60, "live" if livemode else "test"
    facts: list[OrderFact] = [
        Paid(at),
        *([Refunded(f"ch_{number}", 100, full=True, freezes=True, at=at + 5)] if refunded else []),
    ]
    award = Award(plan, PlanKind.PERPETUAL, None, "PRO", 1, count)
    return Order(
        ORG,
        f"cs_{mode}_{number:05}",
        livemode,
        at,
        email=BUYER,
        name="Bob",
        customer=customer_id(livemode, BUYER, None, ""),
        facts=with_facts({}, facts),
        settled=(Settled(Line(f"li_{number}", "price_1", None, 1), (award,)),),
    )


def put_orders(*orders: Order) -> list[License]:
    """Put orders with their licenses and customers; returns the licenses in this order."""
    table, made = backend("dynamodb").tables["LicensesTable"], []
    for order in orders:
        table.put_item(put_order(order, 0, Lease()).request["Item"])
        for unit, (license, prefix) in enumerate(licenses_of(order)):
            key = format_key(prefix, (int(order.id[-5:]) << 20) + unit, order.livemode)
            made.append(replace(license, key=key))
            for action in put_license(order, made[-1], order.created_at):
                table.put_item(action.request["Item"])
    dynamodb.write(
        [update_customer(order, order.created_at) for order in {each.customer: each for each in orders}.values()]
    )
    return made
