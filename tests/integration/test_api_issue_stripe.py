"""Orders that the API issues and Stripe's events: webhook and backend never both mint, and refunds find the order."""

from collections.abc import Callable
from typing import Any

import pytest
from invocations import Context
from keystack.errors import ActionNeededError, RetryLaterError
from keystack.management.replay import replay
from keystack.queues.messages import ORDER_ISSUED
from keystack.storage import secrets
from samples import purchase, request, stripe_event

from integration.aws import client as aws_client
from integration.aws import function
from integration.clock import Clock
from integration.issued import ADA, issue, licenses, messages, minted, work
from integration.stand_ins import error
from integration.vendor_api import Answer, VendorApi
from integration.world import ORG, World

SESSION = {"checkout_session": "cs_test_1"}


# ------------------------------------------------------- webhook and backend


def test_the_webhook_mints_nothing_for_what_the_api_issued(api: VendorApi, world: World) -> None:
    [event] = world.sold(1)
    [license] = licenses(issue(api, stripe=SESSION))
    assert world.issue(event, event) == []
    assert world.keys("cs_test_1") == minted(world) == [license["key"]]
    assert (world.delivery(event)["status"], world.mails.sent) == ("succeeded", [])
    # And what only the webhook knew is on record now: Stripe's Customer is told, and refunds find the order
    order = world.order("cs_test_1")
    assert order is not None
    assert (order.subscription, order.stripe_customer) == ("sub_1", "cus_sampleAda")
    assert world.stripe.metadata("cus_sampleAda")["keystack_license_key"] == license["key"]


def test_not_even_an_unmapped_price_troubles_the_webhook_then(api: VendorApi, world: World) -> None:
    [event] = world.sold(1, price="price_nobody")
    assert world.issue(event) == []
    assert world.delivery(event)["status"] == "failed"
    assert issue(api, stripe=SESSION).status == 201
    assert world.issue(event, source="replay") == []
    assert (world.delivery(event)["status"], len(minted(world))) == ("succeeded", 1)
    assert world.actions("cs_test_1") == ["license.issued", "order.created"]


def test_the_api_adds_nothing_to_what_the_webhook_minted(api: VendorApi, world: World) -> None:
    [event] = world.sold(1)
    world.issue(event)
    before = world.items("LicensesTable")
    for body in ({}, {"plan": "team", "quantity": 5, "send_email": True}):
        answer = issue(api, "k1", stripe=SESSION, **body)
        assert (answer.status, [each["key"] for each in licenses(answer)]) == (200, world.keys("cs_test_1"))
    assert world.items("LicensesTable") == before
    assert (messages(), len(world.mails.sent)) == ([], 1)


def test_what_is_on_purpose_not_licensed_by_its_mapping_the_api_may_license(api: VendorApi, world: World) -> None:
    [event] = world.sold(1, price="price_tshirt")
    world.issue(event)
    assert issue(api, stripe=SESSION).status == 201
    assert world.issue(event) == []
    assert len(minted(world)) == 1


def test_an_unpaid_session_that_the_backend_vouches_for(api: VendorApi, world: World) -> None:
    unpaid = stripe_event("issuer.payment_unpaid")
    session = unpaid["data"]["object"]["id"]
    world.issue(unpaid)
    assert issue(api, stripe={"checkout_session": session}).status == 201
    assert world.statuses(session) == ["active"]


Race = tuple[Callable[[], Any], Callable[[], Any]]


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("first", ["api", "webhook", "api twice"])
def test_at_once_exactly_one_of_them_mints(api: VendorApi, world: World, first: str, at: int) -> None:
    [event] = world.sold(1)
    answers: list[Answer] = []

    def call() -> None:
        answers.append(issue(api, "k1", stripe=SESSION))

    def webhook() -> None:
        world.issue(event)

    one, other = {"api": (call, webhook), "webhook": (webhook, call), "api twice": (call, call)}[first]
    # Given one that is about to write, when the other one comes and is done in full
    calls, raced = [0], [other]

    def before() -> None:
        calls[0] += 1
        if calls[0] == at and raced:
            raced.pop()()

    with world.before("TransactWriteItems", before):
        one()
    if raced:
        other()
    # Then there is one license, both know it, and it is told once
    assert len(minted(world)) == 1
    assert all(each["key"] == minted(world)[0] for answer in answers for each in licenses(answer))
    assert world.actions("cs_test_1") == ["order.created"]
    world.issue(event)
    assert len(minted(world)) == 1
    assert len(world.mails.sent) <= 1


