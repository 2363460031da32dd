"""Settings → Billing → Stripe → Price → plan mapping: prices by name or by id, and what waits for them."""

import re

import pytest
from keystack.domain.plans import Grant, Mapping
from keystack.management.catalogue import delete_mapping, find_mapping, store_mapping
from keystack.storage import dynamodb, parameters
from keystack.storage.audit.entries import entries_of

from integration.aws_calls import counted, failing
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.html_page import Form
from integration.stand_ins import error
from integration.world import ORG, World
from local.stripe.catalogue import catalogue

PATH = "/dashboard/settings/stripe/mappings"
RULES = "/dashboard/settings/stripe/rules"
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u202eb"]


@pytest.fixture
def ada(ada: Visitor, world: World) -> Visitor:
    for price in catalogue():
        world.stripe.objects.put(price)
    return ada


def prices(shown: Shown) -> list[str]:
    """The rows of Stripe's prices as text."""
    table = shown.html.partition("Prices at Stripe")[2].partition("<h2>")[0]
    found = re.findall(r"<tr data-row>(.*?)</tr>", table, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", each).split()) for each in found]


def form_of(shown: Shown, target: str = "") -> Form:
    """The form that maps a price; without one, the form by id."""
    return next(each for each in shown.page.forms if each.fields.get("target") == target)


def mapped(visitor: Visitor, target: str, plan: str = "pro", keys: str = "per_line") -> Shown:
    form = form_of(visitor.get(f"{PATH}?mode=test"))
    return visitor.send(form, None, **{"target": target, "grants.0.plan": plan, "grants.0.keys": keys})


# ---------------------------------------------------------------- the lists


def test_prices_are_listed_by_name_and_those_without_a_mapping_first(ada: Visitor) -> None:
    shown = ada.get(f"{PATH}?mode=test")
    first, *others = prices(shown)
    assert first.startswith("Acme Studio Plus, monthly test")
    assert "29.00 USD a month" in first
    assert form_of(shown, "price_plus_monthly").method == "post"
    assert len(others) == 6
    assert [row for row in others if "Change" not in row] == []
    [pro] = [row for row in others if "price_pro_monthly" in row]
    assert "19.00 USD a month pro Change" in pro


def test_all_that_is_mapped_is_listed_without_stripe(ada: Visitor) -> None:
    shown = ada.get(PATH)
    for said in (
        "price_pro_lifetime lifetime , a key for each unit",
        "price_team team , seats by quantity",
        "price_tshirt no license, on purpose",
        "price_bundle lifetime + assets",
        "prod_any_seat team , 1 key (for 1 to 9) + team , 100 seats (for 10 and more)",
    ):
        assert said in shown.text
    assert shown.page.links["price_team"] == f"{RULES}?target=price_team"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("rk_test_x_without_rak_plan_read", "lacks the permission"),
        ("rk_test_unknown1", "does not accept the API key"),
    ],
)
def test_where_prices_cannot_be_listed_ids_are_pasted(ada: Visitor, world: World, key: str, said: str) -> None:
    world.configure(stripe_keys=[key])
    parameters.forget_all()
    shown = ada.get(PATH)
    assert shown.status == 200
    assert "Stripe's prices cannot be listed by name" in shown.text
    assert said in shown.text
    assert "It is mapped." in mapped(ada, "price_new").text
    assert find_mapping(ORG, "price_new") == Mapping("price_new", (Grant("pro"),))


def test_without_a_key_of_the_mode_ids_are_pasted(ada: Visitor) -> None:
    shown = ada.get(f"{PATH}?mode=live")
    assert "Stripe's prices cannot be listed by name" in shown.text
    assert "has no Stripe key" in shown.text
    assert form_of(shown)


def test_while_stripe_is_down_ids_are_pasted(ada: Visitor, world: World) -> None:
    world.stripe.fails("GET", "/v1/prices", error(500, "down", "api_error"))
    shown = ada.get(PATH)
    assert (shown.status, "Stripe failed at the prices" in shown.text) == (200, True)
    assert form_of(shown)


def test_modes_are_not_mixed(ada: Visitor, world: World) -> None:
    world.configure(stripe_keys=["rk_test_a", "rk_live_b"])
    parameters.forget_all()
    shown = ada.get(f"{PATH}?mode=live")
    assert "No active price at Stripe in live mode" in shown.text
    assert prices(shown) == []


def test_nothing_mapped_and_no_plan_say_what_to_do(world: World) -> None:
    world.configure(org="bare", plans=[], mappings={}, stripe_keys=[], webhook_secrets=[])
    shown = sign_in_as("admin", org="bare").get(PATH)
    assert "Nothing is mapped yet" in shown.text
    assert shown.page.links["make the first plan"] == "/dashboard/settings/plans/new"


