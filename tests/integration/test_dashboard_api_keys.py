"""Settings → API keys: made and shown once, deleted after a question; the last one that may do everything stays."""

import re
from typing import Any

import pytest
from keystack.domain.api_keys import Scope
from keystack.management import api_keys
from keystack.storage import dynamodb
from keystack.storage.audit.entries import entries_of

from integration.aws_calls import counted, failing
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.vendor_api import NOW, VendorApi
from integration.world import ORG, World

KEYS = "/dashboard/settings/api-keys"


def key_named(name: str, org: str = ORG) -> Any:
    return next((each for each in api_keys.list_all(org) if each.name == name), None)


def made(visitor: Visitor, **fields: str) -> Shown:
    return visitor.send(visitor.get(KEYS).page.form(KEYS), None, **{"name": "CI", "scope": "issue", **fields})


def test_the_list_says_what_each_key_may_and_when_it_was_used(ada: Visitor) -> None:
    shown = ada.get(f"{KEYS}?mode=live")
    assert "Ada admin" in shown.text
    assert "first admin, issue, read" in shown.text or "first issue, read, admin" in shown.text
    assert "never" in shown.text  # the first one
    assert shown.page.links["Delete…"].startswith(f"{KEYS}/")
    assert shown.page.links["Delete…"].endswith("/delete?mode=live")


def test_a_key_is_shown_once_and_works(ada: Visitor) -> None:
    shown = made(ada, name="  Build server ", scope="read")
    assert shown.status == 200
    [text] = set(re.findall(r"ks_acme_[\w-]+", shown.text))
    assert VendorApi(text).get("/v1/plans").status == 200
    assert VendorApi(text).put("/v1/settings", {}).status == 403
    assert text not in ada.get(KEYS).html
    [entry] = entries_of(ORG, f"api_key:{key_named('Build server').id}")
    assert (entry["action"], entry["source"]) == ("api_key.created", "Ada")


def test_a_form_that_is_sent_twice_makes_one_key(ada: Visitor) -> None:
    form = ada.get(KEYS).page.form(KEYS)
    first, second = (ada.send(form, name="CI", scope="issue") for _ in range(2))
    assert "The new key" in first.text
    assert "The new key" not in second.text
    assert "made already" in second.text
    assert [each.name for each in api_keys.list_all(ORG)].count("CI") == 1
    assert "The new key" in made(ada, name="CI 2").text  # another form is another key


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Must be text of at least 1 characters."),
        ({"name": "   "}, "Must be text of at least 1 characters."),
        ({"name": "x" * 101}, "Must be text of at most 100 characters."),
    ],
)
def test_a_name_that_is_none_is_told_at_its_field_and_what_was_typed_stays(
    ada: Visitor, fields: dict[str, str], said: str
) -> None:
    shown = made(ada, scope="admin", **fields)
    assert shown.status == 422
    assert said in shown.text
    assert 'aria-invalid="true"' in shown.html
    form = shown.page.form(KEYS)
    assert (form.fields["name"], form.fields["scope"]) == (fields["name"], "admin")
    assert len(api_keys.list_all(ORG)) == 2


@pytest.mark.parametrize("scope", ["", "root", "<script>"])
def test_a_scope_that_there_is_not_is_refused_and_told(ada: Visitor, scope: str) -> None:
    shown = made(ada, scope=scope)
    assert shown.status == 422
    assert "Choose one" in shown.text
    assert key_named("CI") is None


def test_a_key_is_deleted_after_a_question(ada: Visitor) -> None:
    key = api_keys.create(ORG, "Old", [Scope.READ], "a test", NOW).key
    shown = ada.get(f"{KEYS}/{key.id}/delete?mode=live")
    assert "Delete the key Old" in shown.text
    assert "cannot be undone" in shown.text
    assert "signed in with this very key" not in shown.text
    assert "autofocus>Cancel</a>" in shown.html
    assert shown.page.links["Cancel"] == f"{KEYS}?mode=live"
    assert key_named("Old")
    after = ada.send(shown.page.form("/delete"))
    assert "The key is deleted." in after.text
    assert key_named("Old") is None
    actions = [(entry["action"], entry["source"]) for entry in entries_of(ORG, f"api_key:{key.id}")]
    assert ("api_key.deleted", "Ada") in actions


