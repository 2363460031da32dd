"""Settings → Plans: listed, created, changed, deleted; two people; what each form refuses, and where it says so."""

from dataclasses import replace
from typing import Any

import pytest
from keystack.domain.plans import Plan
from keystack.management.catalogue import delete_plan, load_plan, store_plan
from keystack.storage import dynamodb
from keystack.storage.audit.entries import entries_of
from keystack.storage.mappings.plans import load_plans

from integration.aws_calls import counted, failing
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.world import ORG, World

PLANS = "/dashboard/settings/plans"
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u202eb"]
FIELDS = {
    "code": "site",
    "name": "Site licence",
    "kind": "perpetual",
    "duration_days": "",
    "seats": "1,000",
    "key_prefix": "SITE",
    "entitlements": '{"projects": 100, "sso": true}',
}


def created(visitor: Visitor, **changed: str) -> Shown:
    return visitor.send(visitor.get(f"{PLANS}/new").page.form(PLANS), None, **{**FIELDS, **changed})


def stored(visitor: Visitor, code: str = "pro", **changed: str) -> Shown:
    return visitor.send(visitor.get(f"{PLANS}/{code}").page.form(f"{PLANS}/{code}"), None, **changed)


def plan_of(code: str) -> Plan:
    return load_plan(ORG, code)


# --------------------------------------------------------------------- the list


def test_the_list_says_what_each_plan_grants(ada: Visitor) -> None:
    shown = ada.get(f"{PLANS}?mode=live")
    for row in (
        "Acme Asset Library assets perpetual 1 LIB",
        "Acme Studio Team team subscription 5 TEAM",
        "Acme Studio Year Pass year fixed, 365 days 1 YEAR",
    ):
        assert row in shown.text
    assert shown.page.links["Acme Studio Pro"] == f"{PLANS}/pro?mode=live"
    assert shown.page.links["New plan"] == f"{PLANS}/new?mode=live"


def test_an_organization_without_plans_is_told_what_to_do(world: World) -> None:
    world.configure(org="empty", plans=[], mappings={}, stripe_keys=[], webhook_secrets=[])
    shown = sign_in_as("admin", org="empty").get(PLANS)
    assert "There is no plan yet." in shown.text
    assert shown.page.links["Create the first one"] == f"{PLANS}/new"
    reader = sign_in_as("read", org="empty").get(PLANS)
    assert "Create the first one" not in reader.page.links
    assert "scope admin can create one" in reader.text


def test_a_long_list_goes_page_by_page_and_back(ada: Visitor) -> None:
    for number in range(60):
        store_plan(ORG, Plan(f"p{number:02}", f"Plan {number:02}"), "a test")
    first = ada.get(PLANS)
    second = ada.get(first.page.links["More"])
    for shown, has, lacks in ((first, "Plan 10", "Plan 59"), (second, "Plan 59", "Plan 10")):
        assert has in shown.text
        assert lacks not in shown.text
    assert "More" not in second.page.links
    assert second.page.links["To the first"] == PLANS
    assert ada.get(f"{PLANS}?cursor=forged").status == 400


def test_while_the_list_does_not_load_the_page_says_so(ada: Visitor) -> None:
    with failing(dynamodb.client(), operation="Query"):
        shown = ada.get(PLANS)
    assert shown.status == 200
    assert "The list of plans cannot be shown just now" in shown.text


def test_a_page_takes_two_or_three_calls_however_many_plans_there_are(ada: Visitor) -> None:
    two, three = ["BatchGetItem", "Query"], ["BatchGetItem", "BatchGetItem", "Query"]
    for _ in range(2):
        for path, expected in ((PLANS, two), (f"{PLANS}/pro", three)):
            with counted() as calls:
                ada.get(path)
            assert calls == expected
        for number in range(40):
            store_plan(ORG, Plan(f"p{number:02}", "x"), "a test")


# ------------------------------------------------------------ create and change


def test_a_plan_is_created_and_shown(ada: Visitor) -> None:
    shown = created(ada)
    assert "The plan is created." in shown.text
    assert "Site licence site perpetual 1,000 SITE" in shown.text
    assert plan_of("site") == Plan(
        "site", "Site licence", seats=1000, key_prefix="SITE", entitlements={"projects": 100, "sso": True}
    )
    [entry] = entries_of(ORG, "plan:site")
    assert (entry["action"], entry["source"]) == ("plan.created", "Ada")


def test_a_form_that_is_sent_twice_creates_one_plan(ada: Visitor) -> None:
    form = ada.get(f"{PLANS}/new").page.form(PLANS)
    for _ in range(2):
        ada.send(form, None, **FIELDS)
    assert len(list(entries_of(ORG, "plan:site"))) == 1


