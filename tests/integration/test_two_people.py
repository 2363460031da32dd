"""Two people change one thing: whoever comes second is told, and nothing of the first is overwritten."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from keystack.domain.plans import Grant, Mapping, Plan
from keystack.domain.versions import NOTHING, version_of
from keystack.errors import ChangedError, NotFoundError
from keystack.inputs.settings import SettingsRequest
from keystack.management.catalogue import delete_plan, load_plan, store_mapping, store_plan
from keystack.management.settings import Seen, branding_version, change_settings, settings_version
from keystack.storage import dynamodb
from keystack.storage.attributes import to_item
from keystack.storage.audit.entries import entries_of
from keystack.storage.mappings.organizations import load_organization

from integration.world import ORG, World

BASIC = Plan("basic", "Basic", seats=2)


def once(act: Callable[[], object]) -> Callable[[], None]:
    """Do it at the first call alone."""
    acts = [act]

    def do() -> None:
        if acts:
            acts.pop()()

    return do


def plan_of(code: str = "basic") -> Plan:
    return load_plan(ORG, code)


# --------------------------------------------------------------------- plans


def test_a_plan_that_is_as_it_was_seen_is_changed(world: World) -> None:
    store_plan(ORG, BASIC, "Ada", NOTHING)
    store_plan(ORG, replace(BASIC, seats=3), "Ada", version_of(BASIC))
    assert plan_of().seats == 3
    assert [entry["detail"].get("before", {}).get("seats") for entry in entries_of(ORG, "plan:basic")] == [None, 2]


@pytest.mark.parametrize("seen", [NOTHING, version_of(replace(BASIC, seats=1))])
def test_a_plan_that_another_has_changed_stays_as_it_is(world: World, seen: str) -> None:
    store_plan(ORG, BASIC, "Ada")
    with pytest.raises(ChangedError, match="plan basic was changed by somebody else"):
        store_plan(ORG, replace(BASIC, name="Mine"), "Bob", seen)
    with pytest.raises(ChangedError):
        delete_plan(ORG, "basic", "Bob", seen)
    assert plan_of() == BASIC
    assert len(list(entries_of(ORG, "plan:basic"))) == 1


def test_a_plan_that_is_changed_at_the_same_moment_is_not_overwritten(world: World) -> None:
    store_plan(ORG, BASIC, "Ada")
    theirs, mine = replace(BASIC, name="Theirs"), replace(BASIC, name="Mine")
    first = once(lambda: store_plan(ORG, theirs, "Ada"))
    with world.before("TransactWriteItems", first), pytest.raises(ChangedError):
        store_plan(ORG, mine, "Bob", version_of(BASIC))
    assert plan_of() == theirs


def test_a_plan_is_created_once(world: World) -> None:
    first = once(lambda: store_plan(ORG, BASIC, "Ada", NOTHING))
    with world.before("TransactWriteItems", first), pytest.raises(ChangedError):
        store_plan(ORG, replace(BASIC, name="Mine"), "Bob", NOTHING)
    assert plan_of() == BASIC


def test_a_plan_that_is_gone_is_not_made_again(world: World) -> None:
    store_plan(ORG, BASIC, "Ada")
    delete_plan(ORG, "basic", "Ada", version_of(BASIC))
    with pytest.raises(ChangedError):
        store_plan(ORG, replace(BASIC, name="Mine"), "Bob", version_of(BASIC))
    with pytest.raises(NotFoundError):
        plan_of()


def test_a_plan_that_is_mapped_meanwhile_has_not_changed(world: World) -> None:
    store_plan(ORG, BASIC, "Ada")
    mapped = once(lambda: store_mapping(ORG, Mapping("price_x", (Grant("basic"),)), "Ada"))
    with world.before("TransactWriteItems", mapped):
        store_plan(ORG, replace(BASIC, seats=3), "Bob", version_of(BASIC))
    assert plan_of().seats == 3


def test_a_plan_of_an_earlier_version_of_keystack_is_changed_too(world: World) -> None:
    item = {"pk": ORG, "sk": "PLAN#old", "name": "Old"}
    dynamodb.write([dynamodb.put("MappingsTable", item, "")])
    old = plan_of("old")
    theirs = once(lambda: store_plan(ORG, replace(old, seats=5), "Ada"))
    with world.before("TransactWriteItems", theirs), pytest.raises(ChangedError):
        store_plan(ORG, replace(old, seats=3), "Bob", version_of(old))
    assert plan_of("old").seats == 5
    dynamodb.write([dynamodb.put("MappingsTable", item, "")])
    store_plan(ORG, replace(old, seats=3), "Bob", version_of(old))
    assert plan_of("old").seats == 3


# -------------------------------------------------------- settings, branding


def change(expected: Seen | None, by: str = "Bob", **given: Any) -> None:
    change_settings(ORG, SettingsRequest.model_validate(given), by, expected)


def seen() -> Seen:
    organization = load_organization(ORG)
    return Seen(settings_version(organization), branding_version(organization))


def test_settings_that_are_as_they_were_seen_are_changed(world: World) -> None:
    change(seen(), name="Acme Ltd.", branding={"footer": "New Road 2"})
    organization = load_organization(ORG)
    assert (organization.name, organization.branding.footer) == ("Acme Ltd.", "New Road 2")


@pytest.mark.parametrize("mine", [{"name": "Mine"}, {"branding": {"footer": "mine"}}])
def test_what_another_has_changed_stays_as_it_is(world: World, mine: dict[str, Any]) -> None:
    before = seen()
    change(None, "Ada", freeze_on_partial_refund=True, branding={"product_name": "Theirs"})
    after = load_organization(ORG)
    with pytest.raises(ChangedError):
        change(before, **mine)
    assert load_organization(ORG) == after


def test_what_is_changed_at_the_same_moment_is_not_overwritten(world: World) -> None:
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"freeze_on_partial_refund": True}, {"name": "Mine"}),
        ({"branding": {"reply_to": ""}}, {"branding": {"footer": "mine"}}),
    ]
    for theirs, mine in pairs:
        before = seen()
        first = once(partial(change, None, "Ada", **theirs))
        with world.before("TransactWriteItems", first), pytest.raises(ChangedError):
            change(before, **mine)
    organization = load_organization(ORG)
    assert (organization.name, organization.freeze_on_partial_refund) == ("Acme Inc.", True)
    assert (organization.branding.footer, organization.branding.reply_to) == ("Acme Inc., 1 Anvil Road, Tucson AZ", "")


def test_settings_and_branding_do_not_stand_in_each_others_way(world: World) -> None:
    before = seen()
    theirs = once(lambda: change(None, "Ada", branding={"footer": "theirs"}))
    with world.before("TransactWriteItems", theirs):
        change(Seen(settings=before.settings), name="Mine")
    organization = load_organization(ORG)
    assert (organization.name, organization.branding.footer) == ("Mine", "theirs")


def test_items_that_lack_attributes_or_have_odd_ones_are_changed_too(world: World) -> None:
    """As an earlier version stored them, or somebody by hand."""
    for item in (
        {"pk": ORG, "sk": "ORG", "name": "Old", "freeze_on_partial_refund": "odd"},
        {"pk": ORG, "sk": "BRANDING", "footer": ""},
    ):
        dynamodb.client().call("PutItem", {"TableName": "MappingsTable", "Item": to_item(item)})
    change(seen(), name="New", branding={"footer": "new", "reply_to": "a@acme.example"})
    organization = load_organization(ORG)
    assert (organization.name, organization.branding.footer) == ("New", "new")


def test_what_is_seen_is_told_by_all_that_it_says(world: World) -> None:
    organization = load_organization(ORG)
    branding = organization.branding
    assert settings_version(organization) == settings_version(
        replace(organization, branding=replace(branding, footer="x"))
    )
    assert settings_version(organization) != settings_version(replace(organization, freeze_on_partial_refund=True))
    assert branding_version(organization) != branding_version(
        replace(organization, branding=replace(branding, footer="x"))
    )
    assert version_of(replace(BASIC, entitlements={"a": 1, "b": 2})) == version_of(
        replace(BASIC, entitlements={"b": 2, "a": 1})
    )
