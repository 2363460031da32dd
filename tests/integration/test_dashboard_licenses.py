"""Licenses in the dashboard: the list with its filters and files, one license, and what a person decides about it."""

import csv
import io
import re

import pytest
from keystack.domain.keys import mask
from keystack.domain.licenses import License
from keystack.management import lists
from keystack.storage import dynamodb

from integration.aws_calls import counted, failing
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.many import BUYER, order_of, put_orders
from integration.test_dashboard_license import bought, rows_listed
from integration.world import World

LIST = "/dashboard/licenses"
ADA = "ada@acme.example"
PART = {"HX-Request": "true"}
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u202eb"]


@pytest.fixture
def ada(world: World) -> Visitor:
    return sign_in_as("admin")


def rows(shown: Shown) -> list[str]:
    """The rows of the table as text."""
    found = re.findall(r"<tr data-row>(.*?)</tr>", shown.html, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", each).split()) for each in found]


def ids(*made: License) -> list[str]:
    return [each.id for each in made]


def lines(shown: Shown) -> list[list[str]]:
    assert shown.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(shown.html.removeprefix("\ufeff"))))


# ----------------------------------------------------------------- the list


def test_a_row_says_who_bought_what_and_shows_no_whole_key(ada: Visitor, world: World) -> None:
    license = bought(world)
    shown = ada.get(f"{LIST}?mode=test")
    [row] = rows(shown)
    assert row.startswith(f"{mask(license.key)} test {ADA} pro active 1 ")
    assert row.endswith("with the subscription")
    assert license.key not in shown.html
    assert shown.page.links[mask(license.key)] == f"{LIST}/{license.id}?mode=test"


def test_modes_are_never_mixed(ada: Visitor, world: World) -> None:
    live, test = put_orders(order_of(1), order_of(2, livemode=False))
    for query in ("", "&status=active", "&plan=pro", f"&email={BUYER}"):
        assert rows_listed(ada.get(f"{LIST}?mode=live{query}")) == ids(live)
        assert rows_listed(ada.get(f"{LIST}?mode=test{query}")) == ids(test)
    assert [line[0] for line in lines(ada.get(f"{LIST}.csv?mode=live"))[1:]] == ids(live)


def test_a_filter_leaves_only_what_fits_and_stays_in_its_fields(ada: Visitor, world: World) -> None:
    frozen, team, pro = put_orders(order_of(1, refunded=True), order_of(2, plan="team"), order_of(3))
    for query, found in (
        ("", ids(pro, team, frozen)),
        ("status=frozen", ids(frozen)),
        ("status=active", ids(pro, team)),
        ("status=active&plan=team", ids(team)),
        ("status=revoked", []),
        ("plan=team", ids(team)),
        ("plan=gone", []),
        (f"email=%20{BUYER.upper()}%20", ids(pro, team, frozen)),
        ("email=eve@example.com", []),
        (f"email={BUYER}&status=frozen", ids(frozen)),
        ("status=nonsense", ids(pro, team, frozen)),
    ):
        assert rows_listed(ada.get(f"{LIST}?mode=live&{query}")) == found, query
    kept = ada.get(f"{LIST}?mode=live&status=frozen&plan=gone&email=a@b.example")
    assert kept.page.form("/licenses").fields == {
        "mode": "live",
        "status": "frozen",
        "plan": "gone",
        "email": "a@b.example",
    }


def test_nothing_yet_differs_from_no_match(ada: Visitor) -> None:
    empty = ada.get(f"{LIST}?mode=live")
    assert "No license yet in live mode" in empty.text
    assert empty.page.links["Deliveries"] == "/dashboard/settings/webhooks/deliveries?mode=live"
    none = ada.get(f"{LIST}?mode=live&plan=pro")
    assert "No license matches" in none.text
    assert "No license yet" not in none.text
    assert none.page.links["look at all of live mode"] == none.page.links["Clear"] == f"{LIST}?mode=live"


def test_a_long_list_has_pages_and_a_cursor_is_good_for_its_own_filters(ada: Visitor, world: World) -> None:
    made = put_orders(*(order_of(number) for number in range(60)))
    first = ada.get(f"{LIST}?mode=live&plan=pro")
    second = ada.get(first.page.links["Older"])
    assert [*rows_listed(first), *rows_listed(second)] == ids(*reversed(made))
    assert "Older" not in second.page.links
    assert rows_listed(ada.get(second.page.links["To the newest"])) == rows_listed(first)
    cursor = re.search("cursor=[^&]+", first.page.links["Older"])
    assert cursor
    for other in ("mode=test&plan=pro", "mode=live", "mode=live&plan=pro&status=active"):
        shown = ada.get(f"{LIST}?{other}&{cursor[0]}")
        assert (shown.status, "Cursor is none of this list's" in shown.text) == (400, True)


