"""A paid Checkout Session becomes licenses, a customer, an e-mail, metadata and an audit entry."""

import re
import time

import pytest
from keystack.domain.customers import customer_id
from keystack.storage import dynamodb
from keystack.storage.licenses.references import load_references
from samples import purchase

from integration.world import ORG, World

SESSION = "cs_test_1"


def test_a_paid_subscription_becomes_a_license_and_everybody_is_told(world: World) -> None:
    # Given
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    # When
    assert world.issue(event) == []
    # Then the license
    [license] = world.licenses(SESSION)
    assert re.fullmatch(r"TEST-PRO(-[0-9A-HJKMNP-TV-Z]{5}){5}", license.key)
    assert (license.plan, license.kind, license.seats, world.statuses(SESSION)) == (
        "pro",
        "subscription",
        1,
        ["active"],
    )
    # and the order, found under each of its Stripe ids
    references = load_references(ORG, ["sub_1", "in_1"])
    assert {reference.order for reference in references.values()} == {SESSION}
    # and the customer
    identity = customer_id(False, "ada@example.com", "cus_sampleAda", SESSION)
    [customer] = [item for item in world.items("LicensesTable") if item["sk"] == "CUSTOMER"]
    assert customer["pk"] == f"{ORG}#customer#{identity}"
    assert (customer["email"], customer["stripe_customers"]) == ("ada@example.com", {"cus_sampleAda"})
    # and the e-mail
    [(recipient, mail)] = world.mails.sent
    assert (recipient, license.key in world.mails.texts()[0]) == ("Ada@Example.com", True)
    assert "Acme Studio" in str(mail["Subject"])
    # and Stripe's Customer
    assert world.stripe.metadata("cus_sampleAda") == {
        "keystack_license_key": license.key,
        "keystack_plan": "pro",
        "keystack_license_count": "1",
    }
    # and the records
    assert world.actions(SESSION) == ["order.created"]
    record = world.delivery(event)
    assert (record["status"], record["order"], record["attempts"]) == ("succeeded", SESSION, 1)
    assert record["steps"] == {"licenses": "1 issued", "metadata": "done", "email": "done"}


def test_a_payment_in_live_mode_gives_a_key_without_test_in_front(world: World) -> None:
    world.configure(stripe_keys=["rk_test_replace_me", "rk_live_replace_me"])
    event = purchase(1, "issuer.payment_paid", livemode=True)
    event["livemode"] = True
    world.stripe.sell(event, ("price_pro_lifetime", 1))
    assert world.issue(event) == []
    assert world.keys(SESSION)[0].startswith("LIFE-")
    assert not str(world.mails.sent[0][1]["Subject"]).startswith("[TEST]")
    assert load_references(ORG, ["pi_1"])["pi_1"].order == SESSION


def test_a_license_is_found_by_its_key_hash_only(world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    [key] = world.keys(SESSION)
    [look_up] = [item for item in world.items("LicensesTable") if item["sk"] == "KEY"]
    assert key not in str(look_up)
    assert dynamodb.get_items([("LicensesTable", look_up["license_pk"], look_up["license_sk"])])


def test_duplicates_change_nothing(world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_lifetime", 3))
    assert world.issue(event, event) == []
    keys = world.keys(SESSION)
    assert world.issue(event) == []
    assert (world.keys(SESSION), len(keys), len(world.mails.sent)) == (keys, 3, 1)
    assert world.stripe.metadata("cus_sampleAda")["keystack_license_count"] == "3"
    assert world.actions(SESSION) == ["order.created"]


def test_two_events_for_one_session_make_one_order(world: World) -> None:
    first, second = purchase(1), {**purchase(1), "id": "evt_other"}
    world.stripe.sell(first, ("price_pro_monthly", 1))
    assert world.issue(first) == world.issue(second) == []
    assert (len(world.keys(SESSION)), len(world.mails.sent), world.actions(SESSION)) == (1, 1, ["order.created"])
    assert world.delivery(second)["status"] == "succeeded"


def test_needing_no_payment_is_as_good_as_paid(world: World) -> None:
    event = purchase(1, payment_status="no_payment_required", subscription="sub_1", invoice=None)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    assert world.issue(event) == []
    assert (len(world.keys(SESSION)), len(world.mails.sent)) == (1, 1)


def test_a_session_of_2019_knows_no_payment_status(world: World) -> None:
    event = {**purchase(1), "api_version": "2019-12-03"}
    for field in ("payment_status", "customer_details", "invoice"):
        del event["data"]["object"][field]
    event["data"]["object"] |= {"customer_email": "old@example.com", "status": None}
    world.stripe.sell(event, ("price_pro_monthly", 1))
    assert world.issue(event) == []
    assert (len(world.keys(SESSION)), world.mails.sent[0][0]) == (1, "old@example.com")


def test_two_organizations_with_the_same_stripe_ids_share_nothing(world: World) -> None:
    world.configure(org="other", stripe_keys=["rk_test_other"], webhook_secrets=["whsec_other"])
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    assert world.issue(event) == world.issue(event, org="other") == []
    assert set(world.keys(SESSION)).isdisjoint(world.keys(SESSION, "other"))
    assert len(world.keys(SESSION)) == len(world.keys(SESSION, "other")) == 1
    assert world.licenses(SESSION)[0].id != world.licenses(SESSION, "other")[0].id


@pytest.mark.parametrize("name", ["\x00", "\ud800", "\uffff", "Ada\r\nBcc: eve@example.com", "x" * 5_000, ""])
def test_any_name_is_minted_and_mailed(world: World, name: str) -> None:
    event = purchase(1, customer_details={"email": "ada@example.com", "name": name})
    world.stripe.sell(event, ("price_pro_monthly", 1))
    assert world.issue(event) == []
    assert world.delivery(event)["status"] == "succeeded"
    [(_, mail)] = world.mails.sent
    assert (mail["Bcc"], len(world.keys(SESSION))) == (None, 1)


def test_an_event_of_no_known_shape_is_failed_and_says_so(world: World) -> None:
    event = purchase(1, subscription=["sub_1"])
    assert world.issue(event) == []
    assert world.delivery(event)["status"] == "failed"
    assert "data.object.subscription" in world.delivery(event)["reason"]


def test_the_seconds_from_stripes_event_to_the_mail_are_measured(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    event = {**purchase(1), "created": int(time.time()) - 500}
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    [seconds] = re.findall(r'"SecondsToEmail":\[([0-9.]+)', capsys.readouterr().out)
    assert 500 <= float(seconds) < 600


def test_every_character_of_a_key_is_random(world: World) -> None:
    """Of forty keys no place has the same character in all: with fewer random bits, the first groups would be zeros."""
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_lifetime", 40))
    world.issue(event)
    keys = [key.replace("-", "")[-25:] for key in world.keys("cs_test_1")]
    assert len(set(keys)) == 40
    assert all(len({key[place] for key in keys}) > 5 for place in range(25))
