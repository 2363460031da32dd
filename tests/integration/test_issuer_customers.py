"""Who the license is for: customers, their addresses, guests, and Stripe Customers that are gone or full."""

from typing import Any

from keystack.storage.licenses.key_rings import load_key_ring
from samples import purchase

from integration.world import ORG, World

SESSION = "cs_test_1"
NOBODY = {"email": None, "name": None}


def bought(world: World, number: int = 1, **fields: Any) -> dict[str, Any]:
    event = purchase(number, **fields)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    assert world.issue(event) == []
    return world.delivery(event)


def customers(world: World) -> list[dict[str, Any]]:
    return [item for item in world.items("LicensesTable") if item["sk"] == "CUSTOMER"]


def test_one_customer_an_address_whatever_its_case_and_stripe_customer(world: World) -> None:
    bought(world, 1, customer="cus_1", customer_details={"email": "Ada@Example.COM", "name": "Ada"})
    bought(world, 2, customer="cus_2", customer_details={"email": " ada@example.com ", "name": "Ada L."})
    bought(world, 3, customer=None, customer_details={"email": "ADA@EXAMPLE.COM", "name": None})
    [customer] = customers(world)
    assert (customer["email"], customer["orders"]) == ("ada@example.com", 3)
    assert customer["stripe_customers"] == {"cus_1", "cus_2"}


def test_without_an_address_the_stripe_customer_is_the_customer(world: World) -> None:
    records = [bought(world, number, customer="cus_1", customer_details=None) for number in (1, 2)]
    [customer] = customers(world)
    assert (customer["orders"], "email" in customer) == (2, False)
    assert [record["status"] for record in records] == ["failed"] * 2  # a key that reached nobody
    assert records[0]["steps"]["email"].startswith("failed: the order has no e-mail address")
    assert "hand the key over another way" in records[0]["reason"]
    assert (len(world.keys(SESSION)), world.mails.sent) == (1, [])


def test_the_address_of_the_stripe_customer_will_do(world: World) -> None:
    world.stripe.objects.put(
        {"id": "cus_1", "object": "customer", "livemode": False, "email": "kept@example.com", "metadata": {}}
    )
    bought(world, customer="cus_1", customer_details=NOBODY)
    assert [recipient for recipient, _ in world.mails.sent] == ["kept@example.com"]


def test_the_addresses_come_in_their_order(world: World) -> None:
    bought(world, 1, customer_email="second@example.com")
    bought(world, 2, customer_email="second@example.com", customer_details=NOBODY)
    assert [recipient for recipient, _ in world.mails.sent] == ["Ada@Example.com", "second@example.com"]


def test_a_guest_gets_license_and_mail_and_no_metadata(world: World) -> None:
    record = bought(world, customer=None)
    assert (record["status"], len(world.keys(SESSION)), len(world.mails.sent)) == ("succeeded", 1, 1)
    assert record["steps"]["metadata"].startswith("skipped: guest checkout")


def test_an_account_in_place_of_a_stripe_customer_is_named(world: World) -> None:
    """It has no Stripe Customer, and is no guest."""
    record = bought(world, customer=None, customer_account="acct_1Ada")
    why = "the order's customer is account acct_1Ada, and no Stripe Customer"
    assert (record["status"], record["steps"]["metadata"]) == ("succeeded", f"skipped: {why}")
    order = world.order(SESSION)
    assert order is not None
    assert (order.customer_account, order.effects["metadata"].reason) == ("acct_1Ada", why)
    assert len(world.mails.sent) == 1


def test_an_account_that_becomes_known_later_stays_known(world: World) -> None:
    bought(world, customer=None)
    again = purchase(1, customer=None, customer_account="acct_1Ada") | {"id": "evt_again"}
    world.issue({**again, "type": "checkout.session.async_payment_succeeded"})
    world.issue(purchase(1, customer=None) | {"id": "evt_third"})
    order = world.order(SESSION)
    assert order is not None
    assert order.customer_account == "acct_1Ada"


def test_a_stripe_customer_beside_an_account_is_told_the_key(world: World) -> None:
    record = bought(world, customer="cus_1", customer_account="acct_1Ada")
    assert record["steps"]["metadata"] == "done"
    assert "keystack_license_key" in world.stripe.metadata("cus_1")


def test_two_guests_without_address_are_two_customers(world: World) -> None:
    for number in (1, 2):
        bought(world, number, customer=None, customer_details=None)
    assert len(customers(world)) == 2


def test_a_deleted_stripe_customer_is_skipped_and_says_so(world: World) -> None:
    event = purchase(1)
    world.stripe.objects.put({"id": "cus_sampleAda", "object": "customer", "deleted": True, "livemode": False})
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.stripe.objects.put({"id": "cus_sampleAda", "object": "customer", "deleted": True, "livemode": False})
    assert world.issue(event) == []
    record = world.delivery(event)
    assert (record["status"], len(world.keys(SESSION)), len(world.mails.sent)) == ("succeeded", 1, 1)
    assert record["steps"]["metadata"].startswith("skipped: Stripe Customer cus_sampleAda")


def full_customer() -> dict[str, Any]:
    metadata = {f"own_{number}": "x" for number in range(50)}
    return {"id": "cus_sampleAda", "object": "customer", "livemode": False, "metadata": metadata}


def test_fifty_metadata_keys_are_the_metadatas_failure_alone(world: World) -> None:
    world.stripe.objects.put(full_customer())
    record = bought(world)
    assert (record["status"], "at most 50 keys" in record["reason"]) == ("failed", True)
    assert record["steps"]["email"] == "done"
    assert (len(world.keys(SESSION)), len(world.mails.sent)) == (1, 1)
    # and once a person has made room, a replay does what is not done
    world.stripe.objects.put({**full_customer(), "metadata": {"own": "x"}})
    assert world.issue(purchase(1), source="replay") == []
    assert (world.delivery("evt_1")["status"], len(world.mails.sent)) == ("succeeded", 1)
    assert world.stripe.metadata("cus_sampleAda")["own"] == "x"
    assert world.stripe.metadata("cus_sampleAda")["keystack_license_key"] == world.keys(SESSION)[0]


def test_a_malformed_address_is_the_mails_failure_alone(world: World) -> None:
    record = bought(world, customer_details={"email": "no address", "name": None})
    assert (record["status"], "not one plain e-mail address" in record["reason"]) == ("failed", True)
    assert (len(world.keys(SESSION)), record["steps"]["metadata"]) == (1, "done")


def test_the_newest_keys_stand_in_the_metadata_whole_up_to_its_limit(world: World) -> None:
    for number in range(1, 4):
        event = purchase(number)
        event["data"]["object"]["created"] += number
        event["created"] += number
        world.stripe.sell(event, ("price_pro_lifetime", 8))
        assert world.issue(event) == []
    told = world.stripe.metadata("cus_sampleAda")
    shown = told["keystack_license_key"].split(",")
    assert len(told["keystack_license_key"]) <= 500
    assert shown[:8] == world.keys("cs_test_3")
    assert shown[8:] == world.keys("cs_test_2")[: len(shown) - 8]
    assert (told["keystack_license_count"], len(shown)) == ("24", 12)
    assert load_key_ring(ORG, "cus_sampleAda").ring.license_count == 24