def test_a_plan_is_changed_and_only_what_was_changed(ada: Visitor) -> None:
    before = plan_of("pro")
    shown = stored(ada, seats="7")
    assert "The plan is stored." in shown.text
    assert plan_of("pro") == replace(before, seats=7)
    assert "Licenses already issued keep what they got" in shown.text
    assert "Changed last by Ada , now" in shown.text
    assert shown.page.links["All changes"] == "/dashboard/audit?subject=plan%3Apro"


def test_days_count_for_the_kind_fixed_alone(ada: Visitor) -> None:
    created(ada, kind="fixed", duration_days="30")
    assert (plan_of("site").kind, plan_of("site").duration_days) == ("fixed", 30)
    stored(ada, "site", kind="subscription")
    assert (plan_of("site").kind, plan_of("site").duration_days) == ("subscription", None)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("code", "", "Must be 1 to 40 of a-z, 0-9, _ and -"),
        ("code", "Site Licence", "Must be 1 to 40 of a-z, 0-9, _ and -"),
        ("code", "<script>", "Must be 1 to 40 of a-z, 0-9, _ and -"),
        ("code", "pro", "Is taken: there is a plan pro already."),
        ("name", " ", "Must be text of at least 1 characters."),
        ("name", "x" * 101, "Must be text of at most 100 characters."),
        ("kind", "", "Must be 'perpetual', 'subscription' or 'fixed'."),
        ("seats", "", "Must be a whole number."),
        ("seats", "0", "Must be 1 or more."),
        ("seats", "two", "Must be a whole number."),
        ("seats", "1000001", "Must be 1000000 or less."),
        ("key_prefix", "site", "Must be 1 to 12 of A-Z and 0-9."),
        ("entitlements", '{"projects": }', "Must be a JSON object, like {} (Expecting value: line 1 column 14"),
        ("entitlements", "[1]", "Must be a JSON object, like {} (this is [1])."),
        ("entitlements", '{"a": NaN}', "Must be a JSON object, like {} (NaN is not JSON)."),
        ("entitlements", "[" * 900 + "]" * 900, "Must be a JSON object, like {} (nested too deeply)."),
        ("entitlements", '{"a": "' + "x" * 4_000 + '"}', "Must be a JSON object of at most 4,000 characters."),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(
    ada: Visitor, field: str, value: str, said: str
) -> None:
    shown = created(ada, **{field: value})
    assert shown.status == 422
    assert f'<small id="{field}-help"><span class="error">{said[:10]}' in shown.html.replace("&#39;", "'")
    assert said in shown.text
    assert shown.html.count('class="error"') == 1
    form = shown.page.form(PLANS)
    assert form.fields[field] == value or field == "kind"
    assert form.fields["name" if field != "name" else "code"] == FIELDS["name" if field != "name" else "code"]
    assert load_plans(ORG, ["site"]) == {}


def test_several_mistakes_are_told_at_once(ada: Visitor) -> None:
    before = plan_of("pro")
    shown = stored(ada, name="", kind="fixed", duration_days="", entitlements="x")
    assert shown.status == 422
    assert shown.html.count('class="error"') == 3
    assert "Must be given for this kind." in shown.text
    assert plan_of("pro") == before


def test_a_plan_whose_code_is_new_can_be_changed_too(ada: Visitor) -> None:
    store_plan(ORG, Plan("new", "Newest"), "a test")
    address = ada.get(PLANS).page.links["Newest"]
    shown = ada.get(address)
    assert shown.page.title == "Newest · Plans · KeyStack"
    ada.send(shown.page.form("/new"), None, seats="9")
    assert plan_of("new").seats == 9
    created(ada)
    assert plan_of("site")


# ------------------------------------------------------------------ two people


def test_the_second_of_two_sees_the_change_of_the_first_and_overwrites_nothing(ada: Visitor) -> None:
    form = ada.get(f"{PLANS}/pro").page.form(f"{PLANS}/pro")
    store_plan(ORG, replace(plan_of("pro"), seats=11, name="Theirs"), "Bob")
    shown = ada.send(form, None, seats="22")
    assert shown.status == 409
    assert "Bob changed this" in shown.text
    assert "after you opened it. Nothing of yours was stored." in shown.text
    assert "Name Acme Studio Pro" in shown.text
    assert "Seats 22" in shown.text
    again = shown.page.form(f"{PLANS}/pro")
    assert (again.fields["seats"], again.fields["name"]) == ("11", "Theirs")
    assert plan_of("pro").seats == 11
    ada.send(again, None, seats="22")
    assert (plan_of("pro").seats, plan_of("pro").name) == (22, "Theirs")


