"""The numbers of each day, counted from the audit log by the schedule: each entry once, whatever happens in between."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from invocations import Context
from keystack.domain.audit import Action, AuditEntry
from keystack.domain.modes import Mode
from keystack.domain.numbers import Numbers
from keystack.errors import DeploymentError
from keystack.fulfillment import numbers
from keystack.fulfillment.numbers import MARGIN, Sweep, count_days
from keystack.management.numbers import last_days
from keystack.management.organizations import register_organization
from keystack.storage import dynamodb
from keystack.storage.audit.days import Counted, put_days
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.mappings.registry import organizations_after
from samples import purchase, sample, stripe_event

from integration.aws import function
from integration.aws_calls import counted as calls_counted
from integration.aws_calls import refused
from integration.clock import Clock
from integration.log_lines import LogLines
from integration.world import ORG, World

NOW = int(datetime(2026, 5, 10, 12, tzinfo=UTC).timestamp())
TODAY = date(2026, 5, 10)
LONG = lambda: 60_000  # noqa: E731 - milliseconds

Tell = Callable[..., None]


@pytest.fixture
def tell(world: World, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Put entries into the log as if they had been written at that time."""

    def write(at: str, action: str = "order.created", count: int = 1, org: str = ORG, **more: Any) -> None:
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
        entry = {"detail": {"licenses": count}, "livemode": True, **more}
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: moment)
            identity = f"{time.time_ns()}-{at}"
            dynamodb.write(put_entries(org, [AuditEntry(identity, Action(action), "ord_1", **entry)], "evt_1"))

    return write


def days(mode: Mode = Mode.LIVE, org: str = ORG, today: date = TODAY) -> dict[str, Numbers]:
    """Name the days that have numbers."""
    return {str(day.date): day.numbers for day in last_days(org, mode, today).days if day.numbers != Numbers()}


def sweep(now: int = NOW) -> Sweep:
    return count_days(now, LONG)


# ------------------------------------------------------------------ what counts


def test_a_purchase_and_its_refund_are_in_the_numbers_of_their_day_and_mode(world: World, clock: Clock) -> None:
    event = purchase(1, "issuer.payment_paid", id="cs_test_1", payment_intent="pi_1")
    world.stripe.sell(event, ("price_pro_lifetime", 1), ("price_bundle", 1))
    world.issue(event)
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_1"))
    count = len(world.licenses("cs_test_1"))
    assert count > 1
    today = datetime.now(UTC).date()
    clock.forward(MARGIN + 1)
    function("expirer").handler(sample("expirer.schedule"), Context())
    found = [days(mode, today=today) for mode in (Mode.TEST, Mode.LIVE)]
    assert found == [{str(today): Numbers(issued=count, frozen=count)}, {}]


def test_days_are_those_of_utc_and_every_day_is_there(tell: Tell) -> None:
    tell("2026-05-08T23:59:59.999", count=2)
    tell("2026-05-09T00:00:00.000", count=3)
    tell("2026-05-09T10:00:00", "license.expired", 4)
    tell("2026-05-09T10:00:00", "license.frozen", 5)
    tell("2026-05-09T10:00:00", "hold.lifted", 6)
    sweep()
    assert days() == {"2026-05-08": Numbers(2), "2026-05-09": Numbers(3, 5, 4)}
    last = last_days(ORG, Mode.LIVE, TODAY)
    assert [str(last.days[0].date), str(last.days[-1].date), len(last.days)] == ["2026-04-11", "2026-05-10", 30]
    assert last.counted_until == NOW - MARGIN


def test_what_earlier_versions_wrote_counts_in_the_mode_that_it_tells(tell: Tell) -> None:
    for livemode in (True, False):
        tell("2026-05-09T10:00:00", livemode=None, detail={"licenses": 1, "livemode": livemode})
    tell("2026-05-09T10:00:00", livemode=None)  # of no known mode: in neither
    dynamodb.write([_old_entry()])
    sweep()
    assert [days(mode)["2026-05-09"] for mode in Mode] == [Numbers(1), Numbers(1, 1)]


def _old_entry() -> dynamodb.Action:
    at = "2026-05-09T11:00:00.000Z"
    item = {"pk": f"{ORG}#2026-05", "sk": f"{at}#00old", "org": ORG, "id": "old", "at": at, "source": "evt_2"}
    about = {"action": "license.frozen", "subject": f"{ORG}#cs_test_1", "detail": {"charge": "ch_1"}}
    return dynamodb.put("AuditTable", {**item, **about}, "attribute_not_exists(pk)")


