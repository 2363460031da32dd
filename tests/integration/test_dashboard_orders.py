"""An order in the dashboard: what it is, its licenses, and its story in the order of time."""

import re
from typing import Any

import pytest
from keystack.domain.customers import customer_id
from keystack.management import order as order_pages
from keystack.storage import dynamodb
from samples import purchase, stripe_event

from integration.aws_calls import counted, refused
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.many import order_of, put_orders
from integration.test_dashboard_license import decided, rows_listed
from integration.world import World

ONE = "/dashboard/orders/cs_test_1"
ADA = "ada@acme.example"
REFUNDED = stripe_event("freezer.refund_full", payment_intent="pi_9", invoice="in_1")
DELIVERIES = "/dashboard/settings/webhooks/deliveries"


@pytest.fixture
def ada(world: World) -> Visitor:
    return sign_in_as("admin")


def sell(world: World, number: int = 1, name: str = "Ada", **fields: Any) -> None:
    given: dict[str, Any] = {"customer_details": {"email": ADA, "name": name}, **fields}
    event = purchase(number, **given)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)


def story(shown: Shown) -> list[str]:
    found = re.findall(r'<li class="(?:fact|hold|effect|audit)">(.*?)</li>', shown.html, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", each).split()) for each in found]


def undelivered(told: str) -> str:
    return told.removesuffix(" delivery")


def test_an_order_says_what_was_paid_by_whom(ada: Visitor, world: World) -> None:
    sell(world, amount_total=123450, currency="eur")
    shown = ada.get(f"{ONE}?mode=test")
    for said in ("Order of Ada test", "1,234.50 EUR", "sub_1", "in_1", "cus_sampleAda", f"{ADA} ( Ada )"):
        assert said in shown.text
    assert shown.page.links[ADA] == f"/dashboard/customers/{customer_id(False, ADA, None, '')}?mode=test"
    [license] = world.licenses("cs_test_1")
    assert rows_listed(shown) == [license.id]


def test_yen_have_no_decimals(ada: Visitor, world: World) -> None:
    sell(world, amount_total=1900, currency="jpy")
    assert "1,900 JPY" in ada.get(ONE).text


def test_its_story_is_told_in_the_order_of_time_with_links(ada: Visitor, world: World) -> None:
    sell(world)
    world.freeze(REFUNDED)
    [license] = world.licenses("cs_test_1")
    decided(ada, license, "reactivate", "they paid again")
    shown = ada.get(f"{ONE}?mode=test")
    told = story(shown)
    for said in (
        "The order is paid. delivery",
        "Charge ch_sampleBob was refunded in full.",
        f"The e-mail to {ADA} is sent.",
        f"Reactivated, license {license.id}, by Ada: they paid again. {license.id}",
    ):
        assert [each for each in told if said in each], (said, told)
    positions = [next(at for at, each in enumerate(told) if said in each) for said in ("is paid", "Reactivated")]
    assert positions == sorted(positions)
    links = re.findall(rf'href="({DELIVERIES}/[^"?]+)', shown.html)
    assert {each.rpartition("/")[2] for each in links} == {"evt_1", REFUNDED["id"]}
    assert ada.get(f"{DELIVERIES}/{REFUNDED['id']}").status == 200


def test_a_refund_says_how_much_in_the_orders_currency(ada: Visitor, world: World) -> None:
    sell(world, currency="jpy")
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_9", invoice="in_1", amount_refunded=1900))
    [told] = [each for each in story(ada.get(ONE)) if "was refunded" in each and "JPY" in each]
    assert "1,900 JPY." in told


def test_an_open_hold_says_that_a_person_decides(ada: Visitor, world: World) -> None:
    sell(world)
    world.freeze(REFUNDED)
    shown = ada.get(ONE)
    assert "All its licenses are held: charge ch_sampleBob was refunded in full" in shown.text
    assert "Revoke or reactivate them one by one" in shown.text


def test_an_order_without_a_license_says_where_to_look(ada: Visitor, world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_tshirt", 1))
    world.issue(event)
    shown = ada.get(ONE)
    assert (shown.status, "No license yet" in shown.text) == (200, True)


def test_a_large_order_shows_its_licenses_in_pages(ada: Visitor, world: World) -> None:
    made = put_orders(order_of(1, count=60))
    address: str | None = "/dashboard/orders/cs_live_00001?mode=live"
    seen: list[str] = []
    sizes: list[int] = []
    while address:
        shown = ada.get(address)
        found = rows_listed(shown)
        seen, address = [*seen, *found], shown.page.links.get("Older") or shown.page.links.get("More")
        sizes.append(len(found))
    assert (sizes, seen) == ([25, 25, 10], [each.id for each in made])
    assert ada.get("/dashboard/orders/cs_live_00001?cursor=forged").status == 400


def test_a_long_story_goes_on_and_keeps_its_place_in_the_licenses(
    ada: Visitor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(world)
    world.freeze(REFUNDED)
    whole = story(ada.get(f"{ONE}?mode=test"))
    monkeypatch.setattr(order_pages, "ENTRIES", 1)
    address: str | None = f"{ONE}?mode=test"
    seen: list[str] = []
    while address:
        shown = ada.get(address)
        seen, address = seen + story(shown), shown.page.links.get("What happened later")
    assert sorted(map(undelivered, seen)) == sorted(map(undelivered, whole))  # an entry knows of its page's deliveries
    assert ada.get(f"{ONE}?later=forged").status == 400


def test_while_the_log_does_not_answer_the_rest_is_shown(ada: Visitor, world: World) -> None:
    sell(world)
    with refused(dynamodb.client(), "Query", "ThrottlingException", about="AuditTable"):
        shown = ada.get(ONE)
    assert shown.status == 200
    assert "What happened cannot be shown just now" in shown.text
    assert len(rows_listed(shown)) == 1


def test_anothers_order_is_not_there(world: World) -> None:
    sell(world)
    world.configure(org="other")
    eve = sign_in_as("read", org="other")
    shown, absent = eve.get(ONE), eve.get("/dashboard/orders/cs_test_8")
    assert shown.status == absent.status == 404
    assert ADA not in shown.html


@pytest.mark.parametrize("path", ["%3Cscript%3Ealert(1)%3C%2Fscript%3E", "a%E2%80%AEb", "x" * 300, "%00", "cs_test_1#"])
def test_a_hostile_id_is_not_there(ada: Visitor, path: str) -> None:
    shown = ada.get(f"/dashboard/orders/{path}")
    assert shown.status in (400, 404)
    assert "<script>alert" not in shown.html
    assert "\u202e" not in shown.html


@pytest.mark.parametrize("name", ["דוד כהן", "山田太郎", "محمد الفارسي", "<script>alert(1)</script>", '"><img src=x>'])
def test_names_and_metadata_stay_text_and_intact(ada: Visitor, world: World, name: str) -> None:
    sell(world, name=name, metadata={name[:40]: name})
    shown = ada.get(ONE)
    assert f"Order of {name}" in shown.text
    assert "<script>alert" not in shown.html
    assert "<img" not in shown.html


def test_what_turns_the_direction_is_written_out(ada: Visitor, world: World) -> None:
    sell(world, name="Ada\u202egnp.exe")
    shown = ada.get(ONE)
    assert "\u202e" not in shown.html
    assert "Order of Ada U+202E gnp.exe" in shown.text


def test_an_order_of_any_size_takes_the_same_few_calls(ada: Visitor, world: World) -> None:
    put_orders(order_of(1, count=26), order_of(2, count=400))
    for number in (1, 2):
        with counted() as calls:
            ada.get(f"/dashboard/orders/cs_live_{number:05}")
        assert sorted(calls) == ["BatchGetItem", "BatchGetItem", "BatchGetItem", "Query"]
