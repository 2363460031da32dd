"""One search box for everything, and nothing of another organization's."""

import pytest
from keystack.domain.customers import customer_id
from keystack.management.find import find
from keystack.management.find_results import Found, NotFound, Several, Thing, Unanswered, Waiting
from keystack.storage import parameters
from samples import purchase, stripe_event

from integration.aws_calls import counted
from integration.issued import ADA, issue
from integration.stand_ins import error
from integration.vendor_api import VendorApi
from integration.world import ORG, World
from local.web import Request, Response

ORDER = Found(Thing.ORDER, "cs_test_1")
BUYER = "ada@acme.example"
CUSTOMER = Found(Thing.CUSTOMER, customer_id(False, BUYER, None, ""), livemode=False)


@pytest.fixture
def sold(world: World) -> World:
    """Ada's subscription cs_test_1: sub_1, in_1, evt_1 and cus_sampleAda."""
    event = purchase(1, customer_details={"email": BUYER, "name": "Ada"})
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    return world


@pytest.mark.parametrize("text", ["cs_test_1", " CS_TEST_1 ", '"sub_1"', "in_1"])
def test_an_order_by_its_ids(sold: World, text: str) -> None:
    assert find(ORG, text) == ORDER


def test_a_license_by_its_id_and_by_its_key_as_typed(sold: World) -> None:
    [license] = sold.licenses("cs_test_1")
    for text in (license.id, license.id.upper(), license.key, license.key.lower().replace("-", " ")):
        assert find(ORG, text) == Found(Thing.LICENSE, license.id)


def test_a_customer_by_address_and_stripe_customer(sold: World) -> None:
    for text in (BUYER, BUYER.upper(), "cus_sampleAda"):
        assert find(ORG, text) == CUSTOMER
    assert not [each for each in sold.stripe.requests if each["method"] == "GET" and "customers" in each["path"]]


def test_one_address_in_both_modes_is_two_customers(api: VendorApi, world: World) -> None:
    issue(api)
    issue(api, livemode=False)
    both = [Found(Thing.CUSTOMER, customer_id(livemode, ADA, None, ""), livemode) for livemode in (True, False)]
    assert find(ORG, ADA) == Several(tuple(both))


def test_a_stripe_customer_without_an_address(world: World) -> None:
    event = purchase(1, customer="cus_x", customer_details=None, customer_email=None)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    assert find(ORG, "cus_x") == Found(Thing.CUSTOMER, customer_id(False, None, "cus_x", ""), livemode=False)


def test_a_stripe_customer_that_only_stripe_knows_by_its_address(sold: World) -> None:
    sold.stripe.objects.put({"id": "cus_9", "object": "customer", "livemode": False, "email": BUYER, "metadata": {}})
    assert find(ORG, "cus_9") == CUSTOMER


def test_a_delivery(sold: World) -> None:
    assert find(ORG, "evt_1") == Found(Thing.DELIVERY, "evt_1")


def test_a_charge_that_a_hold_names_is_found_without_stripe(sold: World) -> None:
    sold.freeze(stripe_event("freezer.refund_full", payment_intent="pi_9", invoice="in_1"))
    sold.stripe.requests.clear()
    assert find(ORG, "ch_sampleBob") == ORDER
    assert sold.stripe.requests == []


def renew(world: World) -> None:
    """Let the subscription sub_1 be paid again, which KeyStack is not told."""
    world.stripe.objects.put({"id": "ch_9", "object": "charge", "livemode": False, "payment_intent": "pi_9"})
    payment = {"type": "payment_intent", "payment_intent": "pi_9"}
    world.stripe.objects.put(
        {"id": "inpay_9", "object": "invoice_payment", "livemode": False, "invoice": "in_9", "payment": payment}
    )
    parent = {"subscription_details": {"subscription": "sub_1"}}
    world.stripe.objects.put({"id": "in_9", "object": "invoice", "livemode": False, "parent": parent})


@pytest.mark.parametrize("text", ["ch_9", "pi_9", "in_9"])
def test_a_renewal_is_found_by_asking_stripe(sold: World, text: str) -> None:
    renew(sold)
    assert find(ORG, text) == ORDER