def test_a_webhook_that_has_minted_and_is_still_at_its_effects(api: VendorApi, world: World) -> None:
    [event] = world.sold(1)

    def webhook() -> None:
        with world.crash("TransactWriteItems", 2):  # its lease is not given back
            world.issue(event)

    raced = [webhook]
    with world.before("TransactWriteItems", lambda: raced.pop()() if raced else None):
        answer = issue(api, stripe=SESSION)
    assert (answer.status, [each["key"] for each in licenses(answer)]) == (200, minted(world))


@pytest.mark.slow
def test_what_a_crash_of_the_webhook_left_is_not_issued_in_addition(api: VendorApi, world: World, clock: Clock) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_lifetime", 110))
    with world.crash("TransactWriteItems", 2):
        world.issue(event)
    assert issue(api, stripe=SESSION).problem == "retry-later"
    clock.forward(360)
    answer = issue(api, stripe=SESSION)
    assert (answer.status, len(licenses(answer)), len(minted(world))) == (200, 110, 110)
    assert world.issue(event) == []
    assert (len(minted(world)), len(world.mails.sent)) == (110, 1)


@pytest.mark.parametrize("at", [1, *(pytest.param(at, marks=pytest.mark.slow) for at in (2, 3))])
def test_two_identical_calls_for_many_licenses_at_once(api: VendorApi, world: World, at: int) -> None:
    answers: list[Answer] = []

    def call() -> None:
        answers.append(issue(api, "k1", quantity=110))

    calls, raced = [0], [call]

    def before() -> None:
        calls[0] += 1
        if calls[0] == at and raced:
            raced.pop()()

    with world.before("TransactWriteItems", before):
        call()
    assert len(answers) == 2
    keys = [sorted(each["key"] for each in licenses(answer)) for answer in answers]
    assert keys[0] == keys[1] == sorted(minted(world))
    assert len(set(keys[0])) == 110
    assert world.actions(answers[0].json["order"]["id"]) == ["order.created"]


def test_a_reference_that_another_call_takes_at_the_same_moment(api: VendorApi, world: World) -> None:
    stripe, answers = {"payment_intent": "pi_1"}, []
    raced = [lambda: answers.append(issue(api, "k1", stripe=stripe))]
    with world.before("TransactWriteItems", lambda: raced.pop()() if raced else None):
        late = issue(api, "k2", stripe=stripe)
    assert (answers[0].status, late.status, len(minted(world))) == (201, 409, 1)


# --------------------------------------------------- refunds and cancellations

REFUNDS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "payment intent": ({"payment_intent": "pi_1"}, {"payment_intent": "pi_1"}),
    "invoice": ({"invoice": "in_1"}, {"payment_intent": "pi_9", "invoice": "in_1"}),
    "subscription": ({"subscription": "sub_1"}, {"payment_intent": "pi_renewal"}),
}


def issue_in_test_mode(api: VendorApi, stripe: dict[str, str], **body: Any) -> Answer:
    return issue(api, "k1", livemode=False, stripe=stripe, **body)


@pytest.mark.parametrize("early", [False, True], ids=["after", "before"])
@pytest.mark.parametrize("name", REFUNDS)
def test_a_refund_freezes_it_through_each_reference(api: VendorApi, world: World, name: str, early: bool) -> None:
    stripe, charge = REFUNDS[name]
    parent = {"type": "subscription_details", "subscription_details": {"subscription": "sub_1"}}
    world.stripe.objects.put({"id": "in_renewal", "object": "invoice", "livemode": False, "parent": parent})
    payment = {"type": "payment_intent", "payment_intent": "pi_renewal"}
    world.stripe.objects.put(
        {"id": "inpay_1", "object": "invoice_payment", "invoice": "in_renewal", "payment": payment}
    )
    refund = stripe_event("freezer.refund_full", **charge)
    if early:
        world.freeze(refund)
    [license] = licenses(issue_in_test_mode(api, stripe, send_email=True))
    assert license["status"] == ("frozen" if early else "active")
    if not early:
        world.freeze(refund)
    found = api.get(f"/v1/licenses/{license['id']}").json
    assert (found["status"], [hold["kind"] for hold in found["holds"]]) == ("frozen", ["refund"])
    work(world)
    assert world.mails.sent == []


