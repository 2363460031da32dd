"""Settings → Organization: its name, and what the refund of a part does; two people."""

import pytest
from keystack.inputs.settings import SettingsRequest
from keystack.management.settings import change_settings
from keystack.storage.audit.entries import entries_of
from keystack.storage.mappings.organizations import load_organization

from integration.aws_calls import counted
from integration.dashboard_visitor import Visitor, sign_in_as
from integration.world import ORG, World

PAGE = "/dashboard/settings/organization"


def freezes_paused(org: str = ORG) -> bool:
    return load_organization(org).freeze_on_paused_collection


def settings(org: str = ORG) -> tuple[str, bool]:
    organization = load_organization(org)
    return organization.name, organization.freeze_on_partial_refund


def test_the_page_says_what_is_set_and_what_it_means(ada: Visitor) -> None:
    with counted() as calls:
        shown = ada.get(PAGE)
    assert calls == ["BatchGetItem", "Query"]
    assert shown.page.form(PAGE).fields["name"] == "Acme Inc."
    assert "freeze_on_partial_refund" not in shown.page.form(PAGE).fields  # not checked
    assert "Slug acme" in shown.text
    assert "Settings or branding changed last by operator" in shown.text
    assert "A refund in full always freezes the order's licenses." in shown.text


def test_what_is_changed_is_stored_and_audited(ada: Visitor) -> None:
    shown = ada.send(ada.get(PAGE).page.form(PAGE), None, name=" Acme Ltd. ", freeze_on_partial_refund="on")
    assert "The organization is stored." in shown.text
    assert settings() == ("Acme Ltd.", True)
    form = shown.page.form(PAGE)
    assert form.fields["freeze_on_partial_refund"] == "on"
    [entry] = [each for each in entries_of(ORG, "settings:organization") if each["source"] == "Ada"]
    assert entry["detail"]["before"] == {"name": "Acme Inc.", "freeze_on_partial_refund": False}
    del form.fields["freeze_on_partial_refund"]  # as a browser sends an empty box
    ada.send(form)
    assert settings() == ("Acme Ltd.", False)


def test_the_pause_of_payments_has_a_choice_of_its_own(ada: Visitor) -> None:
    form = ada.get(PAGE).page.form(PAGE)
    assert "freeze_on_paused_collection" not in form.fields
    shown = ada.send(form, None, freeze_on_paused_collection="on")
    assert (freezes_paused(), settings()) == (True, ("Acme Inc.", False))
    assert "you go on offering the service: licenses stay valid" in shown.text
    form = shown.page.form(PAGE)
    assert form.fields["freeze_on_paused_collection"] == "on"
    [entry] = [each for each in entries_of(ORG, "settings:organization") if each["source"] == "Ada"]
    assert entry["detail"]["before"] == {"freeze_on_paused_collection": False}
    del form.fields["freeze_on_paused_collection"]  # as a browser sends an empty box
    ada.send(form)
    assert not freezes_paused()


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "Must be text of at least 1 characters."), ("x" * 501, "Must be text of at most 500 characters.")],
)
def test_a_name_that_is_none_is_told_at_its_field_and_what_was_typed_stays(ada: Visitor, name: str, said: str) -> None:
    shown = ada.send(ada.get(PAGE).page.form(PAGE), None, name=name, freeze_on_partial_refund="on")
    assert shown.status == 422
    assert f'<small id="name-help"><span class="error">{said}' in shown.html
    assert shown.page.form(PAGE).fields["name"] == name
    assert shown.page.form(PAGE).fields["freeze_on_partial_refund"] == "on"
    assert settings() == ("Acme Inc.", False)


def test_the_second_of_two_sees_the_change_of_the_first_and_overwrites_nothing(ada: Visitor) -> None:
    form = ada.get(PAGE).page.form(PAGE)
    change_settings(ORG, SettingsRequest(name="Theirs", freeze_on_partial_refund=True), "Bob")
    shown = ada.send(form, None, name="Mine")
    assert shown.status == 409
    assert "Bob changed this" in shown.text
    assert "Nothing of yours was stored." in shown.text
    assert "Name Mine" in shown.text
    again = shown.page.form(PAGE)
    assert (again.fields["name"], again.fields["freeze_on_partial_refund"]) == ("Theirs", "on")
    assert settings() == ("Theirs", True)
    ada.send(again, None, name="Mine")
    assert settings() == ("Mine", True)


def test_a_key_that_may_read_sees_it_and_no_form(world: World) -> None:
    shown = sign_in_as("read").get(PAGE)
    assert "Name Acme Inc." in shown.text
    assert "After the refund of a part licenses stay as they are" in shown.text
    assert "While collection is paused licenses stay as they are" in shown.text
    assert [form.action for form in shown.page.forms if form.method == "post"] == ["/dashboard/sign-out"]


def test_nobody_sees_or_changes_anothers(ada: Visitor, world: World) -> None:
    world.configure(org="other", name="Other Ltd.")
    ada.send(ada.get(PAGE).page.form(PAGE), None, name="Mine", org="other", slug="other")
    assert (settings("other"), settings()) == (("Other Ltd.", False), ("Mine", False))


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u202eb", "Größe 株式会社"]
)
def test_a_hostile_name_stays_text_and_one_in_any_language_intact(ada: Visitor, name: str) -> None:
    shown = ada.send(ada.get(PAGE).page.form(PAGE), None, name=name)
    assert "<script>alert" not in shown.html
    assert "<img" not in shown.html
    assert shown.page.form(PAGE).fields["name"] == name
    assert settings()[0] == name