def test_many_mappings_are_in_pages(ada: Visitor) -> None:
    for number in range(60):
        store_mapping(ORG, Mapping(f"price_n{number:02}", (Grant("pro"),)), "a test")
    first = ada.get(PATH)
    assert "price_n59" not in first.text
    assert "price_n59" in ada.get(first.page.links["Older"]).text
    assert ada.get(f"{PATH}?cursor=forged").status == 400


@pytest.mark.parametrize("after", ["price_none", "<script>alert(1)</script>", "x" * 500])
def test_a_forged_place_in_stripes_list_does_no_harm(ada: Visitor, after: str) -> None:
    shown = ada.get(f"{PATH}?after={after}")
    assert shown.status == 200
    assert "<script>alert" not in shown.html


def test_while_the_table_does_not_answer_the_page_says_so(ada: Visitor) -> None:
    with failing(dynamodb.client(), operation="Query"):
        shown = ada.get(PATH)
    assert shown.status == 200
    for what in ("What is mapped", "The plans"):
        assert f"{what} cannot be shown just now" in shown.text


def test_the_page_takes_the_same_few_calls_however_much_is_mapped(ada: Visitor) -> None:
    seen = []
    for many in (range(1), range(1, 80)):
        for number in many:
            store_mapping(ORG, Mapping(f"price_n{number:02}", (Grant("pro"),)), "a test")
        with counted() as calls:
            ada.get(PATH)
        seen.append(sorted(calls))
    assert seen[0] == seen[1] == ["BatchGetItem", "BatchGetItem", "Query", "Query"]


# ------------------------------------------------------------------- to map


def test_a_price_is_mapped_with_a_click_beside_it(ada: Visitor) -> None:
    form = form_of(ada.get(f"{PATH}?mode=test"), "price_plus_monthly")
    shown = ada.send(form, None, **{"grants.0.plan": "team", "grants.0.keys": "per_unit"})
    assert "It is mapped. That counts at once." in shown.text
    assert shown.address == f"{PATH}?mode=test&done=mapped"
    assert find_mapping(ORG, "price_plus_monthly") == Mapping("price_plus_monthly", (Grant("team", "per_unit"),))
    [entry] = entries_of(ORG, "mapping:price_plus_monthly")
    assert (entry["action"], entry["source"]) == ("mapping.created", "Ada")


def test_it_may_earn_no_license_on_purpose(ada: Visitor) -> None:
    mapped(ada, "prod_mug", plan="-")
    assert find_mapping(ORG, "prod_mug") == Mapping("prod_mug", ())


def test_a_form_that_is_sent_twice_maps_once(ada: Visitor) -> None:
    form = form_of(ada.get(PATH))
    for _ in range(2):
        shown = ada.send(form, None, **{"target": "price_new", "grants.0.plan": "pro"})
        assert "It is mapped." in shown.text
    assert len(list(entries_of(ORG, "mapping:price_new"))) == 1


def test_whoever_maps_second_sees_the_first_ones(ada: Visitor) -> None:
    form = form_of(ada.get(f"{PATH}?mode=test"), "price_plus_monthly")
    store_mapping(ORG, Mapping("price_plus_monthly", (Grant("team"),)), "Bob")
    shown = ada.send(form, None, **{"grants.0.plan": "pro"})
    assert (shown.status, "Somebody else changed this" in shown.text) == (409, True)
    assert shown.page.form(RULES).fields["grants.0.plan"] == "team"
    assert find_mapping(ORG, "price_plus_monthly") == Mapping("price_plus_monthly", (Grant("team"),))


@pytest.mark.parametrize(
    ("target", "plan", "status", "said"),
    [
        ("", "pro", 422, "must be the id of a price (price_…) or a product (prod_…)"),
        ("Acme Pro", "pro", 422, "must be the id of a price"),
        ("price_<script>", "pro", 422, "must be the id of a price"),
        ("price_new", "", 422, "choose a plan, or say that it earns no license"),
        ("price_new", "<script>", 422, "must match"),
        ("price_new", "gone", 409, "grants plan gone, which does not exist"),
    ],
)
def test_what_cannot_be_mapped_says_why_and_keeps_what_was_typed(
    ada: Visitor, target: str, plan: str, status: int, said: str
) -> None:
    shown = mapped(ada, target, plan)
    assert (shown.status, said in shown.text) == (status, True)
    assert 'aria-invalid="true"' in shown.html
    assert form_of(shown, target)
    assert "price_<script>" not in shown.html