def test_the_first_time_the_last_thirty_days_are_counted_across_months(tell: Tell) -> None:
    for at in ("2026-04-10T23:59:59", "2026-04-11T00:00:00", "2026-04-30T23:59:59.999", "2026-05-01T00:00:00"):
        tell(at)
    sweep()
    assert sorted(days()) == ["2026-04-11", "2026-04-30", "2026-05-01"]


def test_a_schedule_that_stood_still_for_months_goes_on_where_it_stopped(tell: Tell) -> None:
    sweep()
    tell("2026-06-30T10:00:00")
    tell("2026-08-01T10:00:00", count=2)
    sweep(NOW + 100 * 86_400)
    assert days(today=date(2026, 7, 20)) == {"2026-06-30": Numbers(1)}
    assert days(today=date(2026, 8, 18)) == {"2026-08-01": Numbers(2)}


def test_nothing_is_told_of_an_organization_that_was_never_counted(world: World) -> None:
    last = last_days(ORG, Mode.LIVE, TODAY)
    assert (last.counted_until, {day.numbers for day in last.days}) == (None, {Numbers()})


# ------------------------------------------------------------------- each once


def test_an_entry_is_counted_once_by_however_many_sweeps(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "SIZE", 2)
    for second in range(7):
        tell(f"2026-05-09T10:00:0{second}")
    for now in (NOW, NOW, NOW + 900):
        sweep(now)
    assert days() == {"2026-05-09": Numbers(7)}


def test_an_entry_that_appears_a_little_behind_others_is_counted_all_the_same(tell: Tell) -> None:
    tell("2026-05-10T11:59:00")
    sweep()
    assert days() == {}  # too new yet
    tell("2026-05-10T11:58:01", count=2)  # its writer's clock is late
    sweep(NOW + 900)
    assert days() == {"2026-05-10": Numbers(3)}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_crash_at_a_write_loses_nothing_and_counts_nothing_twice(
    tell: Tell, world: World, monkeypatch: pytest.MonkeyPatch, when: Any, at: int
) -> None:
    monkeypatch.setattr(numbers, "SIZE", 2)
    for day in (1, 2, 3, 9):
        for hour in (10, 11):
            tell(f"2026-05-0{day}T{hour}:00:00")
    with world.crash("TransactWriteItems", at, when):
        sweep()
    sweep()
    assert days() == {f"2026-05-0{day}": Numbers(2) for day in (1, 2, 3, 9)}


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("operation", ["Query", "TransactWriteItems"])
def test_two_sweeps_at_once_count_each_entry_once(
    tell: Tell, world: World, monkeypatch: pytest.MonkeyPatch, begun: bool, operation: str
) -> None:
    if begun:
        sweep(NOW - 3 * 86_400)
    monkeypatch.setattr(numbers, "SIZE", 2)
    for day in (8, 9):
        for second in range(3):
            tell(f"2026-05-0{day}T10:00:0{second}")
    calls = [0]

    def other() -> None:
        calls[0] += 1
        if calls[0] in (1, 2, 5):  # and the other's own calls in between
            sweep(NOW + 60)

    with world.before(operation, other):
        sweep()
    sweep()
    assert days() == {"2026-05-08": Numbers(3), "2026-05-09": Numbers(3)}


def test_whoever_counts_from_a_mark_that_is_old_is_refused(world: World) -> None:
    nobody, counted = Counted("2026-05-09T00:00:00", is_stored=False), Counted("2026-05-09T10:00:00")
    first = put_days(ORG, nobody, {"2026-05-09": {Mode.LIVE: Numbers(1)}}, counted.mark)
    dynamodb.write(first)
    with pytest.raises(ConditionFailedError):
        dynamodb.write(first)
    second = put_days(ORG, counted, {"2026-05-09": {Mode.LIVE: Numbers(3)}}, "2026-05-09T11:00:00")
    dynamodb.write(second)
    with pytest.raises(ConditionFailedError):
        dynamodb.write(second)
    assert days() == {"2026-05-09": Numbers(3)}


# --------------------------------------------------------------- bounded work


def test_a_sweep_with_nothing_to_count_makes_few_calls(world: World) -> None:
    sweep()
    with calls_counted() as calls:
        assert sweep(NOW + 900) == Sweep(1, 0, is_whole=True)
    # where to go on, the organizations, the newest day of both modes, the log; numbers and mark
    assert calls == ["Query"] * 5 + ["TransactWriteItems"]


