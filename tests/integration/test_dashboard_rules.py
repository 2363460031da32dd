"""Settings → Billing → Stripe → Plan rules: grants as rows of fields, with what they would mint beside them."""

import re
from typing import Any

import pytest
from keystack.domain.plans import Grant, Mapping
from keystack.management.catalogue import delete_mapping, find_mapping, store_mapping
from keystack.storage import dynamodb
from keystack.storage.audit.entries import entries_of
from samples import purchase

from integration.aws_calls import counted, failing
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.many import order_of, put_orders
from integration.stand_ins import error
from integration.world import ORG, World

PATH = "/dashboard/settings/stripe/rules"
SEATS = "prod_any_seat"
PART = {"HX-Request": "true"}


def rules_of(visitor: Visitor, target: str = "price_team") -> Shown:
    return visitor.get(f"{PATH}?mode=test&target={target}")


def stored(visitor: Visitor, target: str = "price_team", **fields: str) -> Shown:
    """Store rules; `keys` is the field grants.0.keys, `plan_1` is grants.1.plan."""
    return visitor.send(rules_of(visitor, target).page.form(PATH), None, **named(fields))


def preview(visitor: Visitor, target: str = "price_team", part: bool = False, **fields: str) -> Shown:
    form = rules_of(visitor, target).page.form(PATH)
    given = {**form.fields, **named(fields)}
    return visitor.post(f"{PATH}/preview?mode=test", given, PART if part else None)


def named(fields: dict[str, str]) -> dict[str, str]:
    own = {"target", "not_licensed", "cart", "seen"}
    return {name if name in own else _name(name): value for name, value in fields.items()}


def _name(short: str) -> str:
    found = re.fullmatch(r"(\w+?)(?:_(\d))?", short)
    assert found
    return f"grants.{found[2] or 0}.{found[1]}"


def error_at(shown: Shown, field: str) -> str:
    found = re.search(rf'<small id="{re.escape(field)}-help"><span class="error">(.*?)</span>', shown.html)
    assert found, f"nothing is said at {field}"
    return found[1]


def cart(shown: Shown) -> str:
    found = re.search(r"What these rules mint (.*?) The last real carts", shown.text)
    assert found, shown.text
    return found[1]


# ------------------------------------------------------------------ the form


def test_what_is_mapped_is_to_choose_from(ada: Visitor) -> None:
    shown = ada.get(f"{PATH}?mode=test")
    assert shown.page.links[SEATS] == f"{PATH}?mode=test&target={SEATS}"
    assert "team , 1 key (for 1 to 9) + team , 100 seats (for 10 and more)" in shown.text
    wrong = ada.get(f"{PATH}?target=%3Cscript%3E")
    assert (wrong.status, "<script>" in wrong.html) == (422, False)
    assert "neither a Stripe price" in error_at(wrong, "target")


def test_a_mapping_stands_in_its_fields(ada: Visitor) -> None:
    fields = rules_of(ada, SEATS).page.form(PATH).fields
    assert {name: value for name, value in fields.items() if name.startswith("grants.0")} == {
        "grants.0.plan": "team",
        "grants.0.keys": "number",
        "grants.0.keys_number": "1",
        "grants.0.seats": "plan",
        "grants.0.seats_number": "",
        "grants.0.min_quantity": "",
        "grants.0.max_quantity": "9",
    }
    assert (fields["grants.1.seats"], fields["grants.1.seats_number"]) == ("number", "100")
    assert fields["grants.2.plan"] == ""
    assert "not_licensed" not in fields
    assert rules_of(ada, "price_tshirt").page.form(PATH).fields["not_licensed"] == "on"


def test_an_unmapped_price_is_mapped_here_too(ada: Visitor) -> None:
    assert "It is not mapped yet" in rules_of(ada, "price_new").text
    shown = stored(ada, "price_new", plan="pro")
    assert "The rules are stored." in shown.text
    assert find_mapping(ORG, "price_new") == Mapping("price_new", (Grant("pro"),))


