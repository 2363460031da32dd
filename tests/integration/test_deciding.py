"""What a person decides about a license is written once, with its audit entry, and leaves its list when decided."""

from typing import Any

import pytest
from keystack.domain import decisions
from keystack.errors import ConflictError, NotFoundError
from keystack.management.decide import decide
from samples import stripe_event

from integration.world import ORG, World

NOW = 1_800_000_000


def issued(world: World, lines: tuple[str, int] = ("price_pro_monthly", 1)) -> list[Any]:
    event = stripe_event("issuer.payment_paid")
    world.stripe.sell(event, lines)
    world.issue(event)
    return world.licenses(event["data"]["object"]["id"])


def held(world: World) -> list[str]:
    """What is in the index of those that wait for a person."""
    return [item["sk"] for item in world.items("LicensesTable") if item.get("held_org")]


def test_a_license_is_frozen_reactivated_and_revoked_with_an_entry_each(world: World) -> None:
    [license] = issued(world)
    for decision, listed in ((decisions.freeze, [f"LICENSE#{license.id}"]), (decisions.reactivate, [])):
        decide(ORG, license.id, decision, "backend", "", NOW)
        assert held(world) == listed
    decide(ORG, license.id, decisions.revoke, "backend", "fraud", NOW)
    [order] = [item["order"] for item in world.items("LicensesTable") if item["sk"] == "ORDER"]
    assert world.statuses(order, NOW) == ["revoked"]
    assert world.actions(order) == ["license.frozen", "license.reactivated", "license.revoked", "order.created"]


def test_a_refunded_order_waits_until_each_of_its_licenses_is_decided_about(world: World) -> None:
    one, other = issued(world, ("price_pro_lifetime", 2))
    world.freeze(stripe_event("freezer.refund_full"))
    decide(ORG, one.id, decisions.revoke, "ada", "", NOW)
    assert held(world) == ["ORDER"]
    decide(ORG, other.id, decisions.reactivate, "ada", "", NOW)
    assert held(world) == []


def test_a_replayed_refund_does_not_freeze_again_what_a_person_reactivated(world: World) -> None:
    [license] = issued(world)
    world.freeze(stripe_event("freezer.refund_full"))
    found = decide(ORG, license.id, decisions.reactivate, "ada", "", NOW)
    world.freeze(stripe_event("freezer.refund_full"))
    assert world.statuses(found.order.id) == ["active"]


def test_two_decisions_at_once_are_one_after_the_other(world: World) -> None:
    [license] = issued(world)
    raced = [lambda: decide(ORG, license.id, decisions.revoke, "ada", "", NOW)]
    with (
        world.before("TransactWriteItems", lambda: raced.pop()() if raced else None),
        pytest.raises(ConflictError, match="revoked"),
    ):
        decide(ORG, license.id, decisions.freeze, "bob", "", NOW)


def test_another_organizations_license_is_not_there(world: World) -> None:
    [license] = issued(world)
    with pytest.raises(NotFoundError):
        decide("other", license.id, decisions.revoke, "eve", "", NOW)
