"""What a line item earns: mappings, plans, and what happens when one is missing or malformed."""

from typing import Any

import pytest
from samples import purchase

from integration.aws import client
from integration.world import ORG, World

SESSION = "cs_test_1"


def bought(world: World, *lines: tuple[str | None, int], **more: Any) -> dict[str, Any]:
    """Buy once and return the delivery's record."""
    event = purchase(1)
    world.stripe.sell(event, *lines, **more)
    assert world.issue(event) == []
    return world.delivery(event)


def plans(world: World) -> list[tuple[str, int]]:
    return sorted((each.plan, each.seats) for each in world.licenses(SESSION))


@pytest.mark.parametrize(
    ("line", "earned"),
    [
        (("price_pro_monthly", 4), [("pro", 1)]),
        (("price_pro_lifetime", 3), [("lifetime", 1)] * 3),
        (("price_team", 7), [("team", 7)]),
        (("price_bundle", 1), [("assets", 1), ("lifetime", 1)]),
        (("price_nowhere", 9), [("team", 5)]),
        (("price_nowhere", 10), [("team", 100)]),
    ],
    ids=["per line", "per unit", "seats by quantity", "bundle", "product, few", "product, many"],
)
def test_a_line_earns_what_its_mapping_says(world: World, line: tuple[str, int], earned: list[tuple[str, int]]) -> None:
    assert bought(world, line, product="prod_any_seat")["status"] == "succeeded"
    assert plans(world) == earned


def test_a_fixed_license_expires_so_many_days_after_the_payment(world: World) -> None:
    bought(world, ("price_year_pass", 1))
    paid = purchase(1)["created"]
    assert world.licenses(SESSION)[0].duration_days == 365
    assert world.statuses(SESSION, paid + 365 * 86_400 - 1) == ["active"]
    assert world.statuses(SESSION, paid + 365 * 86_400) == ["expired"]


@pytest.mark.parametrize("price", ["price_pro_lifetime", "price_pro_monthly", "price_team"])
def test_a_line_of_nothing_earns_nothing(world: World, price: str) -> None:
    """Stripe lets a cart's quantity be adjusted down to 0."""
    assert bought(world, (price, 0))["status"] == "succeeded"
    assert world.keys(SESSION) == []


def test_a_t_shirt_earns_nothing_on_purpose(world: World) -> None:
    assert bought(world, ("price_tshirt", 2))["status"] == "succeeded"
    assert (world.keys(SESSION), world.mails.sent, world.stripe.metadata("cus_sampleAda")) == ([], [], {})
    assert world.actions(SESSION) == ["order.created"]


def test_a_t_shirt_in_the_cart_does_not_hold_back_the_license(world: World) -> None:
    assert bought(world, ("price_tshirt", 2), ("price_pro_monthly", 1))["status"] == "succeeded"
    assert plans(world) == [("pro", 1)]


def test_what_is_mapped_is_minted_and_the_rest_once_it_is_mapped_and_replayed(world: World) -> None:
    # Given a cart with a price that nobody mapped
    record = bought(world, ("price_pro_monthly", 1), ("price_new", 2))
    assert record["status"] == "failed"
    assert "price price_new is not mapped to a plan" in record["reason"]
    [key] = world.keys(SESSION)
    assert key in world.mails.texts()[0]
    # When it is mapped, and the delivery replayed, twice
    world.configure(mappings={"price_new": {"grants": [{"plan": "lifetime", "keys": "per_unit"}]}})
    for _ in range(2):
        assert world.issue(purchase(1), source="replay") == []
    # Then the rest is minted, the first key is the same, and everybody is told of all
    keys = world.keys(SESSION)
    assert (len(keys), keys[0]) == (3, key)
    assert world.delivery(purchase(1))["status"] == "succeeded"
    assert len(world.mails.sent) == 2
    assert all(each in world.mails.texts()[1] for each in keys)
    metadata = world.stripe.metadata("cus_sampleAda")
    assert set(metadata["keystack_license_key"].split(",")) == set(keys)
    assert metadata["keystack_license_count"] == "3"
    assert world.actions(SESSION) == ["license.issued", "order.created"]


def test_a_line_keeps_what_it_earned_whatever_its_mapping_says_later(world: World) -> None:
    bought(world, ("price_pro_monthly", 5))
    world.configure(mappings={"price_pro_monthly": {"grants": [{"plan": "pro", "keys": "per_unit"}]}})
    assert world.issue(purchase(1), source="replay") == []
    assert len(world.keys(SESSION)) == 1


