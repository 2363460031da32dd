"""An end that has passed is told once, by the event or by the sweep, whichever comes first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystack.domain import recording
from keystack.domain.audit import Action, AuditEntry
from keystack.domain.facts import OrderFact, Paid, SubscriptionSeen
from keystack.domain.licenses import License
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import DAY, PlanKind
from keystack.domain.plans import Award, Line, Settled
from keystack.domain.status import expires_at, next_change

from unit.billing_facts import disputed, ended

PAID = 1_000_000
SUBSCRIPTION = Award("pro", PlanKind.SUBSCRIPTION, None, "PRO", 1, 2)
MONTH, YEAR = Award("trial", PlanKind.FIXED, 30, "T", 1, 1), Award("year", PlanKind.FIXED, 365, "Y", 1, 3)
PERPETUAL = Award("ever", PlanKind.PERPETUAL, None, "E", 1, 1)


def licenses(bought: Order) -> list[License]:
    return [license for license, _ in licenses_of(bought)]


def record_fact(bought: Order, fact: OrderFact, now: int) -> tuple[Order, list[AuditEntry]]:
    return recording.record_fact(bought, fact, licenses(bought), now)


def record_expiry(bought: Order, now: int) -> tuple[Order, list[AuditEntry]]:
    return recording.record_expiry(bought, licenses(bought), now)


def order(*awards: Award, paid: int | None = PAID) -> Order:
    bought = Order("acme", "cs_1", True, 5, settled=(Settled(Line("li_1", "price_1", None, 1), awards),))
    return bought if paid is None else record_fact(bought, Paid(paid), paid)[0]


def deleted(end: int, at: int = PAID) -> SubscriptionSeen:
    return ended(end, at)


def swept(bought: Order, *nows: int) -> tuple[Order, list[AuditEntry]]:
    told: list[AuditEntry] = []
    for now in nows:
        bought, entries = record_expiry(bought, now)
        told += entries
    return bought, told


def ends(entries: list[AuditEntry]) -> list[int]:
    assert {entry.action for entry in entries} <= {"license.expired"}
    return [entry.detail["expires_at"] for entry in entries]


def test_each_end_is_told_once_however_often_it_is_swept() -> None:
    bought = order(MONTH, YEAR)
    month, year = PAID + 30 * DAY, PAID + 365 * DAY
    after, told = swept(bought, month - 1, month, month, month + 5, year - 1, year, year + DAY)
    assert ends(told) == [month, year]
    assert next_change(after) is None
    assert after.expiries_recorded == (month, year)


def test_a_sweep_changes_nothing_before_the_end_and_tells_it_to_the_second() -> None:
    bought = order(MONTH)
    assert record_expiry(bought, PAID + 30 * DAY - 1) == (bought, [])
    assert ends(record_expiry(bought, PAID + 30 * DAY)[1]) == [PAID + 30 * DAY]


def test_a_subscription_expires_next_once_it_is_deleted() -> None:
    bought = order(SUBSCRIPTION)
    assert next_change(bought) is None
    changed, _ = record_fact(bought, deleted(PAID + 9), PAID + 1)
    assert next_change(changed) == PAID + 9


@pytest.mark.parametrize("awards", [(PERPETUAL,), ()])
def test_perpetual_licenses_have_no_next_change(awards: tuple[Award, ...]) -> None:
    assert next_change(record_fact(order(*awards), deleted(PAID + 9), PAID + 1)[0]) is None


def test_a_deletion_whose_end_has_passed_is_told_by_the_event_and_not_again_by_the_sweep() -> None:
    changed, entries = record_fact(order(SUBSCRIPTION), deleted(PAID + 9), now=PAID + 9)
    after, told = swept(changed, PAID + 9, PAID + DAY)
    assert (ends(entries), told, after) == ([PAID + 9], [], changed)


def test_a_deletion_whose_end_is_to_come_is_announced_and_then_told_by_the_sweep() -> None:
    changed, entries = record_fact(order(SUBSCRIPTION), deleted(PAID + 9), now=PAID + 8)
    assert [entry.action for entry in entries] == ["license.expiring"]
    assert ends(swept(changed, PAID + 8, PAID + 9, PAID + 10)[1]) == [PAID + 9]


def test_a_fixed_license_in_the_cart_still_has_its_own_end() -> None:
    changed, _ = record_fact(order(SUBSCRIPTION, MONTH), deleted(PAID + 9), now=PAID + 9)
    assert next_change(changed) == PAID + 30 * DAY


days = st.integers(0, 60).map(lambda day: PAID + day * DAY)
steps = st.lists(st.one_of(days, st.builds(lambda day, at: deleted(day + 1, at), days, days)), max_size=10)


@given(steps)
def test_no_end_is_ever_told_twice(told: list[int | SubscriptionSeen]) -> None:
    bought, entries, now = order(SUBSCRIPTION, MONTH), [], PAID
    for step in told:
        if isinstance(step, int):
            now = max(now, step)
            bought, new = record_expiry(bought, now)
        else:
            bought, new = record_fact(bought, step, now)
        entries += [entry for entry in new if entry.action == "license.expired"]
    assert len(set(ends(entries))) == len(entries)
    assert all(end <= now for end in ends(entries))


def test_an_end_that_a_fixed_and_a_subscription_license_share_is_told_once() -> None:
    month = PAID + 30 * DAY
    bought, first = record_expiry(order(SUBSCRIPTION, MONTH), month)
    _, second = record_fact(bought, deleted(month), month)
    assert [entry.action for entry in first + second].count(Action.LICENSE_EXPIRED) == 1


def test_a_fixed_duration_counts_from_payment_not_from_the_session() -> None:
    (license, _), *_ = licenses_of(order(MONTH))
    assert expires_at(order(MONTH), license) == PAID + 30 * DAY
    assert next_change(order(MONTH)) == PAID + 30 * DAY
    assert next_change(order(MONTH, paid=None)) == 5 + 30 * DAY


def test_a_minted_fixed_license_and_its_order_agree_on_the_end_whichever_report_of_payment_came_first() -> None:
    late = order(MONTH, paid=PAID + 10)
    (minted, _), *_ = licenses_of(late)
    earlier_too, _ = record_fact(late, Paid(PAID), PAID + 20)
    assert next_change(earlier_too) == expires_at(earlier_too, minted) == PAID + 30 * DAY


def test_an_end_that_has_passed_when_a_frozen_license_hears_of_it_is_told_by_the_event_and_by_no_sweep() -> None:
    frozen, _ = record_fact(order(SUBSCRIPTION), disputed("needs_response", PAID + 1), PAID + 1)
    changed, entries = record_fact(frozen, deleted(PAID + 9), PAID + 50 * DAY)
    assert [(entry.action, entry.detail["expires_at"]) for entry in entries] == [("subscription.deleted", PAID + 9)]
    assert next_change(changed) is None


def test_an_end_to_come_of_a_frozen_license_is_told_when_it_has_passed() -> None:
    frozen, _ = record_fact(order(SUBSCRIPTION), disputed("needs_response", PAID + 1), PAID + 1)
    changed, _ = record_fact(frozen, deleted(PAID + 9), PAID + 2)
    assert [entry.action for entry in record_expiry(changed, PAID + 9)[1]] == ["expiry.passed"]