def test_a_search_is_bounded_and_says_until_when_it_searched(
    ada: Visitor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "LOOKED_AT", 4)
    wanted, *_ = put_orders(order_of(1, plan="team"), *(order_of(number) for number in range(2, 8)))
    first = ada.get(f"{LIST}?mode=live&plan=team")
    assert rows_listed(first) == []
    assert "No license matches so far" in first.text
    assert "Searched until 9 October 2025." in first.text
    assert rows_listed(ada.get(first.page.links["Go on"])) == ids(wanted)


def test_while_the_list_does_not_load_the_page_says_so(ada: Visitor) -> None:
    with failing(dynamodb.client(), operation="Query"):
        shown = ada.get(LIST)
    assert shown.status == 200
    assert "The list of licenses cannot be shown just now" in shown.text


def test_a_list_makes_the_same_calls_however_many_there_are(ada: Visitor, world: World) -> None:
    seen = []
    for many in (range(50, 110), range(110, 260)):
        put_orders(*(order_of(number) for number in many))
        with counted() as calls:
            ada.get(f"{LIST}?mode=live")
        seen.append(calls)
    assert seen[0] == seen[1]
    assert len(seen[0]) <= 5
    assert "Scan" not in seen[0]


# ---------------------------------------------------------------- the files


def test_the_file_has_what_the_list_shows_keys_masked_and_no_formula(ada: Visitor, world: World) -> None:
    license = bought(world, name="=HYPERLINK(1)")
    link = ada.get(f"{LIST}?mode=test&email={ADA}").page.links["Download as CSV"]
    assert link == f"{LIST}.csv?mode=test&email=ada%40acme.example"
    shown = ada.get(link)
    assert re.fullmatch(
        r'attachment; filename="licenses-acme-test-\d{4}-\d\d-\d\d-1\.csv"', shown.headers["content-disposition"]
    )
    [header, row] = lines(shown)
    told = dict(zip(header, row, strict=True))
    assert (told["License"], told["Key (masked)"], told["Mode"]) == (license.id, mask(license.key), "test")
    assert (told["Status"], told["E-mail"], told["Name"]) == ("active", ADA, "'=HYPERLINK(1)")
    assert license.key not in shown.html
    assert "link" not in shown.headers


def test_many_are_several_files_each_naming_the_next(
    ada: Visitor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keystack.management.csv_files.MAX_ROWS", 2)
    made = put_orders(*(order_of(number) for number in range(5)))
    seen, address, files = [], f"{LIST}.csv?mode=live&plan=pro", 0
    while address:
        shown = ada.get(address)
        files += 1
        assert f"-{files}.csv" in shown.headers["content-disposition"]
        found = lines(shown)[1:]
        address = shown.headers.get("link", "")[1:].partition(">")[0]
        if address:
            assert found.pop()[0].endswith(f"https://dashboard.example{address}")
        seen += [line[0] for line in found]
    assert (seen, files) == (ids(*reversed(made)), 3)


@pytest.mark.parametrize("number", ["x", "-1", "²", "9" * 400, "1.5", ""])
def test_a_forged_number_of_a_file_does_no_harm(ada: Visitor, number: str) -> None:
    shown = ada.get(f"{LIST}.csv?file={number}")
    assert shown.status == 200
    assert re.search(r"-1\.csv", shown.headers["content-disposition"])


@pytest.mark.parametrize("base", ["/licenses", "/a/licenses.csv"])
def test_the_files_address_is_right_behind_a_mapping_of_that_name(world: World, base: str) -> None:
    visitor = sign_in_as("admin", base=base)
    link = visitor.get(f"{base}{LIST}?mode=test").page.links["Download as CSV"]
    assert link == f"{base}{LIST}.csv?mode=test"
    assert lines(visitor.get(link))[0][0] == "License"


@pytest.mark.parametrize("name", ["path", "self", "request", "status", "a b"])
def test_no_parameter_of_an_address_is_too_much(ada: Visitor, name: str) -> None:
    assert ada.get(f"{LIST}?{name.replace(' ', '%20')}=x&mode=test").status == 200
