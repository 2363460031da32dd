"""The audit log's page: what is in it, its filters and its files."""

import csv
import io
import re

import pytest
from keystack.domain.audit import Action
from keystack.domain.audit_words import ACTIONS, KINDS
from keystack.storage import dynamodb
from samples import stripe_event

from integration.aws_calls import refused
from integration.dashboard_visitor import Shown, Visitor
from integration.vendor_api import api_with
from integration.world import World

PATH = "/dashboard/audit"


def rows(shown: Shown) -> list[str]:
    """The rows of the table as text."""
    return [
        " ".join(re.sub("<[^>]*>", " ", each).split())
        for each in re.findall(r"<tr data-row>(.*?)</tr>", shown.html, re.DOTALL)
    ]


def test_a_purchase_is_told_in_words_with_its_order_and_its_event(ada: Visitor, world: World) -> None:
    [event] = world.sold(1)
    world.issue(event)
    shown = ada.get(f"{PATH}?mode=test&action=order.created")
    [row] = rows(shown)
    assert "The order was recorded as paid" in row
    assert event["id"] in row
    assert shown.page.links[event["data"]["object"]["id"]].startswith("/dashboard/orders/cs_test_")
    assert shown.page.links[event["id"]] == f"/dashboard/settings/webhooks/deliveries/{event['id']}?mode=test"


def test_times_and_amounts_are_told_as_such(ada: Visitor, world: World) -> None:
    for bought in (stripe_event("issuer.payment_paid"), stripe_event("issuer.subscription_paid")):
        world.stripe.sell(bought, ("price_pro_monthly", 1))
        assert world.issue(bought) == []
    assert world.freeze(stripe_event("freezer.refund_full")) == []
    assert world.expire(stripe_event("expirer.subscription_deleted")) == []
    [refunded] = rows(ada.get(f"{PATH}?mode=test&action=license.frozen"))
    assert "amount refunded: 24900 (in the smallest unit of its currency) full: yes" in refunded
    [ended] = rows(ada.get(f"{PATH}?mode=test&who=evt_sampleAdaCanceled"))
    assert re.search(r"expires at: (in \d{1,2} \w+|\d{1,2} \w+ ago|now)\b", ended)


def test_a_changed_plan_is_shown_before_and_after(ada: Visitor) -> None:
    api = api_with("admin", name="Grace")
    api.put("/v1/plans/pro", {"name": "Pro", "seats": 1})
    api.put("/v1/plans/pro", {"name": "Pro <b>2</b>", "seats": 5})
    changed = rows(ada.get(f"{PATH}?subject=plan:pro"))[0]
    assert "Plan changed" in changed
    assert "Grace" in changed
    assert "name Pro → Pro &lt;b&gt;2&lt;/b&gt;" in changed
    assert "seats 1 → 5" in changed


def test_what_is_of_the_other_mode_is_not_shown_and_configuration_is_in_both(ada: Visitor, world: World) -> None:
    world.issue(*world.sold(1))
    assert rows(ada.get(f"{PATH}?mode=live&action=order.created")) == []
    assert len(rows(ada.get(f"{PATH}?mode=test&action=order.created"))) == 1
    for mode in ("live", "test"):
        assert "Ada" in rows(ada.get(f"{PATH}?mode={mode}&action=session.created"))[0]


def test_who_and_when_are_filters(ada: Visitor) -> None:
    api_with("admin", name="Grace").put("/v1/plans/pro", {"name": "Pro"})
    assert [row for row in rows(ada.get(f"{PATH}?who=Grace")) if "Grace" not in row] == []
    assert len(rows(ada.get(f"{PATH}?who=Grace"))) == 1
    assert rows(ada.get(f"{PATH}?since=2031-01-01")) == []
    assert "No entry matches" in ada.get(f"{PATH}?who=nobody").text


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "20260101", "1999-01-01", "2026-01-01T00:00"])
def test_what_is_no_day_is_told_at_its_field(ada: Visitor, day: str) -> None:
    shown = ada.get(f"{PATH}?since={day}")
    assert shown.status == 422
    assert re.search(r'id="since"[^>]*aria-invalid="true"', shown.html)
    assert "Write a day like 20" in shown.text


def test_a_list_goes_on_with_older_entries(ada: Visitor) -> None:
    api = api_with("admin", name="Grace")
    for seats in range(1, 61):
        api.put("/v1/plans/pro", {"name": "Pro", "seats": seats})
    first = ada.get(f"{PATH}?subject=plan:pro")
    assert len(rows(first)) == 50
    second = ada.get(first.page.links["Older"])
    assert len(rows(second)) == 11  # and the one that created it, in the beginning
    assert "Older" not in second.page.links
    newest = rows(ada.get(second.page.links["To the newest"]))
    assert [each.partition("Plan")[2] for each in newest] == [each.partition("Plan")[2] for each in rows(first)]


def test_a_cursor_of_another_list_is_refused_in_words(ada: Visitor) -> None:
    shown = ada.get(f"{PATH}?cursor=abc")
    assert (shown.status, "Cursor is none of this list's" in shown.text) == (400, True)


def test_when_the_log_does_not_answer_the_page_says_so(ada: Visitor) -> None:
    with refused(dynamodb.client(), "Query", "ThrottlingException", about="AuditTable"):
        shown = ada.get(PATH)
    assert shown.status == 200
    assert "The audit log cannot be shown just now" in shown.text


def test_the_file_has_what_the_list_has_and_no_formula(ada: Visitor) -> None:
    api_with("admin", name="=HYPERLINK(1)").put("/v1/plans/pro", {"name": "Pro"})
    shown = ada.get(f"{PATH}.csv?subject=plan:pro")
    assert shown.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="audit-acme-\d{4}-\d\d-\d\d-1\.csv"', shown.headers["content-disposition"]
    )
    header, newest, *_ = csv.reader(io.StringIO(shown.html.removeprefix("\ufeff")))
    assert header[:3] == ["Time (UTC)", "Action", "Subject"]
    assert newest[1:3] == ["plan.changed", "plan:pro"]
    assert "'=HYPERLINK(1)" in newest
    assert "link" not in shown.headers


def test_a_long_log_is_several_files_each_naming_the_next(ada: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keystack.management.csv_files.MAX_ROWS", 2)
    api = api_with("admin")
    for seats in range(2, 5):
        api.put("/v1/plans/pro", {"name": "Pro", "seats": seats})
    seen, address, files = [], f"{PATH}.csv?subject=plan:pro", 0
    while address:
        shown = ada.get(address)
        lines = list(csv.reader(io.StringIO(shown.html.removeprefix("\ufeff"))))[1:]
        link = shown.headers.get("link", "")
        address = link[1:].partition(">")[0]
        if address:
            assert lines.pop()[0].endswith(address)
        seen += [line[1] for line in lines]
        files += 1
        assert f"-{files}.csv" in shown.headers["content-disposition"]
    assert seen == ["plan.changed"] * 3 + ["plan.created"]
    assert files == 2


def test_every_action_has_words() -> None:
    assert set(ACTIONS) == set(Action)
    assert set(KINDS) == {action.partition(".")[0] for action in Action}
