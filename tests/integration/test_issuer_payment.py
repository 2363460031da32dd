"""Payment that is delayed, fails, or is taken back before its order is known."""

from typing import Any

from samples import stripe_event

from integration.world import World

SESSION = "cs_test_sampleEve"


def sold(world: World) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    unpaid, paid, failed = (
        stripe_event(f"issuer.{name}") for name in ("payment_unpaid", "async_payment_succeeded", "async_payment_failed")
    )
    world.stripe.sell(unpaid, ("price_pro_lifetime", 2))
    return unpaid, paid, failed


def test_an_unpaid_order_waits_and_is_minted_when_the_money_comes(world: World) -> None:
    unpaid, paid, _ = sold(world)
    assert world.issue(unpaid) == []
    assert (world.keys(SESSION), world.mails.sent, world.actions(SESSION)) == ([], [], ["order.pending"])
    assert [each["path"] for each in world.stripe.requests] == ["/v1/checkout/sessions/cs_test_sampleEve"]
    assert world.delivery(unpaid)["status"] == "waiting"
    assert "awaits its payment since 2026-" in world.delivery(unpaid)["reason"]
    assert world.issue(paid) == []
    assert (len(world.keys(SESSION)), len(world.mails.sent)) == (2, 1)
    assert world.actions(SESSION) == ["order.created", "order.pending"]
    assert [world.delivery(each)["status"] for each in (unpaid, paid)] == ["succeeded"] * 2


def test_the_other_way_round_ends_the_same(world: World) -> None:
    unpaid, paid, _ = sold(world)
    assert world.issue(paid) == world.issue(unpaid) == []
    keys = world.keys(SESSION)
    assert world.issue(unpaid, paid) == []
    assert (world.keys(SESSION), len(keys), len(world.mails.sent)) == (keys, 2, 1)
    assert world.actions(SESSION) == ["order.created", "order.pending"]


def test_a_payment_that_failed_is_on_record_without_license(world: World) -> None:
    unpaid, _, failed = sold(world)
    assert world.issue(unpaid, failed) == []
    assert (world.keys(SESSION), world.mails.sent) == ([], [])
    assert world.actions(SESSION) == ["order.payment_failed", "order.pending"]


def test_an_unpaid_order_needs_no_stripe_key(world: World) -> None:
    world.configure(stripe_keys=["rk_live_only"])
    unpaid, paid, _ = sold(world)
    assert world.issue(unpaid, paid) == []
    assert world.delivery(unpaid)["status"] == "waiting"
    assert "no Stripe key for test mode" in world.delivery(unpaid)["reason"]
    record = world.delivery(paid)
    assert (record["status"], "no Stripe key for test mode" in record["reason"]) == ("failed", True)
    world.configure(stripe_keys=["rk_test_now"])
    assert world.issue(paid, source="replay") == []
    assert (world.delivery(paid)["status"], len(world.keys(SESSION))) == ("succeeded", 2)


def refunded(world: World) -> None:
    refund = stripe_event("freezer.refund_full", payment_intent="pi_sampleEve", id="evt_refund")
    refund["data"]["object"]["id"] = "ch_eve"
    assert world.freeze(refund) == []
    record = world.delivery("evt_refund")
    assert (record["status"], record["steps"]) == ("succeeded", {"fact": "parked"})


def test_a_refund_that_came_first_freezes_at_birth_and_no_mail_goes_out(world: World) -> None:
    _, paid, _ = sold(world)
    refunded(world)
    assert world.issue(paid) == []
    assert (world.statuses(SESSION), world.mails.sent) == (["frozen", "frozen"], [])
    assert world.actions(SESSION) == ["license.frozen", "order.created"]
    assert world.delivery(paid)["steps"]["email"].startswith("skipped: no license of the order is active")


def test_a_refund_between_unpaid_and_paid_freezes_at_birth(world: World) -> None:
    unpaid, paid, _ = sold(world)
    world.issue(unpaid)
    refund = stripe_event("freezer.refund_full", id="evt_refund", payment_intent="pi_sampleEve")
    assert world.freeze(refund) == world.issue(paid) == []
    assert (world.statuses(SESSION), world.mails.sent) == (["frozen", "frozen"], [])


def test_a_deletion_that_came_first_expires_at_birth_and_no_mail_goes_out(world: World) -> None:
    over = {"data": [{"id": "si_sampleAda", "current_period_end": 1, "quantity": 1}]}
    deleted = stripe_event("expirer.subscription_deleted", ended_at=1, canceled_at=1, items=over)
    paid = stripe_event("issuer.subscription_paid")
    world.stripe.sell(paid, ("price_pro_monthly", 1))
    assert world.expire(deleted) == world.issue(paid) == []
    assert (world.statuses("cs_test_sampleAda"), world.mails.sent) == (["expired"], [])
    assert world.actions("cs_test_sampleAda") == ["license.expired", "order.created"]
