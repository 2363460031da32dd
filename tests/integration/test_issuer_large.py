"""Orders of many lines and many licenses, and crashes in the middle of them."""

import secrets

import pytest
from samples import purchase

from integration.aws_calls import When
from integration.clock import Clock
from integration.world import World

SESSION = "cs_test_1"


def keys_in_table(world: World) -> list[str]:
    """The keys as they stand in the table, whatever the order says."""
    return [item["key"] for item in world.items("LicensesTable") if item["sk"].startswith("LICENSE#")]


@pytest.mark.slow
def test_all_pages_of_line_items_are_read(world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, *[("price_pro_monthly", 1)] * 201)
    assert world.issue(event) == []
    assert len({license.line for license in world.licenses(SESSION)}) == 201
    assert world.delivery(event)["steps"]["licenses"] == "201 issued"
    assert (
        max(len(str(item)) for item in world.items("LicensesTable")) < 100_000
    )  # a thousand lines would still fit: DynamoDB takes 400 KB


def test_a_cart_of_many_prices_is_one_order(world: World) -> None:
    prices = [f"price_{number:03}" for number in range(120)]
    for start in range(0, 120, 60):
        world.configure(mappings={price: {"grants": [{"plan": "pro"}]} for price in prices[start : start + 60]})
    event = purchase(1)
    world.stripe.sell(event, *[(price, 1) for price in prices])
    assert world.issue(event) == []
    assert len(world.keys(SESSION)) == 120


def test_more_than_a_thousand_are_refused_with_a_sentence(world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_lifetime", 1_001))
    assert world.issue(event) == []
    record = world.delivery(event)
    assert (record["status"], "the limit is 1000" in record["reason"]) == ("failed", True)
    assert keys_in_table(world) == []


@pytest.mark.parametrize(
    ("at", "when"),
    [
        (1, "after"),
        pytest.param(3, "after", marks=pytest.mark.slow),
        pytest.param(1, "before", marks=pytest.mark.slow),
        pytest.param(2, "before", marks=pytest.mark.slow),
    ],
)
def test_a_crash_in_the_middle_is_mended_by_the_next_delivery(world: World, clock: Clock, at: int, when: When) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_lifetime", 110))
    # Given a worker that dies at one of its transactions
    with world.crash("TransactWriteItems", at, when):
        world.issue(event)
    before = set(keys_in_table(world))
    assert len(before) < 110 or at > 1
    assert world.mails.sent == []
    # When the message comes back
    clock.forward(360)
    assert world.issue(event) == []
    # Then nothing is missing, nothing twice, and what was written is unchanged
    keys = world.keys(SESSION)
    assert (len(keys), len(set(keys)), before <= set(keys)) == (110, 110, True)
    assert (len(world.mails.sent), world.actions(SESSION)) == (1, ["order.created"])
    assert all(key in world.mails.texts()[0] for key in keys)
    assert world.stripe.metadata("cus_sampleAda")["keystack_license_count"] == "110"


@pytest.mark.slow
def test_a_thousand_licenses_survive_a_crash_in_their_middle(world: World, clock: Clock) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_lifetime", 1_000))
    with world.crash("TransactWriteItems", 7):
        world.issue(event)
    before = set(keys_in_table(world))
    clock.forward(360)
    assert world.issue(event) == []
    # Then there are exactly a thousand, those before the crash unchanged, and everybody is told of all
    keys = set(keys_in_table(world))
    assert 0 < len(before) < 1_000 == len(keys) == len(keys_in_table(world))
    assert before <= keys
    [text] = world.mails.texts()
    assert all(key in text for key in keys)
    assert world.stripe.metadata("cus_sampleAda")["keystack_license_count"] == "1000"
    assert world.actions(SESSION) == ["order.created"]


def test_a_crash_between_licenses_and_record_sends_no_second_mail_after_a_first(world: World, clock: Clock) -> None:
    # Given a worker that dies when it records the delivery: everything else is done
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    with world.crash("UpdateItem"):
        world.issue(event)
    assert len(world.mails.sent) == 1
    clock.forward(360)
    assert world.issue(event) == []
    assert (len(world.mails.sent), world.delivery(event)["status"]) == (1, "succeeded")


def test_a_key_that_collides_is_drawn_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = purchase(1), purchase(2)
    drawn = iter([7, 7, 8])
    monkeypatch.setattr(secrets, "randbits", lambda _: next(drawn))
    for event in (first, second):
        world.stripe.sell(event, ("price_pro_monthly", 1))
        assert world.issue(event) == []
    assert world.keys(SESSION) != world.keys("cs_test_2")
