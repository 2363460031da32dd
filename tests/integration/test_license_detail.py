"""An order with its timeline, a customer with everything of theirs, and a key that is shown on demand."""

import time

import pytest
from keystack.domain import decisions
from keystack.domain.customers import customer_id
from keystack.domain.timeline import Happening, Kind
from keystack.errors import InvalidInputError, NotFoundError
from keystack.management import order as order_pages
from keystack.management.customer import show_customer
from keystack.management.decide import decide
from keystack.management.order import order_timeline, show_order
from keystack.management.reveal import reveal
from keystack.storage.dynamodb import ConditionFailedError
from samples import purchase, stripe_event

from integration.aws_calls import counted
from integration.many import BUYER, order_of, put_orders
from integration.world import ORG, World

ADA = "ada@acme.example"
REFUNDED = stripe_event("freezer.refund_full", payment_intent="pi_9", invoice="in_1")


@pytest.fixture
def refunded(world: World) -> World:
    """Ada's order cs_test_1: paid, refunded, and reactivated by Grace."""
    event = purchase(1, customer_details={"email": ADA, "name": "Ada"})
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    world.freeze(REFUNDED)
    [license] = world.licenses("cs_test_1")
    decide(ORG, license.id, decisions.reactivate, "Grace", "they paid again", int(time.time()))
    return world


def timeline(world: World) -> list[Happening]:
    found: list[Happening] = []
    after: str | None = None
    order = world.order("cs_test_1")
    assert order is not None
    while True:
        page = order_timeline(ORG, order, after)
        found, after = found + page.items, page.after
        if after is None:
            return found


def test_a_timeline_tells_facts_effects_and_audit_entries(refunded: World) -> None:
    found = timeline(refunded)
    [license] = refunded.licenses("cs_test_1")
    by_kind = {kind: [(each.name, each.delivery) for each in found if each.kind is kind] for kind in Kind}
    assert by_kind[Kind.FACT] == [("Paid", "evt_1"), ("Refunded", REFUNDED["id"])]
    assert by_kind[Kind.AUDIT] == [
        ("order.created", "evt_1"),
        ("license.frozen", REFUNDED["id"]),
        ("license.reactivated", None),
    ]
    assert sorted(by_kind[Kind.EFFECT]) == [("email", None), ("metadata", None)]
    assert [each.at for each in found] == sorted(each.at or 0 for each in found)
    last = next(each for each in found if each.name == "license.reactivated")
    assert last.license == license.id
    assert last.words == (f"Reactivated, license {license.id}, by Grace: they paid again.",)


def test_a_timeline_in_pages_is_the_same(refunded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = timeline(refunded)
    monkeypatch.setattr(order_pages, "ENTRIES", 1)
    paged = timeline(refunded)
    assert sorted((each.kind, each.name, each.at) for each in paged if each.at) == sorted(
        (each.kind, each.name, each.at) for each in whole if each.at
    )


@pytest.mark.parametrize("mark", ["", "x", "2026-13-01T00:00:00Z#x", "~", "é"])
def test_a_forged_mark_of_a_timeline(refunded: World, mark: str) -> None:
    order = refunded.order("cs_test_1")
    assert order is not None
    with pytest.raises(InvalidInputError):
        order_timeline(ORG, order, mark)


def test_a_large_order_shows_its_licenses_in_pages_by_unit(world: World) -> None:
    made = put_orders(order_of(1, count=120))
    shown: list[str] = []
    after: str | None = None
    sizes = []
    while True:
        page = show_order(ORG, "cs_live_00001", 50, after).licenses
        shown, after = [*shown, *(found.license.id for found in page.items)], page.after
        sizes.append(len(page.items))
        if after is None:
            break
    assert (sizes, shown) == ([50, 50, 20], [each.id for each in made])


@pytest.mark.parametrize("mark", ["", "x", "-1", "99999", "é", "²"])
def test_a_forged_mark_of_an_orders_licenses(world: World, mark: str) -> None:
    put_orders(order_of(1))
    with pytest.raises(InvalidInputError):
        show_order(ORG, "cs_live_00001", 50, mark)
    assert show_order(ORG, "cs_live_00001", 50, "9999").licenses.items == []


def test_a_customer_has_licenses_and_orders_of_one_mode(world: World) -> None:
    one, two, _ = put_orders(order_of(1), order_of(2, count=1), order_of(3, livemode=False))
    detail = show_customer(ORG, customer_id(True, BUYER, None, ""), 50)
    assert (detail.customer.email, detail.customer.name, detail.customer.livemode) == (BUYER, "Bob", True)
    assert [found.license.id for found in detail.licenses.items] == [two.id, one.id]
    assert [order.id for order in detail.orders] == ["cs_live_00002", "cs_live_00001"]


def test_a_customer_collects_stripes_customers(refunded: World) -> None:
    detail = show_customer(ORG, customer_id(False, ADA, None, ""), 50)
    assert (detail.customer.stripe_customers, detail.customer.order_count) == (("cus_sampleAda",), 1)


def test_nobody_sees_anothers(refunded: World) -> None:
    [license] = refunded.licenses("cs_test_1")
    order = refunded.order("cs_test_1")
    assert order is not None
    with pytest.raises(NotFoundError):
        show_order("other", "cs_test_1", 50)
    with pytest.raises(NotFoundError):
        show_customer("other", customer_id(False, ADA, None, ""), 50)
    with pytest.raises(NotFoundError):
        reveal("other", license.id, "eve")
    assert [each for each in order_timeline("other", order).items if each.kind is Kind.AUDIT] == []


# ------------------------------------------------------------------ reveal


def test_a_revealed_key_is_in_the_audit_log_with_who_saw_it(refunded: World) -> None:
    [license] = refunded.licenses("cs_test_1")
    with counted() as calls:
        assert reveal(ORG, license.id, "Ada") == license.key
    assert calls == ["Query", "BatchGetItem", "BatchGetItem", "PutItem"]
    assert reveal(ORG, license.id, "Ada") == license.key
    entries = [item for item in refunded.items("AuditTable") if item["action"] == "license.key_revealed"]
    assert [(each["source"], each["subject"], each["detail"]) for each in entries] == [
        ("Ada", f"{ORG}#cs_test_1", {"license": license.id, "by": "Ada"})
    ] * 2
    assert license.key not in str(entries)


def test_a_key_is_not_shown_when_the_audit_log_does_not_take_it(refunded: World) -> None:
    [license] = refunded.licenses("cs_test_1")

    def fail() -> None:
        raise ConditionFailedError("busy")

    with refunded.before("PutItem", fail), pytest.raises(ConditionFailedError):
        reveal(ORG, license.id, "Ada")
