"""One customer in the dashboard: everything of one buyer."""

from keystack.domain.customers import customer_id
from keystack.storage import dynamodb
from samples import purchase

from integration.aws_calls import counted, refused
from integration.dashboard_visitor import Visitor, sign_in_as
from integration.many import BUYER, order_of, put_orders
from integration.test_dashboard_audit import rows
from integration.test_dashboard_licenses import ADA, ids, sell
from integration.world import World

CUSTOMERS = "/dashboard/customers"
ONE = f"{CUSTOMERS}/{customer_id(False, ADA, None, '')}"
BOB = f"{CUSTOMERS}/{customer_id(True, BUYER, None, '')}"


def test_a_customer_has_address_name_stripes_customers_licenses_and_orders(ada: Visitor, world: World) -> None:
    sell(world, 1)
    sell(world, 2, refund=True)
    sell(world, 3, email="eve@example.com", name="Eve")
    shown = ada.get(ONE)
    assert f"Ada test E-mail {ADA} Stripe customer cus_1 Stripe customer cus_2 Known since" in shown.text
    assert "Orders 2" in shown.text
    for text in (ADA, "cus_1", "cus_2", "cs_test_1", "cs_test_2"):
        assert f'data-copy="{text}"' in shown.html
    licenses = [*world.licenses("cs_test_2"), *world.licenses("cs_test_1")]
    assert sorted(ids(shown)) == sorted(each.id for each in licenses)  # bought in the same second
    assert [row.split(" pro ")[1].split()[0] for row in rows(shown)[:2]] in (["frozen", "active"], ["active", "frozen"])
    assert rows(shown)[2].endswith("1 19.00 EUR")
    assert shown.page.links["cs_test_1"] == "/dashboard/orders/cs_test_1?mode=test"
    assert "Eve" not in shown.text


def test_licenses_are_in_pages_and_each_page_has_their_orders(ada: Visitor) -> None:
    made = [license.id for license in put_orders(*map(order_of, range(60)))][::-1]
    first = ada.get(BOB)
    assert ids(first) == made[:50]
    second = ada.get(first.page.links["Older"])
    assert ids(second) == made[50:]
    assert ("cs_live_00009" in second.page.links, "cs_live_00010" in second.page.links) == (True, False)
    assert ada.get(f"{BOB}?cursor=forged").status == 400


def test_the_two_modes_of_one_address_are_two_customers(ada: Visitor) -> None:
    live, _ = put_orders(order_of(1), order_of(2, livemode=False))
    shown = ada.get(f"{BOB}?mode=test")
    assert ids(shown) == [live.id]
    assert "Test mode." not in shown.text
    assert shown.page.links["Test"] == "/dashboard/licenses?mode=test"


def test_a_customer_without_a_license_says_where_to_look(ada: Visitor, world: World) -> None:
    event = purchase(1, payment_status="unpaid", customer_details={"email": ADA, "name": "Ada"})
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    shown = ada.get(ONE)
    assert "No license" in shown.text
    assert shown.page.links["Deliveries"].startswith("/dashboard/settings/webhooks/deliveries")


def test_a_customer_without_an_address(ada: Visitor, world: World) -> None:
    sell(world, 1, email=None, name="田中 さくら")
    shown = ada.get(f"{CUSTOMERS}/{customer_id(False, None, 'cus_1', '')}")
    assert "E-mail none Stripe customer cus_1" in shown.text


def test_a_name_that_is_a_script_stays_text(ada: Visitor, world: World) -> None:
    script = "<script>alert(1)</script>"
    sell(world, 1, name=f"{script}\u202e")
    shown = ada.get(ONE)
    assert (script in shown.html, "\u202e" in shown.html, script in shown.text) == (False, False, True)


def test_anothers_customer_is_not_there(eve: Visitor, world: World) -> None:
    sell(world, 1)
    shown = eve.get(ONE)
    assert (shown.status, ADA in shown.html) == (404, False)
    assert eve.get(f"{CUSTOMERS}/%3Cscript%3E").status == 404


def test_a_key_that_may_read_sees_the_customer(world: World) -> None:
    sell(world, 1)
    assert ids(sign_in_as("read").get(ONE)) == [world.licenses("cs_test_1")[0].id]


def test_when_the_table_does_not_answer_the_page_says_so(ada: Visitor, world: World) -> None:
    sell(world, 1)
    with refused(dynamodb.client(), "Query", "ThrottlingException", about="LicensesTable"):
        shown = ada.get(ONE)
    assert (shown.status, "KeyStack cannot answer just now" in shown.text) == (503, True)
    assert "Traceback" not in shown.html


def test_few_calls_however_many_licenses_there_are(ada: Visitor) -> None:
    made = []
    for numbers in (range(55), range(55, 300)):
        put_orders(*map(order_of, numbers))
        with counted() as calls:
            assert len(ids(ada.get(BOB))) == 50
        made.append(calls)
    assert made[0] == made[1]
    assert len(made[0]) <= 5
