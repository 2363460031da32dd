"""Licenses in the dashboard: the list, its filters and its files."""

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from keystack.management import lists
from keystack.storage import dynamodb
from samples import purchase, stripe_event

from integration.aws_calls import counted, refused
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.many import order_of, put_orders
from integration.test_dashboard_audit import rows
from integration.world import World

LIST = "/dashboard/licenses"
LIVE, TEST = f"{LIST}?mode=live", f"{LIST}?mode=test"
ADA = "ada@acme.example"


def sell(world: World, number: int, email: str | None = ADA, name: str = "Ada", refund: bool = False) -> None:
    """Let the subscription cs_test_{number} be bought, and refunded in full."""
    event = purchase(number, customer_details={"email": email, "name": name}, customer=f"cus_{number}")
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    if refund:
        paid = {"payment_intent": f"pi_{number}", "invoice": f"in_{number}"}
        world.freeze(stripe_event("freezer.refund_full", f"evt_refund_{number}", 0, False, **paid))


def ids(shown: Shown) -> list[str]:
    """The licenses of a list, in its order."""
    return re.findall(r'<a href="/dashboard/licenses/(lic_\w+)[^"]*" class="key">', shown.html)


def table(shown: Shown) -> list[list[str]]:
    """The rows of a file."""
    return list(csv.reader(io.StringIO(shown.html.removeprefix("\ufeff"))))


# ----------------------------------------------------------------- the list


def test_a_license_is_a_row_with_its_key_masked(ada: Visitor, world: World) -> None:
    sell(world, 1)
    [license] = world.licenses("cs_test_1")
    shown = ada.get(TEST)
    [row] = rows(shown)
    masked = f"TEST-PRO-…-{license.key[-5:]}"
    assert row.startswith(f"{masked} test {license.id} {ADA} pro active 1 ")
    assert row.endswith("with the subscription")
    assert license.key not in shown.html
    assert f'data-copy="{license.id}"' in shown.html
    order = world.order("cs_test_1")
    assert order is not None
    assert shown.page.links[masked] == f"{LIST}/{license.id}?mode=test"
    assert shown.page.links[ADA] == f"/dashboard/customers/{order.customer}?mode=test"


def test_the_two_modes_are_never_in_one_list(ada: Visitor) -> None:
    live, test = put_orders(order_of(1), order_of(2, livemode=False))
    assert ids(ada.get(LIVE)) == [live.id]
    assert ids(ada.get(TEST)) == [test.id]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=frozen", [3]),
        ("status=active", [2, 1]),
        ("status=revoked", []),
        ("plan=team", [2]),
        ("plan=team&status=frozen", []),
        ("email=BOB@example.com", [3, 2, 1]),
        ("email=BOB@example.com&status=frozen", [3]),
        ("email=eve@example.com", []),
        ("email=%E2%80%AEbob@example.com", []),
        ("plan=%3Cscript%3E", []),
        ("status=nonsense", [3, 2, 1]),
    ],
)
def test_a_filter_leaves_only_what_fits(ada: Visitor, query: str, found: list[int]) -> None:
    made = put_orders(order_of(1), order_of(2, plan="team"), order_of(3, refunded=True), order_of(4, livemode=False))
    shown = ada.get(f"{LIVE}&{query}")
    assert ids(shown) == [made[number - 1].id for number in found]
    assert "<script>" not in shown.html
    given = parse_qs(query)
    assert shown.page.form("/licenses").fields["plan"] == given.get("plan", [""])[0]
    assert shown.page.form("/licenses").fields["email"] == given.get("email", [""])[0]


def test_nothing_yet_differs_from_no_match(ada: Visitor) -> None:
    shown = ada.get(LIVE)
    assert "No license yet in live mode" in shown.text
    assert shown.page.links["Deliveries"].endswith("/settings/webhooks/deliveries?mode=live")
    told = ada.get(f"{LIVE}&status=frozen")
    assert "No license matches" in told.text
    assert told.page.links["look at all of live mode"] == LIVE


def test_a_list_goes_on_with_older_ones(ada: Visitor) -> None:
    made = [license.id for license in put_orders(*map(order_of, range(60)))][::-1]
    first = ada.get(LIVE)
    assert ids(first) == made[:50]
    second = ada.get(first.page.links["Older"])
    assert ids(second) == made[50:]
    assert "Older" not in second.page.links
    assert ids(ada.get(second.page.links["To the newest"])) == made[:50]


def test_a_cursor_is_good_for_its_own_list(ada: Visitor) -> None:
    put_orders(*map(order_of, range(60)))
    cursor = parse_qs(urlsplit(ada.get(LIVE).page.links["Older"]).query)["cursor"][0]
    for address in (f"{TEST}&cursor={cursor}", f"{LIVE}&plan=pro&cursor={cursor}", f"{LIVE}&cursor=forged"):
        assert ada.get(address).status == 400


