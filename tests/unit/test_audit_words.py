"""An audit action is true of the license's status before and after it: one entry for a change, none without."""

from dataclasses import replace

import pytest
from keystack.domain import recording
from keystack.domain.audit import AuditEntry
from keystack.domain.facts import LicenseFact, OrderFact, Paid, Refunded, RefundFailed, Revoked, with_facts
from keystack.domain.licenses import License
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Award, Current, Line, Settled

from unit.billing_facts import disputed, ended, item, paid_until, renewal_refunded, seen, took_money
from unit.subscribed import first_invoice

MAY, NOW, LATER = 1_000, 5_000, 9_000
MONTHLY = Settled(
    Line("li_1", "price_month", None, 1, True), (Award("pro", PlanKind.SUBSCRIPTION, None, "PRO", 1, 2),), "si_1"
)
FOR_LIFE = Settled(Line("li_2", "price_life", None, 1, False), (Award("life", PlanKind.PERPETUAL, None, "L", 1, 1),))
PAID_FOR = Order("acme", "cs_1", True, 0, settled=(MONTHLY, FOR_LIFE), facts=with_facts({}, [Paid(0)]))


def licenses(order: Order, *decided: LicenseFact) -> list[License]:
    return [replace(license, facts=with_facts({}, decided)) for license, _ in licenses_of(order)]


def told(
    *facts: OrderFact, order: Order = PAID_FOR, decided: tuple[LicenseFact, ...] = (), now: int = NOW
) -> list[list[AuditEntry]]:
    """The entries that each fact brings, one after the other."""
    found = []
    for fact in facts:
        order, entries = recording.record_fact(order, fact, licenses(order, *decided), now)
        found.append(entries)
    return found


def words(*facts: OrderFact, **more: object) -> list[list[str]]:
    return [[str(entry.action) for entry in entries] for entries in told(*facts, **more)]  # type: ignore[arg-type]


# --------------------------------------------------------------- what is not told


@pytest.mark.parametrize(
    "facts",
    [
        [seen("active", MAY), seen("active", MAY + 1)],
        [seen("trialing", MAY), seen("active", MAY + 1)],
        [seen("active", MAY), paid_until(LATER), paid_until(LATER + 9, invoice="in_2")],
        [first_invoice(("si_1", "price_month"))],
        [seen("active", MAY, item()), seen("active", MAY + 1, item(quantity=2))],  # what follows is told by itself
    ],
)
def test_what_was_to_be_expected_is_not_told(facts: list[OrderFact]) -> None:
    assert words(*facts) == [[]] * len(facts)


@pytest.mark.parametrize(
    "fact",
    [
        seen("unpaid", MAY, latest_invoice="in_2"),
        seen("past_due", MAY),
        ended(LATER, MAY),
        disputed("lost", MAY),
        renewal_refunded(until=LATER),
    ],
)
def test_the_same_again_or_seen_again_is_not_told(fact: OrderFact) -> None:
    again = replace(fact, at=fact.at + 1)
    assert [len(each) for each in words(fact, fact, again)] == [1, 0, 0]


# -------------------------------------------------------------------- what is told


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([seen("past_due", MAY), seen("active", MAY + 1)], ["subscription.changed", "subscription.changed"]),
        ([seen("unpaid", MAY), seen("active", MAY + 1)], ["license.frozen", "license.reactivated"]),
        ([seen("past_due", MAY), seen("unpaid", MAY + 1)], ["subscription.changed", "license.frozen"]),
        ([seen("unpaid", MAY), ended(MAY, MAY + 1)], ["license.frozen", "subscription.deleted"]),
        ([seen("paused", MAY), seen("active", MAY + 1)], ["license.frozen", "license.reactivated"]),
        ([seen("paused", MAY, trial_end=LATER)], ["subscription.changed"]),  # it freezes later
        ([seen("active", MAY, collection_paused=True)], ["subscription.changed"]),
        ([seen("active", MAY, collection_paused=True, freezes=True)], ["license.frozen"]),
        ([seen("active", MAY, ends=LATER), seen("active", MAY + 1)], ["license.expiring", "subscription.changed"]),
        ([ended(LATER, MAY)], ["license.expiring"]),
        ([ended(MAY, MAY)], ["license.expired"]),
        ([ended(MAY, MAY), paid_until(LATER)], ["license.expired", "license.reactivated"]),
        ([seen("active", MAY, ends=LATER), ended(LATER, MAY + 1)], ["license.expiring", "subscription.deleted"]),
        ([seen("active", MAY, ends=MAY), seen("unpaid", MAY + 1, ends=MAY)], ["license.expired", "license.frozen"]),
        ([renewal_refunded(until=MAY), paid_until(LATER)], ["license.frozen", "license.reactivated"]),
        ([renewal_refunded(until=MAY, amount=40)], ["refund.partial"]),
        (
            [renewal_refunded(until=MAY), disputed("lost", MAY), paid_until(LATER)],
            ["license.frozen", "license.frozen", "hold.lifted"],  # the dispute froze what is for life, and goes on
        ),
        ([disputed("warning_needs_response", MAY)], ["dispute.recorded"]),
        ([disputed("warning_needs_response", MAY), disputed("lost", MAY + 1)], ["dispute.recorded", "license.frozen"]),
        ([disputed("lost", MAY), disputed("won", MAY + 1)], ["license.frozen", "license.reactivated"]),
        ([took_money("prevented", MAY, took=False)], ["dispute.recorded"]),
        ([took_money("prevented", MAY)], ["license.frozen"]),
        ([disputed("won", MAY)], ["dispute.won"]),
        ([seen("unpaid", MAY), disputed("lost", MAY + 1)], ["license.frozen", "license.frozen"]),  # what is for life
    ],
)
def test_the_word_is_true_of_the_status_before_and_after(facts: list[OrderFact], expected: list[str]) -> None:
    assert words(*facts) == [[word] for word in expected]


