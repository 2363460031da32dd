"""`facts × now → status`: revoked before frozen before expired before active."""

from itertools import product

import pytest
from keystack.domain.facts import (
    Held,
    HoldLifted,
    LicenseFact,
    LicenseFacts,
    OrderFact,
    Paid,
    Refunded,
    Revoked,
    with_facts,
)
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.plan_kinds import DAY, PlanKind
from keystack.domain.status import Status, expires_at, license_holds, license_status

from unit.billing_facts import ended

END, NOW = DAY, 2 * DAY
REVOKED, HELD = Revoked("ada", "fraud", 5), Held("h_1", "ada", "asked", 5)
REFUNDED = Refunded("ch_1", 100, full=True, freezes=True, at=5)
DELETED = ended(END, at=5)
LIFTED = HoldLifted("refund:ch_1:100", "ada", 6)


def known(*told: OrderFact) -> Order:
    return Order("acme", "cs_1", livemode=True, created_at=0, facts=with_facts({}, told))


def own(*told: LicenseFact) -> LicenseFacts:
    return with_facts({}, told)


def bought(kind: str = "subscription", *decided: LicenseFact) -> License:
    return License(
        "lic_1", "KEY", "pro", PlanKind(kind), 1, "li_1", 1, 0, 1 if kind == "fixed" else None, own(*decided)
    )


# Every mix of: revoked, frozen (not, by the order's facts, by the license's own), expired.
@pytest.mark.parametrize(
    ("revoked", "frozen", "expired"), list(product(("no", "own"), ("no", "order", "own"), (False, True)))
)
def test_the_strongest_status_wins(revoked: str, frozen: str, expired: bool) -> None:
    of_order: list[OrderFact] = [DELETED] if expired else []
    of_order += [REFUNDED] if frozen == "order" else []
    decided: list[LicenseFact] = [REVOKED] if revoked == "own" else []
    decided += [HELD] if frozen == "own" else []
    expected = (
        Status.REVOKED if revoked != "no" else
        Status.FROZEN if frozen != "no" else
        Status.EXPIRED if expired else
        Status.ACTIVE
    )  # fmt: skip
    assert license_status(known(*of_order), bought("subscription", *decided), NOW) is expected


def test_a_person_may_lift_the_orders_hold_for_one_license_alone() -> None:
    assert license_status(known(REFUNDED), bought("subscription", LIFTED), NOW) is Status.ACTIVE
    assert license_status(known(REFUNDED), bought(), NOW) is Status.FROZEN


def test_the_holds_of_a_license_are_the_orders_and_its_own() -> None:
    held = license_holds(known(REFUNDED), bought("subscription", HELD))
    assert {hold.id for hold in held} == {"refund:ch_1:100", "h_1"}


def test_nothing_but_a_person_takes_a_revocation_back_and_not_even_a_person() -> None:
    assert (
        license_status(known(), bought("subscription", REVOKED, HoldLifted("revoked", "ada", 9)), NOW) is Status.REVOKED
    )


@pytest.mark.parametrize(("now", "status"), [(END - 1, "active"), (END, "expired"), (END + 1, "expired")])
@pytest.mark.parametrize("kind", ["subscription", "fixed"])
def test_a_license_expires_at_its_end_and_not_a_second_sooner(kind: str, now: int, status: str) -> None:
    assert license_status(known(DELETED), bought(kind), now) == status


def test_a_perpetual_license_never_expires_even_when_a_subscription_is_deleted() -> None:
    assert expires_at(known(DELETED), bought("perpetual")) is None
    assert license_status(known(DELETED), bought("perpetual"), 2**40) is Status.ACTIVE


def test_a_fixed_license_keeps_its_own_date_when_a_subscription_is_deleted() -> None:
    sooner = known(ended(END - 500, at=5))
    assert expires_at(sooner, bought("fixed")) == END
    assert license_status(sooner, bought("fixed"), END - 1) is Status.ACTIVE


def test_a_fixed_duration_counts_from_payment_and_without_one_from_the_licenses_making() -> None:
    assert expires_at(known(Paid(70)), bought("fixed")) == 70 + DAY
    assert expires_at(known(), bought("fixed")) == DAY


def test_a_subscription_license_does_not_expire_while_its_subscription_lives() -> None:
    assert expires_at(known(REFUNDED), bought()) is None
    assert license_status(known(), bought(), 2**40) is Status.ACTIVE


def test_of_several_reports_of_the_end_the_latest_counts() -> None:
    told = known(ended(END + 500, at=1), DELETED, ended(END + 900, at=3))
    assert expires_at(told, bought()) == END
