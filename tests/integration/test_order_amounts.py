"""An order knows its amount as its Checkout Session said it first."""

from typing import Any

from integration.vendor_api import VendorApi
from integration.world import World


def sold_for(world: World, amount: int | None, currency: str | None = "eur") -> dict[str, Any]:
    [event] = world.sold(1)
    event["data"]["object"] |= {"amount_total": amount, "currency": currency}
    return event


def amount(world: World) -> tuple[int | None, str | None]:
    order = world.order("cs_test_1")
    assert order is not None
    return order.amount_total, order.currency


def test_what_was_said_first_is_stored_and_never_changes(world: World) -> None:
    world.issue(sold_for(world, 1900))
    world.issue(sold_for(world, 5, "usd") | {"id": "evt_again", "type": "checkout.session.async_payment_succeeded"})
    assert amount(world) == (1900, "eur")


def test_an_order_that_was_written_without_it_stays_without(world: World) -> None:
    world.issue(sold_for(world, None, None))
    world.issue(sold_for(world, 1900) | {"id": "evt_again"})
    assert amount(world) == (None, None)


def test_the_api_shows_it_and_null_of_what_it_issued_itself(world: World, api: VendorApi) -> None:
    world.issue(sold_for(world, 1900))
    [license] = api.get("/v1/licenses").json["items"]
    assert (license["order"]["amount_total"], license["order"]["currency"]) == (1900, "eur")
    api.post("/v1/licenses", {"plan": "pro", "email": "grace@example.com"})
    [issued] = api.get("/v1/licenses", email="grace@example.com").json["items"]
    assert (issued["order"]["amount_total"], issued["order"]["currency"]) == (None, None)


def test_a_failed_delivery_has_its_cause_in_the_api_and_a_mended_one_has_null(world: World, api: VendorApi) -> None:
    [event] = world.sold(1, price="price_new")
    world.issue(event)
    assert api.get("/v1/deliveries/evt_1").json["cause"] == "price_unmapped:price_new"
    assert api.get("/v1/deliveries").json["items"][0]["cause"] == "price_unmapped:price_new"
    api.put("/v1/mappings/price_new", {"grants": [{"plan": "pro"}]})
    world.issue(event)
    assert api.get("/v1/deliveries/evt_1").json["cause"] is None
