"""No page of the dashboard asks DynamoDB more often because there are more licenses, deliveries or entries."""

import pytest
from keystack.domain.audit import Action, AuditEntry
from keystack.domain.deliveries import DeliveryStatus
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.deliveries import deliveries
from samples import purchase

from integration.aws_calls import counted
from integration.dashboard_visitor import Visitor, sign_in_as
from integration.many import BUYER, order_of, put_orders
from integration.world import ORG, World

MORE_THAN_A_PAGE_READS = 220
PAGES = {  # the calls of each: the first is the session's
    "": 9,
    "/licenses": 4,
    "/licenses?status=frozen": 6,
    "/licenses?status=revoked&plan=pro": 5,
    f"/licenses?email={BUYER}": 4,
    "/orders/cs_live_00000": 4,
    f"/search?q={BUYER}": 6,
    "/audit": 2,
    "/audit?who=nobody": 3,
    "/settings/webhooks/deliveries": 3,
    "/settings/webhooks/deliveries?status=failed": 3,
    "/settings/stripe/rules": 2,
    "/settings/stripe/rules?target=price_pro_monthly": 9,
    "/settings/plans": 2,
    "/settings/api-keys": 2,
    "/settings/organization": 2,
}


def fill(start: int, end: int) -> None:
    """Put orders, and besides more failed deliveries and entries than a page reads: with fewer it reads less."""
    put_orders(*(order_of(number, refunded=number % 2 == 0) for number in range(start, end)))
    for number in range(start, start + MORE_THAN_A_PAGE_READS):
        event = {**purchase(number), "livemode": True}
        at = 1_760_000_000 + number
        deliveries.record(deliveries.Delivery(ORG, event, at, DeliveryStatus.FAILED, "a reason"), at)
        entry = AuditEntry(f"entry-{number}", Action.LICENSE_REVOKED, f"cs_live_{number:05}", {}, True)
        dynamodb.write(put_entries(ORG, [entry], "Ada"))


def calls(visitor: Visitor) -> dict[str, list[str]]:
    made = {}
    for path in PAGES:
        with counted() as made[path]:
            shown = visitor.get(f"/dashboard{path}{'&' if '?' in path else '?'}mode=live")
        assert shown.status == 200, path
    return made


@pytest.mark.slow
def test_every_page_makes_the_same_calls_with_1000_licenses_and_with_10000(world: World) -> None:
    ada = sign_in_as("admin")
    put_orders(order_of(0, count=150))
    fill(1, 1_000)
    few = calls(ada)
    fill(1_000, 10_000)
    assert calls(ada) == few
    assert {path: len(made) for path, made in few.items()} == PAGES
    assert {call for made in few.values() for call in made} == {"Query", "BatchGetItem"}
