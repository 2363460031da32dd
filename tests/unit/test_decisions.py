"""A person freezes, reactivates and revokes one license; what its state does not allow is refused with the reason."""

from dataclasses import replace

import pytest
from keystack.domain.decisions import Decided, freeze, reactivate, revoke
from keystack.domain.facts import OrderFact, Refunded, with_facts
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.status import Status, license_status
from keystack.errors import ConflictError

from unit.billing_facts import disputed, ended, paid_until, renewal_refunded, seen

NOW = 1_000_000
LICENSE = License("lic_1", "ACME-1", "pro", PlanKind.SUBSCRIPTION, 1, "li_1", 1, NOW - 100)
REFUNDED = Refunded("ch_1", 100, full=True, freezes=True, at=NOW - 50)
DISPUTED = disputed("needs_response", NOW - 40)
ENDED = ended(NOW - 10, NOW - 20)


def order(*facts: OrderFact) -> Order:
    return Order("acme", "cs_1", livemode=True, created_at=NOW - 100, facts=with_facts({}, facts))


def status(of: Order, decided: Decided) -> Status:
    return license_status(of, decided[0], NOW)


def test_a_frozen_license_says_who_and_why() -> None:
    license, entry = freeze(order(), LICENSE, "backend", "card tester", NOW)
    assert license_status(order(), license, NOW) is Status.FROZEN
    assert entry.action == "license.frozen"
    assert entry.detail == {"license": "lic_1", "hold": "person:1", "by": "backend", "reason": "card tester"}


def test_a_frozen_license_is_not_frozen_twice_by_people() -> None:
    license, _ = freeze(order(), LICENSE, "ada", "", NOW)
    with pytest.raises(ConflictError, match=r"frozen already \(frozen by ada\)"):
        freeze(order(), license, "bob", "", NOW)


def test_a_person_may_freeze_what_a_refund_froze() -> None:
    decided = freeze(order(REFUNDED), LICENSE, "ada", "", NOW)
    assert status(order(REFUNDED), decided) is Status.FROZEN
    assert decided[1].action == "hold.opened"  # it was frozen before


def test_an_expired_license_that_a_person_freezes_is_frozen() -> None:
    assert freeze(order(ENDED), LICENSE, "ada", "", NOW)[1].action == "license.frozen"


def test_lifting_the_holds_of_a_license_that_has_ended_reactivates_nothing() -> None:
    decided = reactivate(order(REFUNDED, ENDED), LICENSE, "ada", "", NOW)
    assert status(order(REFUNDED, ENDED), decided) is Status.EXPIRED
    assert decided[1].action == "hold.lifted"


def test_reactivating_lifts_every_hold_of_the_order_and_its_own() -> None:
    of = order(REFUNDED, DISPUTED)
    frozen, _ = freeze(of, LICENSE, "ada", "", NOW)
    decided = reactivate(of, frozen, "bob", "they paid again", NOW)
    assert status(of, decided) is Status.ACTIVE
    assert decided[1].action == "license.reactivated"
    assert sorted(decided[1].detail["holds"]) == ["dispute:dp_1", "person:1", "refund:ch_1:100"]


def test_a_license_frozen_again_by_a_person_has_another_hold() -> None:
    frozen, first = freeze(order(), LICENSE, "ada", "", NOW)
    lifted, _ = reactivate(order(), frozen, "ada", "", NOW)
    again, second = freeze(order(), lifted, "ada", "", NOW)
    assert license_status(order(), again, NOW) is Status.FROZEN
    assert first.id != second.id


def test_a_larger_refund_freezes_again_what_a_person_reactivated() -> None:
    of = order(replace(REFUNDED, amount=60))
    license, _ = reactivate(of, LICENSE, "ada", "", NOW)
    assert license_status(of, license, NOW) is Status.ACTIVE
    assert license_status(order(replace(REFUNDED, amount=60), REFUNDED), license, NOW) is Status.FROZEN


def test_an_active_license_has_nothing_to_lift() -> None:
    with pytest.raises(ConflictError, match="it is active and not frozen: there is nothing to lift"):
        reactivate(order(), LICENSE, "ada", "", NOW)


def test_a_license_that_is_frozen_later_is_not_reactivated_before() -> None:
    """Paused, and paid a while longer."""
    of = order(seen("paused", NOW - 20), paid_until(NOW + 50))
    with pytest.raises(ConflictError, match="it is active and not frozen: there is nothing to lift"):
        reactivate(of, LICENSE, "ada", "", NOW)
    license, _ = reactivate(of, LICENSE, "ada", "", NOW + 50)
    assert license_status(of, license, NOW + 50) is Status.ACTIVE


@pytest.mark.parametrize(
    "fact",
    [
        seen("unpaid", NOW - 40, latest_invoice="in_2"),
        seen("paused", NOW - 40),
        seen("active", NOW - 40, collection_paused=True, freezes=True),
        renewal_refunded(until=NOW, at=NOW - 40),
    ],
)
def test_a_person_may_lift_what_would_end_by_itself(fact: OrderFact) -> None:
    decided = reactivate(order(fact), LICENSE, "ada", "they pay by bank transfer", NOW)
    assert status(order(fact), decided) is Status.ACTIVE
    assert decided[1].action == "license.reactivated"


def test_what_a_person_lifts_of_a_frozen_license_includes_a_pause_that_begins_later() -> None:
    of = order(seen("paused", NOW - 40, trial_end=NOW + 10), DISPUTED)
    license, entry = reactivate(of, LICENSE, "ada", "", NOW)
    assert entry.detail["holds"] == ["dispute:dp_1", "paused:sub_1"]
    assert [license_status(of, license, now) for now in (NOW, NOW + 10)] == [Status.ACTIVE, Status.ACTIVE]


def test_an_expired_license_is_not_reactivated() -> None:
    with pytest.raises(ConflictError, match="it is expired and not frozen: what it paid for has ended"):
        reactivate(order(ENDED), LICENSE, "ada", "", NOW)


@pytest.mark.parametrize("decision", [freeze, reactivate, revoke])
def test_revoked_is_final(decision: object) -> None:
    license, entry = revoke(order(REFUNDED), LICENSE, "ada", "fraud", NOW)
    assert license_status(order(), license, NOW) is Status.REVOKED
    assert entry.action == "license.revoked"
    with pytest.raises(ConflictError, match="revoked, which is final"):
        decision(order(REFUNDED), license, "ada", "", NOW)  # type: ignore[operator]
