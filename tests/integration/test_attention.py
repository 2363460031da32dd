"""What needs a person: failures by their cause, each group replayed by itself, and holds to decide about."""

import json
from typing import Any

import pytest
from keystack.domain.causes import Cause, CauseKind, read_cause
from keystack.domain.decisions import freeze, reactivate
from keystack.domain.deliveries import DeliveryStatus
from keystack.domain.plans import Grant, Mapping
from keystack.management import attention, replay
from keystack.management.attention import failed_deliveries, undecided_orders
from keystack.management.catalogue import store_mapping
from keystack.management.decide import decide
from keystack.storage.deliveries import deliveries
from keystack.storage.deliveries.found import found_from
from samples import purchase, sample, stripe_event

from integration.aws import client
from integration.sales import PlayedSale, price_of
from integration.stand_ins import error
from integration.world import ORG, World
from local.stripe import payment_steps
from local.stripe import subscription_steps as steps

pytestmark = pytest.mark.usefixtures("world")
UNMAPPED = Cause(CauseKind.PRICE_UNMAPPED, "price_a")


def failed(number: int, cause: str = "", org: str = ORG, livemode: bool = False, **more: Any) -> None:
    event = {**purchase(number), "livemode": livemode}
    given = {"status": DeliveryStatus.FAILED, "reason": f"why {number}", "cause": cause, **more}
    deliveries.record(deliveries.Delivery(org, event, 1_000 + number, **given), 1_000 + number)


def replayed(queue: str = "IssueQueue") -> list[str]:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    told = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        told += [json.loads(each["Body"])["event"]["id"] for each in found]
    return told


# ------------------------------------------------------------------- causes


@pytest.mark.parametrize(
    ("price", "cause"),
    [("price_nobody", "price_unmapped:price_nobody"), (None, None)],
)
def test_a_failed_purchase_has_the_cause_of_its_first_line(world: World, price: str | None, cause: str | None) -> None:
    event = purchase(1)
    world.stripe.sell(event, (price, 1))
    world.issue(event)
    assert world.delivery(event).get("cause") == cause


@pytest.mark.parametrize(
    ("status", "message", "cause"),
    [
        (401, "no such key", "stripe_key_refused"),
        (403, "rak_checkout_session_read is missing", "permission_missing:rak_checkout_session_read"),
        (404, "no such session", "not_at_stripe"),
    ],
)
def test_what_stripe_refuses_has_its_own_cause(world: World, status: int, message: str, cause: str) -> None:
    [event] = world.sold(1)
    world.stripe.fails("GET", "line_items", error(status, message))
    world.issue(event)
    assert world.delivery(event)["cause"] == cause


def test_a_missing_key_names_its_mode_and_success_takes_the_cause_away(world: World) -> None:
    event = {**purchase(1, livemode=True), "livemode": True}
    world.issue(event)
    assert world.delivery(event)["cause"] == "stripe_key_missing:live"
    [other] = world.sold(2, price="price_a")
    world.issue(other)
    assert world.delivery(other)["cause"] == "price_unmapped:price_a"
    world.configure(mappings={**sample("organizations")["mappings"], "price_a": {"grants": [{"plan": "pro"}]}})
    world.issue(other)
    assert (world.delivery(other)["status"], world.delivery(other).get("cause")) == ("succeeded", None)


def test_a_retry_says_when_it_comes_and_giving_up_is_a_cause(world: World) -> None:
    [event] = world.sold(1)
    world.stripe.fails("GET", "line_items", error(503, "sorry", "api_error"))
    world.issue(event, received=3)
    record = world.delivery(event)
    waited = found_from(record)
    assert waited.next_try_at is not None
    assert waited.next_try_at - waited.updated_at == 40  # 10 s doubled twice
    deliveries.give_up(ORG, event, 1, "crashed", 2)
    assert (world.delivery(event)["cause"], world.delivery(event).get("next_try_at")) == ("gave_up", None)
    failed(2, "plan_missing:pro")
    deliveries.give_up(ORG, purchase(2), 1, "crashed", 2)
    assert world.delivery("evt_2")["cause"] == "plan_missing:pro"


def test_a_cause_in_writing_is_read_again() -> None:
    for cause in (UNMAPPED, Cause(CauseKind.GAVE_UP), Cause(CauseKind.OTHER, "why: so")):
        assert read_cause(str(cause), "another") == cause
    assert read_cause("", "a reason") == read_cause("of_a_later_version:x", "a reason")


# ------------------------------------------------------------------- groups


def test_failures_are_grouped_by_cause_in_their_mode_the_most_first() -> None:
    for number in (1, 2, 3):
        failed(number, str(UNMAPPED))
    failed(4, "gave_up")
    failed(5, reason="of an earlier version")
    failed(6, str(UNMAPPED), livemode=True)
    failed(7, str(UNMAPPED), status=DeliveryStatus.RETRYING)
    failed(8, str(UNMAPPED), org="other")
    found = failed_deliveries(ORG, livemode=False)
    assert [(each.cause, each.count) for each in found.groups] == [
        (UNMAPPED, 3),
        (Cause(CauseKind.OTHER, "of an earlier version"), 1),
        (Cause(CauseKind.GAVE_UP), 1),
    ]
    first = found.groups[0]
    assert (first.oldest, first.newest, first.reason, first.event) == (1_001, 1_003, "why 3", "evt_3")
    assert not found.more
    assert [each.count for each in failed_deliveries(ORG, livemode=True).groups] == [1]