def test_a_charge_is_found_by_what_stripe_told_before_it_refused(sold: World) -> None:
    event = purchase(2, "issuer.payment_paid")
    sold.stripe.sell(event, ("price_pro_lifetime", 1))
    sold.issue(event)
    sold.stripe.objects.put({"id": "ch_2", "object": "charge", "livemode": False, "payment_intent": "pi_2"})
    sold.stripe.fails("GET", "/v1/invoice_payments", error(403, "no: rak_invoice_read"))
    assert find(ORG, "ch_2") == Found(Thing.ORDER, "cs_test_2")


def test_what_waits_for_its_order(world: World) -> None:
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_7"))
    found = find(ORG, "pi_7")
    assert isinstance(found, Waiting)
    assert (found.reference, [type(fact).__name__ for fact in found.facts.values()]) == ("pi_7", ["Refunded"])


@pytest.mark.parametrize(
    "text", ["re_1", "dp_1", "cs_test_2", "sub_2", "evt_2", "eve@example.com", "lic_aa", "Ada", ""]
)
def test_what_is_not_there_says_what_to_look_for(sold: World, text: str) -> None:
    found = find(ORG, text)
    assert isinstance(found, NotFound)
    assert found.tried.endswith(".")
    assert found.hint.endswith(".")


def test_a_charge_that_nobody_knows(sold: World) -> None:
    found = find(ORG, "ch_2")
    assert isinstance(found, NotFound)
    assert "Stripe does not know it in test mode." in found.tried


@pytest.mark.parametrize(
    ("response", "reason", "calls"),
    [
        (error(500, "down", "api_error"), "Stripe failed", 1),  # the other mode would be as slow
        (error(403, "no: rak_charge_read"), "lacks the permission", 2),
        (error(401, "no"), "does not accept the API key", 2),
    ],
)
def test_stripe_does_not_tell(sold: World, response: Response, reason: str, calls: int) -> None:
    sold.configure(stripe_keys=["rk_test_both", "rk_live_both"])
    parameters.forget_all()
    asked: list[str] = []

    def fail(request: Request) -> Response:
        asked.append(request.path)
        return response

    sold.stripe.faults.append(("GET", "/v1/charges", fail))
    found = find(ORG, "ch_2")
    assert isinstance(found, Unanswered)
    assert reason in found.reason
    assert len(asked) == calls  # no retries


def test_an_organization_without_a_stripe_key(sold: World) -> None:
    sold.configure(org="other", stripe_keys=[])
    found = find("other", "ch_2")
    assert isinstance(found, Unanswered)
    assert "has no Stripe key" in found.reason


def test_anothers_are_not_found_in_the_same_words(sold: World) -> None:
    sold.configure(org="other")
    sold.stripe.objects.put({"id": "ch_1", "object": "charge", "livemode": False, "payment_intent": "pi_1"})
    [license] = sold.licenses("cs_test_1")
    nobodys = license.key[:-1] + ("0" if license.key[-1] != "0" else "1")
    pairs = {license.key: nobodys, license.id: "lic_aaaa", BUYER: "eve@example.com", "cs_test_1": "cs_test_8"}
    pairs |= {"sub_1": "sub_8", "in_1": "in_8", "evt_1": "evt_8"}
    for theirs, absent in pairs.items():
        assert isinstance(find("other", theirs), NotFound)
        assert find("other", theirs) == find("other", absent)
    assert isinstance(find("other", "cus_sampleAda"), NotFound)


@pytest.mark.parametrize("text", ["cs_test_1", "sub_1", BUYER, "cus_sampleAda", "evt_1", "ch_2", "lic_aa", "x" * 32])
def test_few_calls(sold: World, text: str) -> None:
    with counted() as calls:
        find(ORG, text)
    assert len(calls) <= 3
    assert "Scan" not in calls


def test_what_means_nothing_costs_nothing(world: World) -> None:
    with counted() as calls:
        for text in ("\u202eada", "x" * 10_000, "\x00", "re_1"):
            assert isinstance(find(ORG, text), NotFound)
    assert calls == []