@pytest.mark.slow
def test_thousands_of_entries_are_counted_by_the_thousand(tell: Tell) -> None:
    for number in range(2_500):
        tell(f"2026-05-0{1 + number % 9}T10:00:00.{number % 1000:03}")
    with calls_counted() as calls:
        assert sweep().entries == 2_500
    assert len(calls) <= 4 + 2 * 4  # April, and three parts of May
    assert sum(each.issued for each in days().values()) == 2_500


def test_one_organization_has_so_many_turns_and_then_the_others_have_theirs(
    tell: Tell, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "SIZE", 2)
    monkeypatch.setattr(numbers, "TURNS", 3)
    register_organization("zeta")
    for second in range(9):
        tell(f"2026-05-09T10:00:0{second}")
    tell("2026-05-09T10:00:00", org="zeta")
    sweep()
    assert (days(), days(org="zeta")) == ({"2026-05-09": Numbers(5)}, {"2026-05-09": Numbers(1)})  # a turn for April
    sweep()
    assert days() == {"2026-05-09": Numbers(9)}


def test_the_next_sweep_begins_with_those_for_whom_there_was_no_time(world: World, tell: Tell) -> None:
    for org in ("beta", "gamma", "zeta"):
        register_organization(org)
    for org in (ORG, "beta", "gamma", "zeta"):
        tell("2026-05-09T10:00:00", org=org)

    def two() -> Callable[[], int]:
        """Time for two organizations: each asks before it begins and before each of its two or three turns."""
        left = [60_000] * 6 + [1_000] * 100
        return lambda: left.pop(0)

    done: list[set[str]] = []
    for _ in range(2):
        assert count_days(NOW, two()).is_whole is False
        done.append({org for org in (ORG, "beta", "gamma", "zeta") if days(org=org)})
    assert (done[0], done[1]) == ({ORG, "beta"}, {ORG, "beta", "gamma", "zeta"})
    assert count_days(NOW, LONG) == Sweep(4, 0, is_whole=True)


def test_no_time_at_all_counts_nothing_and_forgets_nothing(world: World, tell: Tell) -> None:
    tell("2026-05-09T10:00:00")
    assert count_days(NOW, lambda: 1_000) == Sweep(0, 0, is_whole=False)
    sweep()
    assert days() == {"2026-05-09": Numbers(1)}


def test_what_is_wrong_with_one_organization_stops_no_other(world: World, tell: Tell, log: LogLines) -> None:
    register_organization("aaa")
    tell("2026-05-09T10:00:00", org="aaa")
    tell("2026-05-09T10:00:00")
    with refused(dynamodb.client(), "TransactWriteItems", "ThrottlingException", about="aaa#days"):
        assert sweep() == Sweep(2, 1, is_whole=True)
    assert (days(org="aaa"), days()) == ({}, {"2026-05-09": Numbers(1)})
    assert "numbers not counted" in log.text
    sweep()
    assert days(org="aaa") == {"2026-05-09": Numbers(1)}


def test_a_missing_right_stops_the_sweep_and_is_seen(world: World, tell: Tell) -> None:
    with (
        refused(dynamodb.client(), "Query", "AccessDeniedException", about="#organizations"),
        pytest.raises(DeploymentError),
    ):
        sweep()
    with (
        refused(dynamodb.client(), "TransactWriteItems", "AccessDeniedException", about="#days"),
        pytest.raises(DeploymentError),
    ):
        sweep()


def test_an_entry_that_somebody_wrote_by_hand_counts_for_nothing(world: World, tell: Tell) -> None:
    dynamodb.write([dynamodb.put("AuditTable", {"pk": f"{ORG}#2026-05", "sk": "2026-05-09T1"}, "")])
    tell("2026-05-09T10:00:00")
    sweep()
    assert days() == {"2026-05-09": Numbers(1)}


# -------------------------------------------------------------------- registry


def test_the_operators_function_registers_an_organization(world: World) -> None:
    world.configure(org="beta")
    world.configure(org="beta")
    assert [org for _, org in organizations_after("", 10).entries] == [ORG, "beta"]


def test_more_organizations_than_a_query_names_are_all_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "MANY", 2)
    for number in range(5):
        register_organization(f"org-{number}")
    assert sweep() == Sweep(6, 0, is_whole=True)