def test_what_waits_for_the_price_is_offered_to_be_replayed(ada: Visitor, world: World) -> None:
    world.issue(*world.sold(1, 2, price="price_new"))
    shown = mapped(ada, "price_new")
    assert shown.address.startswith("/dashboard/attention/replay?mode=test&cause=price_unmapped%3Aprice_new")
    assert "2 have failed" in shown.text


# ---------------------------------------------------------------- to remove


def test_a_mapping_is_removed_with_a_reason(ada: Visitor) -> None:
    asked = ada.get(f"{PATH}/price_team/delete")
    assert "Remove the mapping of price_team?" in asked.text
    assert "fails its delivery, and no key is minted" in asked.text
    assert re.search(r"<a [^>]*autofocus>Cancel", asked.html)
    shown = ada.send(asked.page.form("/delete"), None, reason="not sold any more")
    assert "The mapping is gone." in shown.text
    assert find_mapping(ORG, "price_team") is None
    [*_, last] = entries_of(ORG, "mapping:price_team")
    assert (last["action"], last["detail"]["reason"]) == ("mapping.deleted", "not sold any more")


def test_a_mapping_that_another_changes_before_it_is_removed_stays(ada: Visitor) -> None:
    form = ada.get(f"{PATH}/price_team/delete").page.form("/delete")
    store_mapping(ORG, Mapping("price_team", (Grant("pro"),)), "Bob")
    shown = ada.send(form)
    assert (shown.status, "Somebody else changed it" in shown.text) == (409, True)
    assert "It earns pro" in shown.text
    assert find_mapping(ORG, "price_team") == Mapping("price_team", (Grant("pro"),))
    ada.send(shown.page.form("/delete"))
    assert find_mapping(ORG, "price_team") is None


def test_a_mapping_that_another_changes_at_that_moment_stays(ada: Visitor, world: World) -> None:
    form = ada.get(f"{PATH}/price_team/delete").page.form("/delete")
    changes = [lambda: store_mapping(ORG, Mapping("price_team", (Grant("pro"),)), "Bob")]
    with world.before("TransactWriteItems", lambda: changes.pop()() if changes else None):
        shown = ada.send(form)
    assert (shown.status, "Somebody else changed it" in shown.text) == (409, True)
    assert find_mapping(ORG, "price_team") == Mapping("price_team", (Grant("pro"),))


def test_a_mapping_that_is_gone_says_so(ada: Visitor) -> None:
    form = ada.get(f"{PATH}/price_team/delete").page.form("/delete")
    delete_mapping(ORG, "price_team", "Bob")
    shown = ada.send(form)
    assert (shown.status, "There is no mapping of price_team" in shown.text) == (404, True)
    assert ada.get(f"{PATH}/price_none/delete").status == 404
    assert ada.get(f"{PATH}/nonsense/delete").status == 400


# ------------------------------------------------------- who may, and hostile


def test_a_key_that_may_only_read_sees_everything_and_no_form(ada: Visitor) -> None:
    reader = sign_in_as("read")
    shown = reader.get(f"{PATH}?mode=test")
    assert "not mapped" in prices(shown)[0]
    assert [form.action for form in shown.page.forms if form.method == "post"] == ["/dashboard/sign-out?mode=test"]
    assert "Remove…" not in shown.page.links
    asked = reader.get(f"{PATH}/price_team/delete")
    assert [form for form in asked.page.forms if "delete" in form.action] == []
    token = shown.page.form("/sign-out").fields
    assert reader.post(PATH, {**token, "target": "price_x", "grants.0.plan": "pro"}).status == 403
    assert reader.post(f"{PATH}/price_team/delete", token).status == 403
    assert find_mapping(ORG, "price_team")


def test_nobody_sees_or_changes_anothers(eve: Visitor) -> None:
    assert "price_team" not in eve.get(PATH).text
    assert eve.get(f"{PATH}/price_team/delete").status == 404


@pytest.mark.parametrize("name", HOSTILE)
def test_what_stripe_says_stays_text(ada: Visitor, world: World, name: str) -> None:
    price = catalogue()[0]
    world.stripe.objects.put({**price, "id": "price_evil", "nickname": name})
    world.stripe.objects.put({**price, "id": "price_evil2", "nickname": None, "product": "prod_evil"})
    world.stripe.objects.put({"id": "prod_evil", "object": "product", "name": name, "livemode": False})
    shown = ada.get(PATH)
    assert "price_evil2" in shown.text
    assert "<script>alert" not in shown.html
    assert "<img" not in shown.html
    assert "\u202e" not in shown.html
