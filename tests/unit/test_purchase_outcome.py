"""`make buy`, `refund`, `upgrade` and the others end by saying what became of their events."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from local.state import write_state
from local.stripe.purchases import Json, Purchase, new_purchase, one_time_price
from local.tools import outcome
from local.tools.api import License
from local.tools.target import find_api, find_target

BOUGHT = new_purchase(one_time_price("price_x"), "ada@example.com", 1)
SUCCEEDED: Json = {"status": "succeeded", "reason": "", "steps": {"licenses": "1 issued"}}
ACTIVE = License("PRO-AAAAA", "pro", 1, "active", None)


class _Api:
    """Gives the answers of a list one after the other, and the last one from then on."""

    def __init__(self, deliveries: list[Json | None], licenses: list[list[License]]) -> None:
        self._deliveries = deliveries
        self._licenses = licenses

    def delivery(self, event_id: str) -> Json | None:
        return self._deliveries.pop(0) if len(self._deliveries) > 1 else self._deliveries[0]

    def licenses(self, order: str, email: str) -> list[License]:
        assert (order, email) == (BOUGHT.order, BOUGHT.email)
        return self._licenses.pop(0) if len(self._licenses) > 1 else self._licenses[0]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(outcome, "LISTED_SECONDS", 0.05)


def shown(
    deliveries: list[Json | None],
    licenses: list[list[License]],
    capsys: pytest.CaptureFixture[str],
    bought: Purchase = BOUGHT,
    events: Sequence[str] = ("evt_1",),
) -> tuple[bool, list[str]]:
    done = outcome.show_outcome(_Api(deliveries, licenses), events, bought, seconds=0.05)
    return done, [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_the_licenses_of_the_order_are_shown_once_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    waiting: list[Json | None] = [None, {"status": "retrying", "reason": "busy"}, SUCCEEDED]
    team = License("TEAM-BBBBB", "team", 5, "frozen", 1_760_000_000)
    done, lines = shown(waiting, [[], [ACTIVE, team]], capsys)
    assert done
    assert lines == [
        "license PRO-AAAAA pro, 1 seat, active",
        "license TEAM-BBBBB team, 5 seats, frozen, expires 2025-10-09",
    ]


def test_an_order_may_earn_no_license(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown([{**SUCCEEDED, "steps": {"licenses": "0 issued"}}], [[]], capsys) == (True, ["license none"])


def test_an_ignored_event_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown([{"status": "ignored", "reason": "not paid yet"}], [[]], capsys) == (True, ["ignored not paid yet"])


def test_a_failed_delivery_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    failed: Json = {"status": "failed", "reason": "price_x is not mapped"}
    assert shown([None, failed], [[ACTIVE]], capsys) == (False, ["failed price_x is not mapped"])


def test_an_order_that_awaits_its_payment_is_told_as_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    waiting: Json = {"status": "waiting", "reason": "not paid yet"}
    assert shown([waiting], [[]], capsys) == (True, ["waiting not paid yet"])


def test_of_several_events_each_that_did_not_succeed_is_told_and_the_licenses_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    deliveries: list[Json | None] = [SUCCEEDED, {"status": "ignored", "reason": "says nothing new"}, SUCCEEDED]
    done, lines = shown(deliveries, [[ACTIVE]], capsys, events=["evt_1", "evt_2", "evt_3"])
    assert (done, lines) == (True, ["ignored says nothing new", "license PRO-AAAAA pro, 1 seat, active"])


def test_one_failure_of_several_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    deliveries: list[Json | None] = [{"status": "failed", "reason": "price_x is not mapped"}, SUCCEEDED]
    done, lines = shown(deliveries, [[ACTIVE]], capsys, events=["evt_1", "evt_2"])
    assert (done, lines) == (False, ["failed price_x is not mapped", "license PRO-AAAAA pro, 1 seat, active"])


def test_what_ended_alike_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    failed: Json = {"status": "failed", "reason": "price_x is not mapped"}
    ignored: Json = {"status": "ignored", "reason": "says nothing new"}
    done, lines = shown([failed, ignored, failed], [[]], capsys, events=["evt_1", "evt_2", "evt_3"])
    assert (done, lines) == (False, ["failed price_x is not mapped", "ignored says nothing new"])


@pytest.mark.parametrize(
    ("billing", "line"),
    [
        ({"state": "active", "collection_paused": False, "paid_through": None, "cancels_at": None}, "active"),
        (
            {
                "state": "past_due",
                "collection_paused": True,
                "paid_through": "2026-12-23T12:00:00Z",
                "cancels_at": "2027-01-22T12:00:00Z",
            },
            "past due, collection paused, paid until 2026-12-23, ends 2027-01-22",
        ),
    ],
)
def test_how_a_subscription_stands_is_told_once_in_words(
    billing: Json, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [License(key, "pro", 1, "active", None, billing) for key in ("PRO-1", "PRO-2")]
    assert shown([SUCCEEDED], [both], capsys)[1] == [
        "license PRO-1 pro, 1 seat, active",
        "license PRO-2 pro, 1 seat, active",
        f"billing {line}",
    ]


@pytest.mark.parametrize(
    ("delivery", "line"),
    [
        (None, "unknown evt_1 is not recorded after 0 s."),
        ({"status": "retrying", "reason": "Stripe is busy"}, "unknown evt_1 is retrying after 0 s. Stripe is busy"),
    ],
)
def test_what_does_not_end_in_time_counts_as_not_done(
    delivery: Json | None, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown([delivery], [[ACTIVE]], capsys) == (False, [line])


STATE = {"url": "http://127.0.0.1:1", "org": "acme", "webhook_secret": "whsec_1", "api_key": "ks_own"}


@pytest.mark.parametrize(
    ("env", "key"),
    [
        ({}, "ks_own"),
        ({"API_KEY": "ks_given"}, "ks_given"),
        ({"URL": "http://127.0.0.1:1/"}, "ks_own"),
        ({"URL": "https://x.example"}, None),  # the running stack's key is none of another stack
        ({"URL": "https://x.example", "API_KEY": "ks_given"}, "ks_given"),
        ({"ORG": "other"}, None),
    ],
)
def test_an_api_key_is_used_only_where_it_belongs(tmp_path: Path, env: dict[str, str], key: str | None) -> None:
    write_state(tmp_path, STATE)
    env = {**env, "STATE_DIR": str(tmp_path)}
    api = find_api(env, find_target(env))
    assert (api and api.key) == key