def test_every_rule_is_stored_and_read_back(ada: Visitor) -> None:
    given = {
        "plan": "team",
        "keys": "number",
        "keys_number": "3",
        "seats": "quantity",
        "max_quantity": "1,000",
        "plan_2": "assets",
        "keys_2": "per_unit",
        "seats_2": "number",
        "seats_number_2": "7",
        "min_quantity_2": "2",
    }
    shown = stored(ada, **given)
    expected = Mapping(
        "price_team", (Grant("team", 3, "quantity", None, 1000), Grant("assets", "per_unit", 7, 2, None))
    )
    assert find_mapping(ORG, "price_team") == expected
    again = ada.send(shown.page.form(PATH))
    assert "The rules are stored." in again.text
    assert find_mapping(ORG, "price_team") == expected
    assert [entry["action"] for entry in entries_of(ORG, "mapping:price_team")] == [
        "mapping.created",
        "mapping.changed",
    ]


def test_no_license_on_purpose_takes_all_grants_away(ada: Visitor) -> None:
    stored(ada, not_licensed="on")
    assert find_mapping(ORG, "price_team") == Mapping("price_team", ())


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"plan": ""}, "grants.0.plan", "Choose a plan, or say that it earns no license"),
        ({"plan": "<script>"}, "grants.0.plan", "Must match"),
        ({"keys": "number"}, "grants.0.keys", "Needs a number beside it, from 1 to 1,000"),
        ({"keys": "number", "keys_number": "0"}, "grants.0.keys", "Needs a number beside it, from 1 to 1,000"),
        ({"keys": "number", "keys_number": "two"}, "grants.0.keys", "Needs a number beside it, from 1 to 1,000"),
        ({"keys": "number", "keys_number": "100000"}, "grants.0.keys", "Needs a number beside it, from 1 to 1,000."),
        ({"seats": "number", "seats_number": "-1"}, "grants.0.seats", "from 1 to 1,000,000"),
        ({"seats": "odd"}, "grants.0.seats", "Needs a number beside it, from 1 to 1,000"),
        ({"min_quantity": "many"}, "grants.0.min_quantity", "Must be a whole number"),
        ({"max_quantity": "0"}, "grants.0.max_quantity", "Must be 1 or more"),
        ({"plan_1": "pro", "keys_1": "number"}, "grants.1.keys", "Needs a number beside it"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(
    ada: Visitor, fields: dict[str, str], field: str, said: str
) -> None:
    before = find_mapping(ORG, "price_team")
    shown = stored(ada, **fields)
    assert shown.status == 422
    assert said in error_at(shown, field)
    kept = shown.page.form(PATH).fields
    assert [name for name, value in named(fields).items() if kept.get(name) != value and "<" not in value] in (
        [],
        [name for name in named(fields) if name.endswith("seats")],  # a choice that is none of the list
    )
    assert "<script>" not in shown.html
    assert find_mapping(ORG, "price_team") == before


def test_a_lowest_quantity_above_the_highest_is_refused(ada: Visitor) -> None:
    before = find_mapping(ORG, "price_team")
    shown = stored(ada, min_quantity="10", max_quantity="5")
    assert shown.status == 422
    assert error_at(shown, "grants.0.max_quantity") == "Must not be below 10, from which on the grant holds."
    assert find_mapping(ORG, "price_team") == before
    assert shown.page.form(PATH).fields["grants.0.min_quantity"] == "10"
    assert preview(ada, min_quantity="10", max_quantity="5", part=True).status == 200


def test_a_plan_that_is_gone_says_so(ada: Visitor) -> None:
    shown = stored(ada, plan="gone")
    assert (shown.status, "grants plan gone, which does not exist" in shown.text) == (422, True)


# ---------------------------------------------------------------- two people


def test_whoever_stores_second_sees_the_first_ones_rules(ada: Visitor) -> None:
    form = rules_of(ada).page.form(PATH)
    bobs = Mapping("price_team", (Grant("pro", 2),))
    store_mapping(ORG, bobs, "Bob")
    shown = ada.send(form, None, **{"grants.0.plan": "assets"})
    assert (shown.status, "Somebody else changed this" in shown.text) == (409, True)
    fields = shown.page.form(PATH).fields
    assert (fields["grants.0.plan"], fields["grants.0.keys_number"]) == ("pro", "2")
    assert find_mapping(ORG, "price_team") == bobs
    ada.send(shown.page.form(PATH), None, **{"grants.0.plan": "assets"})
    assert find_mapping(ORG, "price_team") == Mapping("price_team", (Grant("assets", 2),))


def test_neither_a_preview_nor_an_error_makes_the_others_change_forgotten(ada: Visitor) -> None:
    form = rules_of(ada).page.form(PATH)
    bobs = Mapping("price_team", (Grant("pro", 2),))
    store_mapping(ORG, bobs, "Bob")
    wrong = ada.send(form, None, **{"grants.0.plan": ""})
    seen = ada.post(f"{PATH}/preview", {**wrong.page.form(PATH).fields, "grants.0.plan": "assets"})
    assert seen.status == 200
    shown = ada.send(seen.page.form(PATH))
    assert shown.status == 409
    assert find_mapping(ORG, "price_team") == bobs


def test_rules_that_were_removed_meanwhile_are_not_made_again(ada: Visitor) -> None:
    form = rules_of(ada).page.form(PATH)
    delete_mapping(ORG, "price_team", "Bob")
    shown = ada.send(form, None, **{"grants.0.plan": "assets"})
    assert shown.status == 409
    assert "It is not mapped yet" in shown.text
    assert find_mapping(ORG, "price_team") is None


# --------------------------------------------------------------- the preview


def test_a_cart_is_tried_by_htmx_and_by_button_and_nothing_is_stored(ada: Visitor) -> None:
    before = find_mapping(ORG, SEATS)
    for part in (True, False):
        shown = preview(ada, SEATS, part=part, cart="12")
        assert shown.status == 200
        assert ("<html" in shown.html) is not part
        assert cart(shown) == f"12 × {SEATS} : 1 key of team with 100 seats"
        changed = preview(ada, SEATS, part=part, cart="4", plan="assets", keys="per_unit", seats="quantity")
        assert cart(changed) == f"4 × {SEATS} : 4 keys of assets with 4 seats"
    assert preview(ada, SEATS, cart="4", plan="assets").page.form(PATH).fields["grants.0.plan"] == "assets"
    assert find_mapping(ORG, SEATS) == before


def test_a_cart_that_earns_nothing_says_why(ada: Visitor) -> None:
    assert cart(preview(ada, not_licensed="on")) == "1 × price_team : no license, on purpose"
    gap = preview(ada, plan="team", min_quantity="5", cart="2", part=True)
    assert "quantity" in cart(gap)
    gone = preview(ada, plan="gone", part=True)
    assert "gone" in cart(gone)


@pytest.mark.parametrize(("typed", "counted_as"), [("1", "1"), ("1,500", "1,500"), ("1000000", "1,000,000")])
def test_any_quantity_may_be_typed(ada: Visitor, typed: str, counted_as: str) -> None:
    assert cart(preview(ada, part=True, cart=typed)).startswith(f"{counted_as} × price_team")


@pytest.mark.parametrize("typed", ["", "x", "-5", "1.5", "999999999", "<b>", "pi_1"])
def test_what_is_no_cart_says_what_is(ada: Visitor, typed: str) -> None:
    said = "Write a quantity up to 1,000,000, or the id of a Checkout Session (cs_…)."
    assert cart(preview(ada, part=True, cart=typed)) == said


def test_a_checkout_session_is_tried_with_all_that_is_in_it(ada: Visitor, world: World) -> None:
    event = purchase(7)
    world.stripe.sell(event, ("price_team", 3), ("price_new", 1))
    shown = cart(preview(ada, part=True, cart="cs_test_7", seats="quantity"))
    assert "3 × price_team : 1 key of team with 3 seats" in shown
    assert "1 × price_new : price price_new is not mapped to a plan: map it" in shown
    assert "Stripe has no Checkout Session cs_test_8" in cart(preview(ada, part=True, cart="cs_test_8"))


def test_when_stripe_does_not_answer_for_a_session_the_last_carts_are_there(ada: Visitor, world: World) -> None:
    world.stripe.fails("GET", "/v1/", error(500, "sorry", "api_error"))
    shown = preview(ada, part=True, cart="cs_test_7")
    assert "What this cart would mint cannot be shown just now" in shown.text
    assert "None among the newest purchases" in shown.text


def test_rules_that_are_none_say_why_in_the_preview(ada: Visitor) -> None:
    for part in (True, False):
        shown = preview(ada, part=part, keys="number")
        assert shown.status == 200
        assert "needs a number beside it" in shown.text


def test_the_last_real_carts_are_tried_too_and_what_differs_is_told(ada: Visitor, world: World) -> None:
    event = purchase(1, customer_details={"email": "ada@acme.example", "name": "Ada"})
    world.stripe.sell(event, ("price_team", 3))
    world.issue(event)
    put_orders(order_of(1))  # of live mode, and of another price
    same = preview(ada, part=True)
    assert "3 × price_team : 1 key of team with 3 seats (the same now)" in same.text
    assert same.page.links["ada@acme.example"] == "/dashboard/orders/cs_test_1?mode=test"
    other = preview(ada, part=True, seats="plan")
    assert "1 key of team with 3 seats now it would be 1 key of team with 5 seats" in other.text
    assert "cs_live" not in other.html
    assert "None among the newest purchases" in preview(ada, "price_pro_monthly", part=True).text


def test_while_the_carts_do_not_load_the_form_is_there(ada: Visitor) -> None:
    with failing(dynamodb.client(), operation="Query"):
        shown = rules_of(ada)
    assert shown.status == 200
    assert "What the last carts would mint cannot be shown just now" in shown.text


def test_a_preview_takes_few_calls_however_much_was_sold(ada: Visitor) -> None:
    form = rules_of(ada).page.form(PATH)
    seen: list[Any] = []
    for many in (range(70, 140), range(140, 300)):
        put_orders(*(order_of(number, livemode=False) for number in many))
        with counted() as calls:
            ada.post(f"{PATH}/preview?mode=test", form.fields, PART)
        seen.append(calls)
    assert seen[0] == seen[1]
    assert len(seen[0]) <= 10


# ------------------------------------------------------- who may, and hostile


def test_a_key_that_may_only_read_sees_the_rules_and_changes_nothing(world: World) -> None:
    reader = sign_in_as("read")
    shown = rules_of(reader, SEATS)
    assert "1 key of team with 5 seats" in shown.text
    assert "<button>Store the rules</button>" not in shown.html
    assert "hx-post" not in shown.html  # it would be refused
    token = shown.page.form("/sign-out").fields
    for path in (PATH, f"{PATH}/preview"):
        assert reader.post(path, {**token, "target": SEATS, "grants.0.plan": "pro"}).status == 403


def test_nobody_sees_or_changes_anothers(eve: Visitor) -> None:
    assert "It is not mapped yet" in rules_of(eve, SEATS).text
    stored(eve, SEATS, plan="pro")
    assert find_mapping(ORG, SEATS) != find_mapping("other", SEATS)


@pytest.mark.parametrize("target", ["price_<script>alert(1)</script>", "price_a\u202eb", "price_" + "x" * 300, "x"])
def test_a_hostile_target_stays_text(ada: Visitor, target: str) -> None:
    form = rules_of(ada).page.form(PATH)
    for path in (PATH, f"{PATH}/preview"):
        for by in (None, PART):
            shown = ada.post(path, {**form.fields, "target": target}, by)
            assert shown.status in (200, 400, 409, 422)
            assert "<script>alert" not in shown.html
    shown = ada.get(f"{PATH}?target={target}")
    assert shown.status in (200, 422)
    assert "<script>alert" not in shown.html


def test_a_form_of_too_many_rows_is_refused(ada: Visitor) -> None:
    form = rules_of(ada).page.form(PATH)
    many = {f"grants.{row}.plan": "pro" for row in range(30)}
    shown = ada.send(form, None, **many)
    assert shown.status == 422
    assert "must have 20 items at most" in shown.text