def test_a_search_is_bounded_and_says_until_when_it_searched(ada: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "LOOKED_AT", 4)
    wanted, *_ = put_orders(order_of(1, plan="team"), *map(order_of, range(2, 8)))
    first = ada.get(f"{LIVE}&plan=team")
    assert ids(first) == []
    assert "No license matches so far" in first.text
    assert "Searched until 9 October 2025" in first.text
    assert ids(ada.get(first.page.links["Go on"])) == [wanted.id]


def test_when_the_list_does_not_answer_the_filters_stay(ada: Visitor) -> None:
    with refused(dynamodb.client(), "Query", "ThrottlingException", about="LicensesTable"):
        shown = ada.get(f"{LIVE}&status=frozen")
    assert shown.status == 200
    assert "The list of licenses cannot be shown just now" in shown.text
    assert shown.page.form("/licenses").fields["status"] == "frozen"


def test_a_key_that_may_read_sees_the_list_and_its_file(world: World) -> None:
    put_orders(order_of(1))
    grace = sign_in_as("read")
    assert len(rows(grace.get(LIVE))) == 1
    assert len(table(grace.get(f"{LIST}.csv?mode=live"))) == 2


def test_anothers_licenses_are_in_no_list(eve: Visitor) -> None:
    put_orders(order_of(1))
    assert ids(eve.get(LIVE)) == ids(eve.get(f"{LIVE}&email=bob@example.com")) == []
    assert len(table(eve.get(f"{LIST}.csv?mode=live"))) == 1


@pytest.mark.slow
def test_a_list_makes_the_same_few_calls_however_many_there_are(ada: Visitor) -> None:
    made: dict[tuple[int, str], list[str]] = {}
    for first, last in ((0, 60), (60, 300)):
        put_orders(*(order_of(number, refunded=number % 9 == 0) for number in range(first, last)))
        for query in ("", "&status=active", "&email=bob@example.com"):
            with counted() as calls:
                assert len(rows(ada.get(f"{LIVE}{query}"))) == 50
            made[last, query] = sorted(calls)
    for query in ("", "&status=active", "&email=bob@example.com"):
        assert made[300, query] == made[60, query]
        assert len(made[300, query]) <= 6
        assert "Scan" not in made[300, query]


# ---------------------------------------------------------------- the files


def test_the_file_has_what_the_list_has_keys_masked_and_no_formula(ada: Visitor, world: World) -> None:
    sell(world, 1, name="=HYPERLINK(1)")
    sell(world, 2, email="bob@example.com", refund=True)
    [license] = world.licenses("cs_test_1")
    shown = ada.get(ada.get(f"{TEST}&email={ADA}").page.links["Download as CSV"])
    assert shown.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="licenses-acme-test-\d{4}-\d\d-\d\d-1\.csv"', shown.headers["content-disposition"]
    )
    header, row = table(shown)
    assert header[:4] == ["License", "Key (masked)", "Mode", "Status"]
    assert row[:4] == [license.id, f"TEST-PRO-•••••-•••••-•••••-•••••-{license.key[-5:]}", "test", "active"]
    assert "'=HYPERLINK(1)" in row
    assert license.key not in shown.html
    assert "link" not in shown.headers


def test_a_long_list_is_several_files_each_naming_the_next(ada: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keystack.management.csv_files.MAX_ROWS", 2)
    made = [license.id for license in put_orders(*map(order_of, range(5)), order_of(9, plan="team"))][:5]
    seen, files, address = [], 0, f"{LIST}.csv?mode=live&plan=pro"
    while address:
        shown = ada.get(address)
        lines = table(shown)[1:]
        address = shown.headers.get("link", "")[1:].partition(">")[0]
        if address:
            assert lines.pop()[0].endswith(address)
        seen += [line[0] for line in lines]
        files += 1
        assert f"-{files}.csv" in shown.headers["content-disposition"]
    assert (seen, files) == (made[::-1], 3)


@pytest.mark.parametrize("number", ["x", "-1", "²", "9" * 5_000])
def test_a_forged_number_of_a_file_is_none(ada: Visitor, number: str) -> None:
    shown = ada.get(f"{LIST}.csv?mode=live&file={number}")
    assert (shown.status, "-1.csv" in shown.headers["content-disposition"]) == (200, True)


def test_the_file_has_the_filters_of_the_list_and_begins_at_its_beginning(ada: Visitor) -> None:
    assert ada.get(f"{LIVE}&plan=pro&cursor=").page.links["Download as CSV"] == f"{LIST}.csv?mode=live&plan=pro"