def test_a_mistake_does_not_make_what_was_seen_newer(ada: Visitor) -> None:
    form = ada.get(f"{PLANS}/pro").page.form(f"{PLANS}/pro")
    store_plan(ORG, replace(plan_of("pro"), seats=11), "Bob")
    wrong = ada.send(form, None, seats="none")
    assert wrong.status == 422
    assert ada.send(wrong.page.form(f"{PLANS}/pro"), None, seats="22").status == 409
    assert plan_of("pro").seats == 11


def test_a_plan_that_another_deletes_meanwhile_is_not_made_again(ada: Visitor) -> None:
    created(ada)
    form = ada.get(f"{PLANS}/site").page.form(f"{PLANS}/site")
    delete_plan(ORG, "site", "Bob")
    shown = ada.send(form, None, seats="22")
    assert shown.status == 404
    assert load_plans(ORG, ["site"]) == {}


# --------------------------------------------------------------------- delete


def test_a_plan_is_deleted_after_a_question_with_a_reason(ada: Visitor) -> None:
    created(ada)
    shown = ada.get(f"{PLANS}/site/delete")
    assert "Delete the plan Site licence" in shown.text
    assert "stay as they are, but without entitlements" in shown.text
    assert "autofocus>Cancel</a>" in shown.html
    assert load_plans(ORG, ["site"])
    after = ada.send(shown.page.form("/delete"), None, reason="not sold any more")
    assert "The plan is deleted." in after.text
    assert load_plans(ORG, ["site"]) == {}
    [entry] = [each for each in entries_of(ORG, "plan:site") if each["action"] == "plan.deleted"]
    assert (entry["source"], entry["detail"]["reason"]) == ("Ada", "not sold any more")


def test_a_plan_in_use_says_which_mapping_grants_it_and_stays(ada: Visitor) -> None:
    shown = ada.get(f"{PLANS}/pro/delete")
    assert "cannot be deleted: the mapping of price_pro_monthly grants it" in shown.text
    assert shown.page.links["Change or delete that mapping"] == "/dashboard/settings/stripe/mappings"
    assert "Delete the plan</button>" not in shown.html
    seen = ada.get(f"{PLANS}/pro").page.form(f"{PLANS}/pro").fields
    refused = ada.post(f"{PLANS}/pro/delete", seen)
    assert refused.status == 409
    assert "the mapping of price_pro_monthly grants it" in refused.text
    assert plan_of("pro")


def test_a_plan_that_another_changes_before_it_is_deleted_stays(ada: Visitor) -> None:
    created(ada)
    form = ada.get(f"{PLANS}/site/delete").page.form("/delete")
    store_plan(ORG, replace(plan_of("site"), seats=3), "Bob")
    shown = ada.send(form)
    assert shown.status == 409
    assert "Somebody else changed this plan" in shown.text
    assert plan_of("site").seats == 3


# --------------------------------------------------------- who may, and hostile


def test_a_key_that_may_read_sees_everything_and_no_form(world: World) -> None:
    reader = sign_in_as("read")
    assert "New plan" not in reader.get(PLANS).page.links
    shown = reader.get(f"{PLANS}/year")
    for said in ("Acme Studio Year Pass", "fixed: for a number of days", "365", "YEAR"):
        assert said in shown.text
    for path in (f"{PLANS}/year", f"{PLANS}/new", f"{PLANS}/year/delete"):
        assert [form.action for form in reader.get(path).page.forms if form.method == "post"] == ["/dashboard/sign-out"]
    token = shown.page.form("/sign-out").fields
    for path in (f"{PLANS}/year", f"{PLANS}/new", f"{PLANS}/year/delete"):
        assert reader.post(path, {**token, **FIELDS}).status == 403
    assert plan_of("year").seats == 1


def test_nobody_sees_or_changes_anothers_plans(ada: Visitor, world: World) -> None:
    world.configure(org="other")
    store_plan("other", Plan("secret", "Theirs"), "a test")
    for path in (f"{PLANS}/secret", f"{PLANS}/secret/delete"):
        assert ada.get(path).status == 404
    assert "Theirs" not in ada.get(PLANS).text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_stay_texts(ada: Visitor, name: str) -> None:
    given: dict[str, Any] = {"a": name}
    store_plan(ORG, Plan("site", name, entitlements=given), "a test")
    reader = sign_in_as("read")
    for visitor in (ada, reader):
        for path in (PLANS, f"{PLANS}/site", f"{PLANS}/site/delete"):
            html = visitor.get(path).html
            assert "<script>alert" not in html
            assert "<img" not in html
    form = ada.get(f"{PLANS}/site").page.form(f"{PLANS}/site")
    assert form.fields["name"] == name
    ada.send(form, None, seats="5")
    assert plan_of("site") == Plan("site", name, seats=5, entitlements=given)