@pytest.mark.parametrize("early", [False, True], ids=["after", "before"])
def test_a_deleted_subscription_expires_it(api: VendorApi, world: World, early: bool) -> None:
    deleted = stripe_event("expirer.subscription_deleted")
    deleted["data"]["object"]["cancellation_details"] = {"reason": "payment_failed"}
    stripe = {"subscription": deleted["data"]["object"]["id"]}
    if early:
        world.expire(deleted)
    [license] = licenses(issue_in_test_mode(api, stripe, send_email=True))
    if not early:
        work(world)
        world.expire(deleted)
    found = api.get(f"/v1/licenses/{license['id']}").json
    assert found["status"] == "expired"
    work(world)
    assert len(world.mails.sent) == (0 if early else 1)
    if early:
        assert "no license of the order is active" in found_effect(api, license, "email")


def found_effect(api: VendorApi, license: dict[str, Any], name: str) -> str:
    return str(api.get(f"/v1/licenses/{license['id']}").json["order"]["effects"][name]["reason"])


def test_a_refund_at_the_same_moment_is_not_lost(api: VendorApi, world: World) -> None:
    refund = stripe_event("freezer.refund_full", payment_intent="pi_1")
    raced = [lambda: world.freeze(refund)]
    with world.before("TransactWriteItems", lambda: raced.pop()() if raced else None):
        [license] = licenses(issue_in_test_mode(api, {"payment_intent": "pi_1"}))
    assert license["status"] == "frozen"


def test_live_news_leaves_an_order_of_test_mode_alone(api: VendorApi, world: World) -> None:
    world.configure(stripe_keys=["rk_test_a", "rk_live_a"])
    issue_in_test_mode(api, {"payment_intent": "pi_1"})
    live = stripe_event("freezer.refund_full", livemode=True, payment_intent="pi_1")
    world.freeze(live)
    assert world.delivery(live)["status"] == "failed"
    assert api.get("/v1/licenses", status="frozen").json["items"] == []


# ------------------------------------------------------------------- effects


def test_what_is_wanted_is_handed_over_once_and_done_by_the_issuer(api: VendorApi, world: World) -> None:
    stripe = {"customer": "cus_1"}
    world.stripe.objects.put({"id": "cus_1", "object": "customer", "livemode": False, "metadata": {"crm": "7"}})
    answer = issue_in_test_mode(api, stripe, send_email=True)
    [license], order = licenses(answer), answer.json["order"]
    assert {name: each["state"] for name, each in order["effects"].items()} == {
        "email": "pending",
        "metadata": "pending",
    }
    [message] = messages()
    assert (message["source"], message["event"]["id"], message["event"]["type"]) == (
        "api",
        f"issue_{order['id']}",
        ORDER_ISSUED,
    )
    assert "PRO-" not in str(message)
    assert world.issue(message["event"], message["event"], source="api") == []
    [(recipient, _)] = world.mails.sent
    assert (recipient, license["key"] in world.mails.texts()[0]) == (ADA, True)
    assert world.stripe.metadata("cus_1") == {
        "crm": "7",
        "keystack_license_key": license["key"],
        "keystack_plan": "pro",
        "keystack_license_count": "1",
    }
    delivery = world.delivery(message["event"])
    assert (delivery["status"], delivery["order"]) == ("succeeded", order["id"])
    assert delivery["steps"] == {"licenses": "1 issued", "metadata": "done", "email": "done"}
    # And the same request again hands nothing over
    assert issue_in_test_mode(api, stripe, send_email=True).json["order"]["effects"]["email"]["state"] == "done"
    assert messages() == []


def test_an_organization_without_stripe_key_mails_all_the_same(api: VendorApi, world: World) -> None:
    secrets.store("stripe-key/acme", "rk_live_a")
    issue_in_test_mode(api, {"customer": "cus_1"}, send_email=True)
    [event] = work(world)
    assert len(world.mails.sent) == 1
    assert "has no Stripe key for test mode" in world.delivery(event)["reason"]