def test_who_deletes_their_own_key_is_told_and_signed_out(ada: Visitor) -> None:
    shown = ada.get(f"{KEYS}/{key_named('Ada').id}/delete")
    assert "signed in with this very key" in shown.text
    assert ada.send(shown.page.form("/delete")).page.title == "Sign in · KeyStack"


def test_the_last_key_that_may_do_everything_stays(ada: Visitor) -> None:
    api_keys.delete(ORG, api_keys.FIRST, "a test")
    shown = ada.send(ada.get(f"{KEYS}/{key_named('Ada').id}/delete").page.form("/delete"))
    assert shown.status == 409
    assert "is the last one with the scope admin: create another one first." in shown.text
    assert key_named("Ada")


def test_of_two_who_delete_one_key_the_second_is_told(ada: Visitor) -> None:
    key = api_keys.create(ORG, "Old", [Scope.READ], "a test", NOW).key
    bob = sign_in_as("admin", name="Bob")
    forms = [each.get(f"{KEYS}/{key.id}/delete").page.form("/delete") for each in (ada, bob)]
    ada.send(forms[0])
    shown = bob.send(forms[1])
    assert (shown.status, shown.page.title) == (404, "There is nothing here · KeyStack")


def test_nobody_sees_or_deletes_anothers_keys(ada: Visitor, world: World) -> None:
    world.configure(org="other")
    theirs = api_keys.create("other", "Theirs", [Scope.READ], "a test", NOW).key
    assert "Theirs" not in ada.get(KEYS).text
    assert ada.get(f"{KEYS}/{theirs.id}/delete").status == 404
    token = ada.get(KEYS).page.form(KEYS).fields
    assert ada.post(f"{KEYS}/{theirs.id}/delete", token).status == 404
    assert key_named("Theirs", "other")


def test_a_key_that_may_read_sees_the_list_and_no_form(world: World) -> None:
    shown = sign_in_as("read").get(KEYS)
    assert "first" in shown.text
    assert "Make the key" not in shown.text
    assert "Delete…" not in shown.page.links
    key = key_named("first")
    confirm = sign_in_as("read", name="Bob").get(f"{KEYS}/{key.id}/delete")
    assert "Delete the key</button>" not in confirm.html
    assert "may only read" in confirm.text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u202eb", "p\u0430ypal"]
)
def test_a_hostile_name_stays_text(ada: Visitor, name: str) -> None:
    made(ada, name=name)
    key = key_named(name)
    for html in (ada.get(KEYS).html, ada.get(f"{KEYS}/{key.id}/delete").html):
        for harmful in ("<script>alert", "<img", "\u202e"):
            assert harmful not in html
    assert ("U+202E" in ada.get(KEYS).text) is ("\u202e" in name)
    assert ("look-alike" in ada.get(KEYS).text) is ("\u0430" in name)


def test_while_the_list_does_not_load_the_page_says_so_and_the_form_is_there(ada: Visitor) -> None:
    with failing(dynamodb.client(), operation="Query"):
        shown = ada.get(KEYS)
    assert shown.status == 200
    assert "The list of keys cannot be shown just now" in shown.text
    assert shown.page.form(KEYS).fields["name"] == ""


def test_the_page_takes_two_calls_however_many_keys_there_are(ada: Visitor) -> None:
    for _ in range(2):
        with counted() as calls:
            ada.get(KEYS)
        assert calls == ["BatchGetItem", "Query"]
        for number in range(30):
            api_keys.create(ORG, f"Key {number}", [Scope.READ], "a test", NOW)
