"""How a dispute stands, in every shape Stripe gave it."""

from typing import Any

import pytest
from keystack.domain.disputes import DisputeState, DisputeStatus
from keystack.domain.facts import Disputed
from keystack.errors import ActionNeededError
from keystack.stripe.events import ChargeEvent, read_event

from unit.stripe_shapes import AT, ERAS, dispute, event, moved

CREATED, UPDATED, CLOSED = "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"
WITHDRAWN, REINSTATED = "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"
TYPES = [CREATED, UPDATED, CLOSED, WITHDRAWN, REINSTATED]


def read_dispute(type_: str, subject: dict[str, Any], era: str = "basil", previous: Any = None) -> ChargeEvent:
    news = read_event(event(type_, subject, era, previous))
    assert isinstance(news, ChargeEvent), news
    return news


def state(type_: str = UPDATED, previous: Any = None, **more: Any) -> DisputeState:
    fact = read_dispute(type_, dispute(**more), previous=previous).fact
    assert isinstance(fact, Disputed)
    return fact.state


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("type_", [CREATED, UPDATED, CLOSED, WITHDRAWN])
def test_every_event_of_a_dispute_tells_how_it_stands(type_: str, era: str) -> None:
    seen = DisputeState(DisputeStatus.NEEDS_RESPONSE, took_money=True, event="evt_1")
    fact = Disputed("dp_1", "ch_1", AT, states=(seen,))
    assert read_dispute(type_, dispute(era), era) == ChargeEvent(fact, True, "ch_1", None if era == "old" else "pi_1")


@pytest.mark.parametrize(
    ("status", "holds"),
    [
        ("warning_needs_response", False),
        ("warning_under_review", False),
        ("warning_closed", False),
        ("needs_response", True),
        ("under_review", True),
        ("appeal_needs_response", True),
        ("appeal_under_review", True),
        ("lost", True),
        ("won", False),
        ("charge_refunded", False),
        ("prevented", True),  # it took money
    ],
)
@pytest.mark.parametrize("type_", [CREATED, UPDATED, CLOSED, WITHDRAWN])
def test_the_status_says_whether_it_holds(type_: str, status: str, holds: bool) -> None:
    assert state(type_, status=status).holds is holds


def test_the_status_of_every_version_is_read() -> None:
    assert {state(status=str(each)).status for each in DisputeStatus} == set(DisputeStatus)


@pytest.mark.parametrize(
    ("amounts", "took_money", "reinstated"),
    [
        ([], False, False),
        ([-2_000], True, False),
        ([-2_000, 2_000], False, True),
        ([2_000, -2_000], False, True),
        ([-2_000, 1_999], True, False),
        ([-2_000, 2_010], False, True),
        ([0], False, True),
        ([-2_000, 2_000, -2_000], True, False),
    ],
)
def test_the_balance_says_where_the_money_is(amounts: list[int], took_money: bool, reinstated: bool) -> None:
    seen = state(balance_transactions=moved(*amounts))
    assert (seen.took_money, seen.reinstated) == (took_money, reinstated)


@pytest.mark.parametrize("status", ["under_review", "lost", "appeal_under_review"])
@pytest.mark.parametrize("amounts", [[], [-2_000], [-2_000, 2_000]])
def test_funds_that_are_reinstated_are_back_whatever_else_it_says(status: str, amounts: list[int]) -> None:
    seen = state(REINSTATED, status=status, balance_transactions=moved(*amounts))
    assert seen.reinstated
    assert not seen.holds


def test_a_prevented_dispute_holds_only_what_it_took() -> None:
    assert not state(status="prevented", balance_transactions=[]).holds
    assert state(status="prevented", balance_transactions=moved(-2_000)).holds


@pytest.mark.parametrize("nothing", [{}, {"balance_transactions": None}])
def test_a_prevented_dispute_must_say_whether_it_took_money(nothing: dict[str, Any]) -> None:
    subject = dispute(status="prevented")
    del subject["balance_transactions"]
    with pytest.raises(ActionNeededError, match=r"\(data\.object\.balance_transactions\)"):
        read_event(event(CLOSED, subject | nothing))


def test_any_other_dispute_needs_no_balance() -> None:
    assert state(balance_transactions=None) == DisputeState(DisputeStatus.NEEDS_RESPONSE, event="evt_1")


def test_an_expanded_charge_is_as_good_as_its_id() -> None:
    assert read_dispute(CREATED, dispute(charge={"id": "ch_9", "object": "charge"})).charge == "ch_9"


@pytest.mark.parametrize("type_", TYPES)
def test_a_status_that_nobody_knows_is_refused_with_its_word(type_: str) -> None:
    with pytest.raises(ActionNeededError, match=r'\(data\.object\.status is "arbitration"\)'):
        read_event(event(type_, dispute(status="arbitration")))


# ------------------------------------------------------------------ two in one second


def test_an_event_tells_which_state_it_followed() -> None:
    first = state(CREATED, status="warning_needs_response", balance_transactions=[])
    then = state(previous={"status": "warning_needs_response", "balance_transactions": []})
    assert (first.before, then.before) == ("", first.mark)


@pytest.mark.parametrize(
    "previous",
    [
        None,
        {},
        [],
        "?",
        7,
        {"status": "arbitration"},
        {"balance_transactions": "?"},
        {"evidence": {"customer_name": 1}},
    ],
)
def test_an_event_that_does_not_tell_or_changes_nothing_follows_none(previous: Any) -> None:
    assert state(previous=previous).before == ""
