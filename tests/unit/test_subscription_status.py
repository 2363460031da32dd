"""What a subscription's status makes of the licenses that it pays for, and of the others in its cart."""

from dataclasses import replace
from itertools import permutations

import pytest
from keystack.domain.billing import Billing
from keystack.domain.facts import Concern, HoldLifted, OrderFact, Paid, Refunded, with_facts
from keystack.domain.holds import Hold, HoldKind, ends_by_itself
from keystack.domain.licenses import License
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Award, Line, Settled
from keystack.domain.status import expires_at, held_since, license_billing, license_holds, license_status
from keystack.domain.subscriptions import SubscriptionStatus, has_ended

from unit.billing_facts import disputed, ended, item, paid_until, renewal_refunded, seen

MAY, JUNE, JULY = 1_000, 2_000, 3_000
SUB = Concern.SUBSCRIPTION


def line(identity: str, kind: PlanKind, recurs: bool | None, joined: str | None = None) -> Settled:
    award = Award(kind, kind, 30 if kind is PlanKind.FIXED else None, "KEY", 1, 1)
    return Settled(Line(identity, f"price_{identity}", None, 1, recurs), (award,), joined)


MONTHLY = line("li_month", PlanKind.SUBSCRIPTION, True, "si_1")
FOR_LIFE = line("li_life", PlanKind.PERPETUAL, False)
RENTED = line("li_rent", PlanKind.PERPETUAL, True, "si_2")  # a perpetual plan at a price that recurs
ORDER = Order("acme", "cs_1", True, 0, settled=(MONTHLY, FOR_LIFE, RENTED), subscription="sub_1")


def order(*told: OrderFact) -> Order:
    return replace(ORDER, facts=with_facts({}, [Paid(0), *told]))


def of_line(of: Order, identity: str) -> License:
    return next(license for license, _ in licenses_of(of) if license.line == identity)


def statuses(now: int, *told: OrderFact) -> list[str]:
    """Of what is paid monthly, for life and rented: the same whatever order the facts are told in."""
    found = []
    for each in permutations(told):
        of = order(*each)
        found.append([str(license_status(of, license, now)) for license, _ in licenses_of(of)])
    assert all(each == found[0] for each in found), found
    return found[0]


def monthly(now: int, *told: OrderFact) -> str:
    return statuses(now, *told)[0]


def test_what_ends_for_good_is_known_of_every_status() -> None:
    assert {status for status in SubscriptionStatus if has_ended(status)} == {"canceled", "incomplete_expired"}


@pytest.mark.parametrize("status", ["trialing", "active", "past_due", "incomplete"])
def test_a_license_is_valid_while_stripe_still_serves_or_asks_for_the_money(status: str) -> None:
    assert statuses(2**40, seen(status, MAY), paid_until(JUNE)) == ["active"] * 3


@pytest.mark.parametrize("status", ["unpaid", "paused"])
def test_unpaid_and_paused_freeze_what_the_subscription_pays_for_and_nothing_else(status: str) -> None:
    assert statuses(JUNE, seen(status, MAY)) == ["frozen", "active", "frozen"]


@pytest.mark.parametrize("status", ["unpaid", "paused"])
def test_that_ends_by_itself_when_stripe_says_active_again(status: str) -> None:
    assert monthly(JULY, seen(status, MAY), seen("active", JUNE)) == "active"


def test_an_unpaid_subscription_is_held_since_it_was_seen_so_for_its_latest_invoice() -> None:
    [hold] = license_holds(order(seen("unpaid", MAY, latest_invoice="in_2")), of_line(ORDER, "li_month"))
    why = "subscription sub_1 is unpaid, and Stripe has given up asking for the money"
    assert hold == Hold("unpaid:in_2", HoldKind.SUBSCRIPTION, why, MAY, SUB)


def test_a_hold_of_its_status_is_named_after_the_subscription_where_no_invoice_is_known() -> None:
    [hold] = license_holds(order(seen("unpaid", MAY)), of_line(ORDER, "li_month"))
    assert hold.id == "unpaid:sub_1"


def test_what_a_person_lifted_stays_lifted_until_another_invoice_is_unpaid() -> None:
    first, next_one = (seen("unpaid", at, latest_invoice=name) for at, name in ((MAY, "in_2"), (JUNE, "in_3")))
    license = replace(of_line(ORDER, "li_month"), facts=with_facts({}, [HoldLifted("unpaid:in_2", "ada", MAY + 1)]))
    assert license_status(order(first), license, JULY) == "active"
    assert license_status(order(first, next_one), license, JULY) == "frozen"


@pytest.mark.parametrize("fact", [seen("unpaid", MAY + 9), disputed("lost", MAY + 9)])
def test_what_an_event_says_freezes_at_once_though_our_clock_is_behind_stripes(fact: OrderFact) -> None:
    assert monthly(MAY, fact) == "frozen"


# ---------------------------------------------------------------------- paused


def test_a_pause_begins_at_the_end_of_the_trial() -> None:
    paused = seen("paused", MAY, trial_end=JUNE)
    assert [monthly(now, paused) for now in (JUNE - 1, JUNE)] == ["active", "frozen"]


def test_a_pause_begins_at_the_end_of_what_was_paid_if_that_is_later() -> None:
    told: list[OrderFact] = [seen("paused", MAY, trial_end=MAY), paid_until(JUNE)]
    assert [monthly(now, *told) for now in (JUNE - 1, JUNE)] == ["active", "frozen"]