def test_a_stripe_key_that_was_stored_just_now_counts(api: VendorApi, world: World, clock: Clock) -> None:
    secrets.store("stripe-key/acme", "rk_live_a")
    with pytest.raises(ActionNeededError):
        secrets.stripe_key(ORG, livemode=False)
    aws_client("ssm").put_parameter(Name="/keystack/test/stripe-key/acme", Value="rk_test_a", Overwrite=True)
    world.stripe.objects.put({"id": "cus_1", "object": "customer", "livemode": False, "metadata": {}})
    clock.forward(10)
    [license] = licenses(issue_in_test_mode(api, {"customer": "cus_1"}))
    work(world)
    assert world.stripe.metadata("cus_1")["keystack_license_key"] == license["key"]


def test_an_email_that_fails_is_a_failed_delivery_to_replay(api: VendorApi, world: World) -> None:
    world.mails.refusals.append(ActionNeededError("the mail server refused the recipient (550)"))
    issue(api, "k1", send_email=True)
    [event] = work(world)
    assert world.delivery(event)["status"] == "failed"
    replay(ORG, event)
    [message] = messages()
    assert message["source"] == "replay"
    assert world.issue(message["event"], source="replay") == []
    assert (world.delivery(event)["status"], len(world.mails.sent)) == ("succeeded", 1)


def test_a_busy_mail_server_is_tried_again(api: VendorApi, world: World) -> None:
    world.mails.refusals.append(RetryLaterError("the mail server is busy (421)"))
    issue(api, "k1", send_email=True)
    [message] = messages()
    assert world.issue(message["event"], source="api") == [message["event"]["id"]]
    assert world.issue(message["event"], source="api") == []
    assert len(world.mails.sent) == 1


def test_stripe_refusing_the_metadata_holds_back_no_email(api: VendorApi, world: World) -> None:
    world.stripe.fails("POST", "/v1/customers", error(403, "Having the 'rak_customer_write' permission would allow"))
    issue_in_test_mode(api, {"customer": "cus_1"}, send_email=True)
    [event] = work(world)
    assert (world.delivery(event)["status"], len(world.mails.sent)) == ("failed", 1)


def test_webhook_and_issuer_at_once_send_one_email(api: VendorApi, world: World) -> None:
    [event] = world.sold(1)
    issue(api, stripe=SESSION, send_email=True)
    [message] = messages()
    world.issue(event)
    world.issue(message["event"], source="api")
    assert len(world.mails.sent) == 1


def test_an_order_that_is_not_there_is_a_failed_delivery(world: World) -> None:
    told = {"id": "issue_x", "type": ORDER_ISSUED, "created": 1, "livemode": True, "data": {"object": {"id": "ord_x"}}}
    assert world.issue(told, source="api") == []
    assert "there is no paid order ord_x" in world.delivery("issue_x")["reason"]


def test_another_organizations_order_is_not_there(api: VendorApi, world: World) -> None:
    world.configure(org="other")
    issue(api, send_email=True)
    [message] = messages()
    world.deliver("issuer", message["event"], org="other")
    assert world.mails.sent == []


def test_the_verifier_takes_no_such_event_from_outside(api: VendorApi, world: World) -> None:
    order = issue(api, send_email=True).json["order"]["id"]
    messages()
    forged = {**purchase(1), "type": ORDER_ISSUED, "data": {"object": {"id": order}}}
    answer = function("verifier").handler(request(forged), Context())
    assert (answer["statusCode"], "ignored" in answer["body"], messages()) == (200, True, [])
    assert world.delivery(forged)["status"] == "ignored"


@pytest.mark.parametrize("quantity", [44, 45, 46, 47])
def test_an_order_with_all_that_an_order_can_have_fits_into_dynamodbs_hundred_actions(
    api: VendorApi, world: World, quantity: int
) -> None:
    """Three references and a key's, customer, key ring, two audit entries; and as many licenses as fit beside them."""
    known = {"payment_intent": "pi_1", "subscription": "sub_1", "invoice": "in_1", "customer": "cus_sampleAda"}
    refund = stripe_event("freezer.refund_full", payment_intent="pi_1", invoice=None)
    world.freeze(refund)  # parked: it applies when the order is born
    answer = issue(api, "k1", quantity=quantity, livemode=False, stripe=known)
    assert (answer.status, len(licenses(answer)), len(minted(world))) == (201, quantity, quantity)
    assert {each["status"] for each in licenses(answer)} == {"frozen"}
    assert world.actions(answer.json["order"]["id"]) == ["license.frozen", "order.created"]
