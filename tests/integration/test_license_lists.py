"""Lists of licenses by status, plan, mode and buyer: bounded work a page, which says how far it searched."""

import csv
import io
from typing import Any

import pytest
from keystack.domain.customers import customer_id
from keystack.domain.status import Status
from keystack.management import csv_files
from keystack.management.customer import show_customer
from keystack.management.export import export_licenses
from keystack.management.find import find
from keystack.management.lists import Filter, list_licenses
from keystack.management.order import order_timeline, show_order
from keystack.storage import dynamodb
from keystack.storage.licenses.licenses import FoundLicense
from keystack.storage.pages import Page

from integration.aws_calls import Request, counted, hooked
from integration.many import BUYER, FIRST, order_of, put_orders
from integration.world import ORG, World

NOW = 1_800_000_000


def ids(page: Page[FoundLicense]) -> list[str]:
    return [found.license.id for found in page.items]


def every(wanted: Filter, limit: int = 50, org: str = ORG) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        page = list_licenses(org, wanted, limit, after, NOW)
        found, after = found + ids(page), page.after
        if after is None:
            return found


def test_each_filter_and_all_together(world: World) -> None:
    live, test, team, refunded = put_orders(
        order_of(1), order_of(2, livemode=False), order_of(3, plan="team"), order_of(4, plan="team", refunded=True)
    )
    for wanted, expected in (
        (Filter(), [refunded, team, test, live]),
        (Filter(livemode=True), [refunded, team, live]),
        (Filter(livemode=False), [test]),
        (Filter(plan="team"), [refunded, team]),
        (Filter(status=Status.FROZEN), [refunded]),
        (Filter(status=Status.ACTIVE, plan="team", livemode=True), [team]),
        (Filter(email=BUYER, livemode=False), [test]),
        (Filter(email=BUYER.upper(), plan="pro"), [test, live]),
        (Filter(status=Status.FROZEN, livemode=False), []),
        (Filter(email="eve@example.com"), []),
    ):
        for limit in (1, 50):
            assert every(wanted, limit) == [each.id for each in expected], wanted
        assert every(wanted, org="other") == []


def test_a_short_page_says_until_when_it_searched(world: World) -> None:
    put_orders(*(order_of(number, plan="team" if number == 0 else "pro") for number in range(150)))
    page = list_licenses(ORG, Filter(plan="team"), 50, None, NOW)
    assert (page.items, page.searched_until) == ([], FIRST + 50 * 60)  # the hundredth newest
    last = list_licenses(ORG, Filter(plan="team"), 50, page.after, NOW)
    assert (len(last.items), last.after, last.searched_until) == (1, None, None)
    full = list_licenses(ORG, Filter(plan="pro"), 50, None, NOW)
    assert (len(full.items), full.searched_until) == (50, None)


def test_a_page_of_the_frozen_ones_says_until_when_it_searched_by_hold(world: World) -> None:
    put_orders(*(order_of(number, refunded=True) for number in range(80)))
    page = list_licenses(ORG, Filter(status=Status.FROZEN, livemode=False), 50, None, NOW)
    assert (page.items, page.searched_until) == ([], FIRST + (80 - 66) * 60 + 5)


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(plan="none"),
        Filter(livemode=False),
        Filter(status=Status.REVOKED),
        Filter(status=Status.FROZEN, plan="none"),
        Filter(email=BUYER, plan="none"),
    ],
)
def test_a_page_reads_200_items_at_most(world: World, wanted: Filter) -> None:
    put_orders(*(order_of(number, refunded=True) for number in range(250)))
    read = 0

    def count(_: str, request: Request) -> None:
        nonlocal read
        read += sum(len(each["Keys"]) for each in request["RequestItems"].values())

    with hooked(dynamodb.client(), "BatchGetItem", before=count):
        page = list_licenses(ORG, wanted, 50, None, NOW)
    assert (page.items, page.after is not None) == ([], True)
    assert 100 <= read <= 200


# --------------------------------------------------------------- how many calls


def calls_of_everything() -> dict[str, list[str]]:
    """The calls of each page, whatever there is."""
    doings: dict[str, Any] = {
        "all": lambda: list_licenses(ORG, Filter(), 50, None, NOW),
        "live": lambda: list_licenses(ORG, Filter(livemode=True), 50, None, NOW),
        "status": lambda: list_licenses(ORG, Filter(status=Status.REVOKED), 50, None, NOW),
        "frozen": lambda: list_licenses(ORG, Filter(status=Status.FROZEN), 50, None, NOW),
        "plan": lambda: list_licenses(ORG, Filter(plan="none", livemode=True), 50, None, NOW),
        "email": lambda: list_licenses(ORG, Filter(email=BUYER), 50, None, NOW),
        "customer": lambda: show_customer(ORG, customer_id(True, BUYER, None, ""), 50),
        "order": lambda: order_timeline(ORG, show_order(ORG, "cs_live_00000", 50).order),
        "find": lambda: find(ORG, BUYER),
    }
    found = {}
    for name, doing in doings.items():
        with counted() as calls:
            doing()
        found[name] = calls
    return found


@pytest.mark.slow
def test_every_page_makes_the_same_calls_with_1000_and_with_10000(world: World) -> None:
    big = order_of(0, count=150)
    put_orders(big, *(order_of(number, refunded=number % 2 == 0) for number in range(1, 1_000)))
    few = calls_of_everything()
    put_orders(*(order_of(number, refunded=number % 2 == 0) for number in range(1_000, 10_000)))
    assert calls_of_everything() == few
    assert {name: len(calls) for name, calls in few.items()} == {
        "all": 2,
        "live": 2,
        "status": 3,
        "frozen": 4,
        "plan": 3,
        "email": 3,
        "customer": 3,
        "order": 3,
        "find": 1,
    }
    assert {call for calls in few.values() for call in calls} == {"Query", "BatchGetItem"}


# ------------------------------------------------------------------ export


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_an_export_shows_what_the_list_shows_masked(world: World) -> None:
    [active, frozen, _] = put_orders(order_of(1), order_of(2, refunded=True), order_of(3, livemode=False))
    file = export_licenses(ORG, Filter(livemode=True), None, NOW, lambda: 60_000)
    assert [row["License"] for row in rows(file.text)] == [frozen.id, active.id]
    assert (file.rows, file.after) == (2, None)
    first = rows(file.text)[0]
    assert active.key not in file.text
    assert first["Key (masked)"].endswith(frozen.key[-6:])
    assert (first["Mode"], first["Status"], first["E-mail"], first["Bought (UTC)"]) == (
        "live",
        "frozen",
        BUYER,
        "2025-10-09 08:55:20",
    )
    assert first["Why"].startswith("Frozen since 9 October 2025: charge ch_2 was refunded in full.")
    assert rows(export_licenses("other", Filter(), None, NOW, lambda: 60_000).text) == []


def test_files_join_without_a_gap(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(csv_files, "MAX_ROWS", 60)
    made = put_orders(*(order_of(number) for number in range(150)))
    found: list[str] = []
    after: str | None = None
    sizes = []
    while True:
        file = export_licenses(ORG, Filter(), after, NOW, lambda: 60_000)
        found += [row["License"] for row in rows(file.text)]
        sizes.append(file.rows)
        after = file.after
        if after is None:
            break
    assert (sizes, found) == ([60, 60, 30], [each.id for each in reversed(made)])