def test_a_pause_of_which_neither_is_known_begins_when_it_was_seen() -> None:
    [hold] = license_holds(order(seen("paused", MAY)), of_line(ORDER, "li_month"))
    assert hold == Hold("paused:sub_1", HoldKind.SUBSCRIPTION, "subscription sub_1 is paused", MAY, SUB)


def test_a_pause_that_is_over_before_it_began_never_froze() -> None:
    told = [seen("paused", MAY, trial_end=JUNE), seen("active", MAY + 5)]
    assert monthly(2**40, *told) == "active"


@pytest.mark.parametrize(("freezes", "status"), [(False, "active"), (True, "frozen")])
def test_a_paused_collection_freezes_only_where_the_organization_says_so(freezes: bool, status: str) -> None:
    told = seen("active", MAY, collection_paused=True, freezes=freezes, latest_invoice="in_2")
    assert statuses(JUNE, told) == [status, "active", status]


def test_a_paused_collection_that_freezes_says_so_and_ends_when_it_goes_on() -> None:
    paused = seen("active", MAY, collection_paused=True, freezes=True, latest_invoice="in_2")
    [hold] = license_holds(order(paused), of_line(ORDER, "li_month"))
    assert hold == Hold(
        "collection_paused:in_2", HoldKind.SUBSCRIPTION, "the collection of subscription sub_1 is paused", MAY, SUB
    )
    assert monthly(JULY, paused, seen("active", JUNE, freezes=True)) == "active"


def test_the_setting_freezes_nothing_while_the_collection_goes_on() -> None:
    assert statuses(JUNE, seen("active", MAY, freezes=True)) == ["active"] * 3


def test_a_subscription_that_has_ended_is_expired_and_not_frozen_for_its_collection() -> None:
    over = ended(JUNE, JUNE, collection_paused=True, freezes=True)
    assert statuses(JULY, over) == ["expired", "active", "active"]  # what is perpetual stays, at whatever price


def test_one_that_nobody_paid_and_that_was_canceled_then_is_expired_and_not_frozen() -> None:
    told = [seen("unpaid", MAY, latest_invoice="in_2"), ended(JUNE, JUNE, latest_is_paid=False)]
    assert monthly(JULY, *told, paid_until(MAY)) == "expired"


# ------------------------------------------------------------------ each its own


def test_the_refund_of_a_renewal_freezes_what_the_subscription_pays_for_and_not_what_is_for_life() -> None:
    assert statuses(JULY, renewal_refunded(until=JUNE)) == ["frozen", "active", "frozen"]
    assert statuses(JULY, renewal_refunded(until=JUNE), paid_until(JULY)) == ["active"] * 3


def test_the_refund_of_the_orders_own_payment_freezes_all_of_it() -> None:
    assert statuses(JULY, Refunded("ch_1", 100, True, True, MAY)) == ["frozen"] * 3


@pytest.mark.parametrize(("kind", "status"), [(PlanKind.SUBSCRIPTION, "frozen"), (PlanKind.PERPETUAL, "active")])
def test_of_an_older_order_the_plans_kind_tells_what_the_subscription_pays_for(kind: PlanKind, status: str) -> None:
    of = replace(order(seen("unpaid", MAY)), settled=(line("li_old", kind, None),))
    assert license_status(of, of_line(of, "li_old"), JULY) == status


def test_a_license_of_a_line_that_is_not_known_is_concerned_by_whatever_is_held() -> None:
    license = replace(of_line(ORDER, "li_month"), line="li_unknown")
    assert license_status(order(seen("unpaid", MAY)), license, JULY) == "frozen"


def test_an_order_is_held_since_its_first_license_is() -> None:
    assert held_since(order(seen("unpaid", JUNE), Refunded("ch_1", 100, True, True, MAY))) == MAY
    for_life = replace(order(seen("unpaid", JUNE)), settled=(FOR_LIFE,))
    assert held_since(for_life) is None


def test_a_line_ends_with_its_items_period_also_before_the_join_was_stored() -> None:
    rented = replace(MONTHLY, line=Line("li_year", "price_year", None, 1, True), item=None)
    of = replace(order(), settled=(replace(MONTHLY, item=None), rented))
    items = item("si_1", "price_li_month"), item("si_9", "price_year")
    known = replace(
        of, facts=with_facts(of.facts, [ended(MAY, MAY, *items), paid_until(JUNE), paid_until(JULY, "si_9")])
    )
    assert [expires_at(known, license) for license, _ in licenses_of(known)] == [JUNE, JULY]


def test_billing_is_told_of_what_the_subscription_pays_for_alone() -> None:
    of = order(seen("active", MAY, ends=JULY), paid_until(JUNE, "si_1"), paid_until(JULY, "si_2"))
    found = [license_billing(of, license) for license, _ in licenses_of(of)]
    active = SubscriptionStatus.ACTIVE
    assert found == [Billing(active, False, JUNE, JULY), None, Billing(active, False, JULY, JULY)]


def test_what_ends_a_hold_of_each_kind_is_known() -> None:
    by_itself = {kind for kind in HoldKind if ends_by_itself(kind)}
    assert by_itself == {HoldKind.SUBSCRIPTION, HoldKind.QUANTITY}
