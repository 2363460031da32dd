"""A customer in the dashboard: everything of one buyer, in one mode."""

import pytest
from keystack.domain.customers import customer_id
from keystack.storage import dynamodb
from samples import purchase

from integration.aws_calls import counted, failing
from integration.dashboard_visitor import Visitor, sign_in_as
from integration.many import BUYER, order_of, put_orders
from integration.test_dashboard_license import rows_listed
from integration.world import World

ADA = "ada@acme.example"


def page_of(email: str = BUYER, livemode: bool = True) -> str:
    return f"/dashboard/customers/{customer_id(livemode, email, None, '')}"


@pytest.fixture
def ada(world: World) -> Visitor:
    return sign_in_as("admin")


def sell(world: World, number: int = 1, price: str = "price_pro_monthly", name: str = "Ada", email: str = ADA) -> None:
    event = purchase(number, customer_details={"email": email, "name": name}, amount_total=1900, currency="usd")
    world.stripe.sell(event, (price, 1))
    world.issue(event)


def test_a_customer_has_licenses_and_orders_of_one_mode(ada: Visitor, world: World) -> None:
    one, two, other = put_orders(order_of(1), order_of(2), order_of(3, livemode=False))
    shown = ada.get(f"{page_of()}?mode=live")
    assert "Bob live" in shown.text
    assert rows_listed(shown) == [two.id, one.id]
    assert shown.page.links["cs_live_00002"] == "/dashboard/orders/cs_live_00002?mode=live"
    assert "cs_test_00003" not in shown.text
    assert rows_listed(ada.get(f"{page_of(livemode=False)}?mode=test")) == [other.id]


def test_what_is_known_of_a_buyer(ada: Visitor, world: World) -> None:
    sell(world)
    sell(world, 2)
    shown = ada.get(f"{page_of(ADA, livemode=False)}?mode=test")
    for said in (f"E-mail {ADA}", "Stripe customer cus_sampleAda", "Orders 2", "19.00 USD"):
        assert said in shown.text


def test_many_licenses_are_in_pages(ada: Visitor, world: World) -> None:
    made = put_orders(*(order_of(number) for number in range(60)))
    first = ada.get(f"{page_of()}?mode=live")
    second = ada.get(first.page.links["Older"])
    assert [*rows_listed(first), *rows_listed(second)] == [each.id for each in reversed(made)]
    assert ada.get(f"{page_of()}?cursor=forged").status == 400


def test_a_customer_without_a_license_is_told_apart(ada: Visitor, world: World) -> None:
    sell(world, price="price_tshirt")
    shown = ada.get(page_of(ADA, livemode=False))
    assert shown.status == 200
    assert "No license" in shown.text
    assert "Orders 1" in shown.text


def test_anothers_and_nobodys_are_not_there(ada: Visitor, world: World) -> None:
    sell(world)
    world.configure(org="other")
    eve = sign_in_as("read", org="other")
    shown = eve.get(page_of(ADA, livemode=False))
    assert (shown.status, ADA in shown.html) == (404, False)
    for path in ("%3Cscript%3Ealert(1)", "a%E2%80%AEb", "x" * 400, "%00"):
        hostile = ada.get(f"/dashboard/customers/{path}")
        assert hostile.status in (400, 404)
        assert "<script>alert" not in hostile.html
        assert "\u202e" not in hostile.html


@pytest.mark.parametrize("name", ["דוד כהן", "山田太郎", "محمد الفارسي", "<script>alert(1)</script>", '"><img src=x>'])
def test_a_name_stays_text_and_intact(ada: Visitor, world: World, name: str) -> None:
    sell(world, name=name)
    shown = ada.get(page_of(ADA, livemode=False))
    assert name in shown.text
    assert "<script>alert" not in shown.html
    assert "<img" not in shown.html


def test_an_address_in_any_language_is_intact_and_what_turns_it_is_written_out(ada: Visitor, world: World) -> None:
    for number, email in enumerate(("zoë@münchen.example", "用户@例子.example"), 1):
        sell(world, number, email=email)
        assert email in ada.get(page_of(email, livemode=False)).text
    sell(world, 3, name="Ada\u202egnp.exe")
    shown = ada.get(page_of(ADA, livemode=False))
    assert "\u202e" not in shown.html
    assert "Ada U+202E gnp.exe" in shown.text


def test_while_the_table_does_not_answer_the_page_says_so(ada: Visitor, world: World) -> None:
    put_orders(order_of(1))
    with failing(dynamodb.client(), operation="Query"):
        shown = ada.get(page_of())
    assert (shown.status, "KeyStack cannot answer just now" in shown.text) == (503, True)


def test_a_customer_of_many_licenses_takes_the_same_few_calls(ada: Visitor, world: World) -> None:
    seen = []
    for many in (range(60), range(60, 200)):
        put_orders(*(order_of(number) for number in many))
        with counted() as calls:
            ada.get(page_of())
        seen.append(calls)
    assert seen[0] == seen[1]
    assert len(seen[0]) <= 5
