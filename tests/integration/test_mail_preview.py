"""The mail as it will look, with what is only typed yet; and the test mail."""

from typing import Any

import pytest
from keystack.domain.organizations import Branding, Organization
from keystack.errors import ActionNeededError, InvalidFieldsError, RetryLaterError
from keystack.inputs.settings import BrandingRequest
from keystack.mail import sending
from keystack.management.mail_preview import MailSettings, SampleMail, render_sample, send_test_mail
from keystack.storage import dynamodb, secrets
from keystack.storage.audit.entries import entries_of
from keystack.storage.mappings.organizations import load_organization

from integration.aws_calls import counted, failing
from integration.stand_ins import Mails
from integration.world import ORG, World

SMTP = MailSettings("smtp", "licenses@example.com")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Mails:
    mails = Mails()
    monkeypatch.setattr(sending, "transport_from", lambda *_: mails)
    return mails


def shown(default_from: str = "", **typed: str) -> SampleMail:
    request = BrandingRequest.model_validate(typed) if typed else None
    return render_sample(load_organization(ORG), request, default_from)


def test_the_sample_is_the_stored_mail_of_a_plan_of_the_organization(world: World) -> None:
    with counted() as calls:
        mail = render_sample(Organization(ORG, "Acme Inc.", branding=Branding(product_name="Studio")), None, "")
    assert calls == ["Query"]
    assert mail.subject == "Your Studio license key"
    for said in ("LIB-SAMPL-ESAMP-LESAM-PLESA-MPLE0", "Hello Ada Lovelace,", "Acme Asset Library · 1 seat"):
        assert said in mail.text
        assert said in mail.html


def test_what_is_typed_stands_over_what_is_stored(world: World) -> None:
    before, mail = shown(), shown(footer="New Road 2", accent_color="#123456", logo_url="https://acme.example/l.png")
    assert "1 Anvil Road" in before.html
    assert "1 Anvil Road" not in mail.html
    for said in ("New Road 2", "#123456", "https://acme.example/l.png"):
        assert said in mail.html
    assert mail.sender == before.sender == "Acme Studio <licenses@acme.example>"


@pytest.mark.parametrize(
    "typed",
    [
        {"from": "licenses@"},
        {"from": "a@b.example, c@d.example"},
        {"reply_to": "no address"},
        {"accent_color": "#12"},
        {"logo_url": "http://acme.example/l.png"},
        {"support_url": "javascript:alert(1)"},
        {"product_name": "<script>alert(1)</script>\u202e"},
    ],
)
def test_what_is_unfinished_or_harmful_is_left_out_and_no_reason_to_fail(world: World, typed: dict[str, str]) -> None:
    mail = shown(**typed)
    assert "SAMPL" in mail.html
    for harmful in ("javascript:", "http://acme", "<script", "\u202e", "#12;"):
        assert harmful not in mail.html


def test_a_sender_is_the_deployments_or_an_example_where_none_is_set(world: World) -> None:
    bare = Organization("acme", "Acme")
    assert render_sample(bare, None, "keys@vendor.example").sender == "Acme <keys@vendor.example>"
    assert render_sample(bare, None, "").sender == "Acme <licenses@example.com>"


def test_a_preview_does_not_fail_for_the_want_of_a_plan(world: World) -> None:
    with failing(dynamodb.client()):
        assert "Pro · 1 seat" in render_sample(Organization(ORG, "Acme"), None, "").text


def test_a_test_mail_says_that_it_is_one_and_is_noted(world: World, sent: Mails) -> None:
    organization = load_organization(ORG)
    for _ in range(2):
        send_test_mail(organization, " bob@straße.example ", SMTP, "Ada")
    [(to, first), (_, second)] = sent.sent
    assert to == "bob@xn--strae-oqa.example"
    assert str(first["To"]) == to
    assert str(first["Subject"]) == "[Test mail] Your Acme Studio license key"
    assert len(first.get_all("Subject", [])) == 1
    assert first["Message-ID"] != second["Message-ID"]
    entries = [(entry["action"], entry["detail"]) for entry in entries_of(ORG, "email:test")]
    assert entries == [("email.tested", {"to": to, "by": "Ada"})] * 2


@pytest.mark.parametrize("to", ["", "bob", "bob@", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example"])
def test_what_is_no_address_is_refused_at_its_field(world: World, sent: Mails, to: str) -> None:
    with pytest.raises(InvalidFieldsError) as refused:
        send_test_mail(load_organization(ORG), to, SMTP, "Ada")
    assert list(refused.value.fields) == ["to"]
    assert sent.sent == []
    assert list(entries_of(ORG, "email:test")) == []


@pytest.mark.parametrize("error", [ActionNeededError("the server refused it"), RetryLaterError("it is busy")])
def test_what_the_mail_server_says_reaches_who_asked(world: World, sent: Mails, error: Exception) -> None:
    sent.refusals = [error]
    with pytest.raises(type(error), match=str(error)):
        send_test_mail(load_organization(ORG), "bob@example.com", SMTP, "Ada")


def test_an_smtp_url_that_was_just_put_right_counts_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    good, mails = "smtp://127.0.0.1:2525", Mails()

    def transport(kind: str, url: str | None) -> Any:
        if url != good:
            raise ActionNeededError("that server is no good")
        return mails

    monkeypatch.setattr(sending, "transport_from", transport)
    secrets.smtp_url()
    secrets.store("smtp-url", good)
    send_test_mail(load_organization(ORG), "bob@example.com", SMTP, "Ada")
    assert len(mails.sent) == 1


def test_no_sender_at_all_is_told(world: World, sent: Mails) -> None:
    with pytest.raises(ActionNeededError, match="No sender is set"):
        send_test_mail(Organization(ORG, "Acme"), "bob@example.com", MailSettings("smtp", ""), "Ada")
    assert sent.sent == []