def test_a_cart_of_unmapped_prices_only_is_an_order_that_waits(world: World) -> None:
    record = bought(world, ("price_a", 1), ("price_b", 1))
    assert (record["status"], "price_a" in record["reason"], "price_b" in record["reason"]) == ("failed", True, True)
    assert (world.keys(SESSION), world.mails.sent) == ([], [])


def test_a_price_that_price_data_made_is_failed_for_its_product_which_serves_the_next_sale_too(world: World) -> None:
    # Given two sales of one product, each with a price of its own that is not active
    events = [purchase(number) for number in (1, 2)]
    for number, event in enumerate(events, 1):
        world.stripe.sell(event, (f"price_made_{number}", 1))
        [line] = world.stripe.objects.line_items(f"cs_test_{number}", livemode=False)
        line["price"]["active"] = False
    world.issue(events[0])
    record = world.delivery("evt_1")
    assert (
        "price price_made_1 is not mapped to a plan, and never sells again, as price_data made it" in record["reason"]
    )
    assert "map its product prod_1, and use price_data with an existing product" in record["reason"]
    assert record["cause"] == "product_unmapped:prod_1"
    # When its product is mapped, both have their license
    world.configure(mappings={"prod_1": {"grants": [{"plan": "lifetime"}]}})
    world.issue(*events)
    assert [len(world.keys(f"cs_test_{number}")) for number in (1, 2)] == [1, 1]
    assert "is_ad_hoc" not in str(world.items("LicensesTable"))


def test_a_line_without_a_price_is_a_persons_to_settle(world: World) -> None:
    record = bought(world, (None, 1), ("price_pro_monthly", 1))
    assert (record["status"], "neither price nor product" in record["reason"]) == ("failed", True)
    assert plans(world) == [("pro", 1)]


def test_a_quantity_that_no_grant_holds_for_says_so(world: World) -> None:
    world.configure(mappings={"price_few": {"grants": [{"plan": "pro", "max_quantity": 3}]}})
    record = bought(world, ("price_few", 4))
    assert (record["status"], "quantity of 4" in record["reason"]) == ("failed", True)


def write_by_hand(sk: str, attributes: dict[str, Any]) -> None:
    item = {"pk": {"S": ORG}, "sk": {"S": sk}, **attributes}
    client("dynamodb").put_item(TableName="MappingsTable", Item=item)


GRANT_OF_NOBODY = {"M": {"plan": {"S": "nobody"}}}
GRANT_OF_HALF_A_KEY = {"M": {"plan": {"S": "pro"}, "keys": {"N": "0.5"}}}


@pytest.mark.parametrize(
    ("sk", "attributes", "sentence"),
    [
        ("PRICE#price_pro_monthly", {}, "the mapping of price_pro_monthly is malformed"),
        ("PRICE#price_pro_monthly", {"grants": {"S": "pro"}}, "grants must be a list"),
        ("PRICE#price_pro_monthly", {"grants": {"L": [{"S": "pro"}]}}, "grants must be a list"),
        ("PRICE#price_pro_monthly", {"grants": {"L": [{"M": {}}]}}, "a grant needs a plan"),
        ("PRICE#price_pro_monthly", {"grants": {"L": [GRANT_OF_NOBODY]}}, "names plan nobody, which does not exist"),
        ("PLAN#pro", {"kind": {"S": "lifelong"}}, "kind must be one of"),
        ("PLAN#pro", {"seats": {"S": "one"}}, "seats must be a whole number"),
        ("PLAN#pro", {"entitlements": {"S": "{"}}, "plan pro is malformed"),
        ("PLAN#pro", {"kind": {"S": "fixed"}}, "needs duration_days"),
        ("PRICE#price_pro_monthly", {"grants": {"L": [GRANT_OF_HALF_A_KEY]}}, "keys must be"),
        ("PLAN#pro", {"seats": {"N": "1.5"}}, "seats must be a whole number"),
    ],
)
def test_a_malformed_item_is_a_sentence_for_a_person(
    world: World, sk: str, attributes: dict[str, Any], sentence: str
) -> None:
    write_by_hand(sk, attributes)
    record = bought(world, ("price_pro_monthly", 1))
    assert (record["status"], world.keys(SESSION)) == ("failed", [])
    assert sentence in record["reason"]
