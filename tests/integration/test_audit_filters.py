"""The audit log filtered by subject, action, who, mode and time: a bounded amount of work a page."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from keystack.domain.audit import Action, AuditEntry
from keystack.management.audit import list_audit
from keystack.storage import dynamodb
from keystack.storage.audit import lists
from keystack.storage.audit.entries import put_entries
from keystack.storage.audit.lists import Filter, Period, searched_until
from keystack.storage.pages import Page

from integration.aws import Cloud
from integration.aws_calls import hooked
from integration.world import ORG

PERIOD = Period(int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2026, 6, 1, tzinfo=UTC).timestamp()))

Tell = Callable[..., None]


@pytest.fixture
def tell(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Tell:
    def write(at: str, identity: str, source: str = "evt_1", **entry: Any) -> None:
        given = {"action": Action.ORDER_CREATED, "subject": "cs_1", "livemode": True, **entry}
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())
            dynamodb.write(put_entries(ORG, [AuditEntry(identity, **given)], source))

    return write


def every(limit: int = 2, period: Period = PERIOD, **wanted: Any) -> list[str]:
    """Read to the end; the ids."""
    found: list[str] = []
    after: str | None = None
    while True:
        page = list_audit(ORG, period, Filter(**wanted), limit, after)
        assert len(page.items) <= limit
        found, after = [*found, *(each.id for each in page.items)], page.after
        if after is None:
            return found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "fedcba"),
        ({"action": "license.frozen"}, "b"),
        ({"action": "license."}, "cb"),
        ({"action": "license"}, ""),
        ({"source": "Ada"}, "fc"),
        ({"source": "Ad"}, ""),
        ({"subject": "cs_1"}, "cba"),
        ({"subject": "cs_1", "action": "license.", "source": "Ada"}, "c"),
        ({"subject": "plan:pro"}, "f"),
        ({"livemode": True}, "fcba"),
        ({"livemode": False}, "fed"),
        ({"livemode": False, "action": "order.created"}, "ed"),
    ],
)
@pytest.mark.parametrize("limit", [1, 50])
def test_a_filter_leaves_out_what_does_not_fit(tell: Tell, wanted: dict[str, Any], found: str, limit: int) -> None:
    tell("2026-01-02T10:00:00", "a")
    tell("2026-02-02T10:00:00", "b", action=Action.LICENSE_FROZEN)
    tell("2026-02-03T10:00:00", "c", "Ada", action=Action.LICENSE_REVOKED)
    tell("2026-02-04T10:00:00", "d", subject="cs_test_2", livemode=None)  # as earlier versions wrote it
    tell("2026-05-04T10:00:00", "e", subject="ord_3", livemode=None, detail={"livemode": False})
    tell("2026-05-05T10:00:00", "f", "Ada", action=Action.PLAN_CHANGED, subject="plan:pro", livemode=None)
    assert "".join(every(limit, **wanted)) == found


def test_entries_tell_their_mode_and_subject(tell: Tell) -> None:
    tell("2026-05-04T10:00:00", "a", subject="cs_test_2", livemode=None)
    tell("2026-05-03T10:00:00", "b", subject="ord_3", livemode=None)
    tell("2026-05-02T10:00:00", "c", subject="ord_3", livemode=False)
    tell("2026-05-01T10:00:00", "d", subject="cs_live_2", livemode=None)
    found = list_audit(ORG, PERIOD, Filter(), 50).items
    assert [(each.subject, each.livemode) for each in found] == [
        ("cs_test_2", False),
        ("ord_3", None),
        ("ord_3", False),
        ("cs_live_2", True),
    ]


# ---------------------------------------------------------------- bounded work


def read(page: Callable[[], Page[Any]]) -> tuple[Page[Any], int]:
    """Read a page; and how many entries DynamoDB answered in all."""
    answered: list[int] = []
    with hooked(dynamodb.client(), "Query", after=lambda _, answer: answered.append(len(answer["Items"]))):
        return page(), sum(answered)


@pytest.mark.parametrize("subject", ["", "cs_1"])
def test_a_page_reads_two_hundred_entries_at_most_and_says_down_to_when(tell: Tell, subject: str) -> None:
    for number in range(450):
        tell(f"2026-05-03T10:{number // 60:02}:{number % 60:02}", str(number))
    tell("2026-05-02T10:00:00", "wanted", "Ada")
    ada = Filter(subject=subject, source="Ada")
    first, count = read(lambda: list_audit(ORG, PERIOD, ada, 50))
    assert (first.items, count) == ([], 202)  # of each query one more, which shows that there are more
    assert first.after
    assert searched_until(first.after) == int(datetime(2026, 5, 3, 10, 4, 10, tzinfo=UTC).timestamp())
    second, _ = read(lambda: list_audit(ORG, PERIOD, ada, 50, first.after))
    third, _ = read(lambda: list_audit(ORG, PERIOD, ada, 50, second.after))
    assert (second.items, [each.id for each in third.items], third.after) == ([], ["wanted"], None)


def test_two_hundred_are_not_passed_at_the_end_of_a_month(tell: Tell) -> None:
    for month, count in ((5, 30), (4, 300)):
        for number in range(count):
            tell(f"2026-{month:02}-03T10:{number // 60:02}:{number % 60:02}", f"{month}-{number}")
    page = list_audit(ORG, PERIOD, Filter(source="Ada"), 50)
    assert page.after is not None
    assert searched_until(page.after) == int(datetime(2026, 4, 3, 10, 2, 10, tzinfo=UTC).timestamp())  # 170 of April


def test_empty_months_are_told_as_searched(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PARTS", 3)  # nothing of June, which the period ends before; May and April
    page = list_audit(ORG, PERIOD, Filter(source="Ada"), 50)
    assert page.after == "2026-03~"
    assert searched_until(page.after) == int(datetime(2026, 4, 1, tzinfo=UTC).timestamp())
    assert searched_until("2025-12~") == int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
