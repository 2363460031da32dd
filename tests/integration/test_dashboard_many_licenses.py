"""Ten times as many licenses cost a page of the dashboard no call more."""

from collections import Counter

import pytest
from keystack.domain.customers import customer_id
from keystack.domain.orders import Order

from integration.aws_calls import counted
from integration.dashboard_visitor import sign_in_as
from integration.many import BUYER, order_of, put_orders
from integration.world import World

FEW, MANY = 1_000, 10_000


@pytest.mark.slow
def test_pages_make_the_same_calls_with_1000_and_with_10000_licenses(world: World) -> None:
    visitor = sign_in_as("admin")
    first, *_ = put_orders(*map(_order, range(FEW)))
    customer = customer_id(True, BUYER, None, "")
    paths = [
        "/licenses?mode=live",
        *(f"/licenses?mode=live&status={status}" for status in ("active", "frozen", "revoked", "expired")),
        "/licenses?mode=live&plan=none",
        f"/licenses?mode=live&email={BUYER}",
        "/licenses?mode=test",
        f"/licenses/{first.id}",
        f"/licenses/{first.id}/revoke",
        "/orders/cs_live_00000",
        f"/customers/{customer}",
        *(f"/search?q={text}" for text in (BUYER, first.key, first.id, "cs_live_00000", "pi_unknown")),
    ]

    def calls_of(path: str) -> Counter[str]:
        with counted() as calls:
            assert visitor.get(f"/dashboard{path}").status == (404 if path.endswith("unknown") else 200)
        return Counter(calls)

    few = {path: calls_of(path) for path in paths}
    put_orders(*map(_order, range(FEW, MANY)))
    assert {path: calls_of(path) for path in paths} == few
    assert max(each.total() for each in few.values()) <= 7
    assert not any("Scan" in each for each in few.values())


def _order(number: int) -> Order:
    return order_of(number, refunded=number % 5 == 0)