def test_it_says_that_there_are_more_than_were_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "FAILING", 2)
    for number in (1, 2, 3):
        failed(number, str(UNMAPPED))
    found = failed_deliveries(ORG, livemode=False)
    assert ([each.count for each in found.groups], found.more) == ([2], True)


# ------------------------------------------------------------------ replays


def test_exactly_one_causes_failures_are_replayed_page_by_page() -> None:
    for number in range(1, 6):
        failed(number, str(UNMAPPED))
    failed(6, "price_unmapped:price_b")
    failed(7, str(UNMAPPED), livemode=True)
    failed(8, str(UNMAPPED), status=DeliveryStatus.RETRYING)
    failed(9, str(UNMAPPED), org="other")
    after, counts = None, []
    while True:
        done = replay.replay_cause(ORG, False, UNMAPPED, after, limit=2)
        counts.append(done.count)
        after = done.after
        if after is None:
            break
        assert len(counts) < 5
    assert sum(counts) == 5
    assert max(counts) == 2
    assert sorted(replayed()) == [f"evt_{number}" for number in range(1, 6)]


def test_those_without_a_cause_are_replayed_by_their_reason() -> None:
    failed(1, reason="one")
    failed(2, reason="two")
    done = replay.replay_cause(ORG, False, Cause(CauseKind.OTHER, "two"))
    assert (done.count, done.after, replayed()) == (1, None, ["evt_2"])


def test_all_failed_of_one_mode_since_then_a_few_at_a_time() -> None:
    for number in (1, 2, 3, 4):
        failed(number, livemode=number == 3)
    first = replay.replay_failed(ORG, 1_002, None, 1, livemode=False)
    assert (first.count, replayed()) == (1, ["evt_2"])
    second = replay.replay_failed(ORG, 1_002, first.after, 25, livemode=False)
    assert (second.count, second.after, replayed()) == (1, None, ["evt_4"])


# -------------------------------------------------------------------- holds


def refunded(world: World, number: int) -> list[str]:
    [event] = world.sold(number)
    world.issue(event)
    world.freeze(
        stripe_event("freezer.refund_full", f"evt_r{number}", payment_intent=f"pi_{number}", invoice=f"in_{number}")
    )
    return [license.id for license in world.licenses(f"cs_test_{number}")]


def test_an_order_on_hold_is_a_row_and_a_license_on_its_own_hold_is_one(world: World) -> None:
    refunded(world, 1)
    [event] = world.sold(2)
    world.issue(event)
    [license] = world.licenses("cs_test_2")
    decide(ORG, license.id, freeze, "Ada", "a doubt", 2_000_000_000)
    found = undecided_orders(ORG, livemode=False)
    assert [(each.order.id, each.license and each.license.id) for each in found.items] == [
        ("cs_test_2", license.id),
        ("cs_test_1", None),
    ]
    assert [hold.reason for hold in found.items[0].holds] == ["a doubt"]
    assert "was refunded in full" in found.items[1].holds[0].reason
    assert (found.more, undecided_orders(ORG, livemode=True).items, undecided_orders("other", False).items) == (
        False,
        [],
        [],
    )


def test_a_license_of_an_order_on_hold_is_no_row_of_its_own(world: World) -> None:
    [event] = world.sold(1)
    world.issue(event)
    [license] = world.licenses("cs_test_1")
    decide(ORG, license.id, freeze, "Ada", "a doubt", 2_000_000_000)
    refund = stripe_event("freezer.refund_full", "evt_r1", payment_intent="pi_1", invoice="in_1")
    world.freeze(refund)
    [row] = undecided_orders(ORG, livemode=False).items
    assert row.license is None


def unpaid(world: World) -> PlayedSale:
    sale = PlayedSale(world, "price_pro_monthly")
    sale.happens(steps.payment_failed)
    sale.happens(steps.given_up)
    return sale


def test_what_ends_by_itself_waits_for_nobody(world: World) -> None:
    sale = unpaid(world)
    assert world.statuses(sale.order) == ["frozen"]
    assert undecided_orders(ORG, livemode=False).items == []


def test_more_licenses_than_units_wait_for_nobody_either(world: World) -> None:
    store_mapping(ORG, Mapping("price_team", (Grant("team", "per_unit"),)), "a test")
    sale = PlayedSale(world, "price_team", 2)
    sale.happens(steps.changed, price_of("price_team"), 1)
    assert sorted(world.statuses(sale.order)) == ["active", "frozen"]
    assert undecided_orders(ORG, livemode=False).items == []


def test_a_refund_beside_it_does_and_is_told_alone(world: World) -> None:
    sale = unpaid(world)
    sale.happens(payment_steps.refunded, 1900)
    [row] = undecided_orders(ORG, livemode=False).items
    assert [str(hold.kind) for hold in row.holds] == ["refund"]


def test_a_license_that_a_person_froze_is_a_row_though_its_order_is_unpaid(world: World) -> None:
    sale = unpaid(world)
    decide(ORG, sale.license, freeze, "Ada", "a doubt", 2_000_000_000)
    [row] = undecided_orders(ORG, livemode=False).items
    assert (row.license and row.license.id, [hold.reason for hold in row.holds]) == (sale.license, ["a doubt"])


def test_what_is_decided_about_is_no_row_and_more_than_were_read_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    [decided] = refunded(world, 1)
    refunded(world, 2)
    monkeypatch.setattr(attention, "HOLDS", 1)
    assert undecided_orders(ORG, livemode=False).more
    decide(ORG, decided, reactivate, "Ada", "paid again", 2_000_000_000)
    found = undecided_orders(ORG, livemode=False)
    assert ([each.order.id for each in found.items], found.more) == (["cs_test_2"], False)