@pytest.mark.parametrize("fact", [seen("unpaid", MAY), ended(MAY, MAY), disputed("lost", MAY), paid_until(LATER)])
def test_nothing_is_said_of_a_license_that_a_person_revoked(fact: OrderFact) -> None:
    [entries] = words(fact, decided=(Revoked("ada", "fraud", 1),))
    assert not any(word.startswith("license.") for word in entries)


def test_how_many_became_frozen_or_expired_is_said_of_those_alone() -> None:
    def count(fact: OrderFact) -> object:
        [[entry]] = told(fact)
        return entry.detail.get("licenses")

    assert [count(fact) for fact in (seen("unpaid", MAY), disputed("lost", MAY), ended(MAY, MAY))] == [2, 3, 2]
    assert count(seen("past_due", MAY)) is None


def test_of_a_bundle_of_which_one_part_is_for_life_by_now_only_the_other_expires() -> None:
    month, life = (Award(kind, kind, None, "K", 1, 1, grant) for grant, kind in enumerate(list(PlanKind)[1::-1]))
    had = replace(month, plan="b", grant=1)
    line = Settled(MONTHLY.line, (month, had), "si_1", Current("price_new", 1, (month, life), MAY))
    [[entry]] = told(ended(MAY, MAY), order=replace(PAID_FOR, settled=(line,)))
    assert (str(entry.action), entry.detail["licenses"]) == ("license.expired", 1)


def test_a_full_refund_that_failed_before_it_was_heard_of_is_not_called_a_part() -> None:
    failed = RefundFailed("re_1", "ch_1", 100, MAY)
    whole, part = Refunded("ch_1", 100, True, True, MAY), Refunded("ch_1", 40, False, False, MAY)
    assert words(failed, whole) == [["refund.failed"], ["refund.recorded"]]
    assert words(failed, part) == [["refund.failed"], ["refund.partial"]]


def test_a_pause_that_turns_out_to_begin_later_is_told() -> None:
    paused, paid = seen("paused", MAY), paid_until(LATER)
    assert words(paused, paid) == [["license.frozen"], ["license.reactivated"]]
    assert words(paid, paused) == [[], ["subscription.changed"]]


def test_of_what_becomes_known_together_the_state_of_the_subscription_is_told_last() -> None:
    """Else a license would be called expired, and reactivated by what was paid."""
    together: list[OrderFact] = [ended(MAY, MAY), paid_until(LATER, at=NOW), Paid(NOW)]
    _, entries = recording.record_facts(replace(PAID_FOR, facts={}), together, licenses(PAID_FOR), NOW)
    assert [str(entry.action) for entry in entries] == ["order.created", "license.expiring"]


# ------------------------------------------------------------------- by the time


def swept(order: Order, now: int) -> tuple[Order, list[str]]:
    found = list[str]()
    while True:
        order, entries = recording.record_expiry(order, licenses(order), now)
        if not entries:
            return order, found
        found += [str(entry.action) for entry in entries]


def after(*facts: OrderFact, order: Order = PAID_FOR, now: int = NOW) -> Order:
    return recording.record_facts(order, facts, licenses(order), now)[0]


def test_a_pause_that_begins_is_told_when_its_time_has_come() -> None:
    order = after(seen("paused", MAY, trial_end=LATER))
    assert swept(order, LATER - 1)[1] == []
    order, found = swept(order, LATER)
    assert found == ["license.frozen"]
    assert swept(order, LATER + 9)[1] == []


def test_what_a_refund_froze_is_not_frozen_again_by_the_end_that_the_refund_brought() -> None:
    """It was canceled in May and paid until later; then the payment was given back, so that it ended in May."""
    order = after(ended(MAY, MAY), paid_until(LATER))
    order, entries = recording.record_fact(order, renewal_refunded(until=LATER, at=NOW), licenses(order), NOW)
    assert [str(entry.action) for entry in entries] == ["license.frozen"]
    assert swept(order, NOW + 9)[1] == ["expiry.passed"]


def test_a_license_that_a_refund_froze_after_its_end_is_not_frozen_again_by_the_sweep() -> None:
    order = after(ended(NOW + 5, MAY))
    order, entries = recording.record_fact(order, disputed("lost", NOW + 9), licenses(order), NOW + 9)
    assert [str(entry.action) for entry in entries] == ["license.frozen"]
    assert swept(order, NOW + 10)[1] == ["expiry.passed"]


def test_what_is_seen_again_is_not_told_again_by_the_sweep() -> None:
    order = after(seen("unpaid", MAY, item()), seen("unpaid", MAY + 9, item()))
    assert swept(order, NOW)[1] == []


def test_a_pause_that_no_sweep_has_told_yet_is_told_though_it_is_seen_to_begin_later() -> None:
    order = after(seen("paused", MAY, trial_end=LATER), now=MAY)
    moved = after(paid_until(LATER + 5), order=order, now=LATER + 9)
    assert swept(moved, LATER + 9)[1] == ["license.frozen"]


def test_each_of_two_times_that_passed_unnoticed_is_told_once() -> None:
    fixed = Settled(Line("li_1", "p", None, 1, True), (Award("term", PlanKind.FIXED, 1, "T", 1, 1),), "si_1")
    order = after(seen("paused", MAY, trial_end=LATER), order=replace(PAID_FOR, settled=(fixed,)))
    assert swept(order, 100_000)[1] == ["license.frozen", "expiry.passed"]
    ends_first = after(seen("paused", MAY, trial_end=90_000), order=replace(PAID_FOR, settled=(fixed,)))
    assert swept(ends_first, 100_000)[1] == ["expiry.passed", "license.frozen"]
