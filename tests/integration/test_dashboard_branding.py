"""Settings → Branding: stored field by field, shown while it is typed, tried by a test mail; two people."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from keystack.errors import ActionNeededError, RetryLaterError
from keystack.inputs.settings import SettingsRequest
from keystack.mail import sending
from keystack.management.settings import change_settings
from keystack.storage import dynamodb
from keystack.storage.audit.entries import entries_of
from keystack.storage.mappings.organizations import load_organization

from integration.aws_calls import counted, failing
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.html_page import Form
from integration.stand_ins import Mails
from integration.world import ORG, World

PAGE = "/dashboard/settings/branding"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https:; sandbox; frame-ancestors 'self'"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Mails:
    mails = Mails()
    monkeypatch.setattr(sending, "transport_from", lambda *_: mails)
    return mails


def form_of(shown: Shown) -> Form:
    [form] = [each for each in shown.page.forms if urlsplit(each.action).path == PAGE]
    return form


def stored(visitor: Visitor, **changed: str) -> Shown:
    return visitor.send(form_of(visitor.get(PAGE)), None, **changed)


def frames(shown: Shown) -> list[str]:
    found = re.findall(r'<iframe [^>]*\bsandbox\b[^>]*src="([^"]+)"', shown.html)
    assert len(found) == shown.html.count("<iframe") == 2
    return [each.replace("&amp;", "&") for each in found]


# -------------------------------------------------------------------- the form


def test_the_fields_show_what_is_stored(ada: Visitor) -> None:
    fields = form_of(ada.get(PAGE)).fields
    shown = {name: value for name, value in fields.items() if name not in ("csrf", "form_id", "seen")}
    assert shown == {
        "product_name": "Acme Studio",
        "from": "licenses@acme.example",
        "reply_to": "support@acme.example",
        "logo_url": "",
        "accent_color": "#4f46e5",
        "support_url": "https://acme.example/support",
        "footer": "Acme Inc., 1 Anvil Road, Tucson AZ",
    }


def test_what_is_changed_is_stored_and_audited(ada: Visitor) -> None:
    shown = stored(ada, footer="Acme Ltd.\r\nNew Road 2", reply_to="", logo_url="https://acme.example/l.png")
    assert "The branding is stored." in shown.text
    branding = load_organization(ORG).branding
    assert (branding.footer, branding.reply_to, branding.product_name) == ("Acme Ltd.\nNew Road 2", "", "Acme Studio")
    [entry] = [each for each in entries_of(ORG, "settings:organization") if each["source"] == "Ada"]
    assert set(entry["detail"]["branding"]) == {"footer", "reply_to", "logo_url"}
    again = stored(ada)  # the lines of a textarea come back with \r\n: nothing has changed
    assert "The branding is stored." in again.text
    assert len([each for each in entries_of(ORG, "settings:organization") if each["source"] == "Ada"]) == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("from", "licenses at acme", "is not one plain e-mail address: write it like licenses@example.com"),
        ("reply_to", "a@b.example, c@d.example", "is not one plain e-mail address"),
        ("logo_url", "http://acme.example/logo.png", "Must be an https URL, like https://example.com/page."),
        ("logo_url", "javascript:alert(1)", "Must be an https URL, like https://example.com/page."),
        ("support_url", "acme.example", "Must be an https URL, like https://example.com/page."),
        ("accent_color", "red", "Must be like #4f46e5."),
        ("footer", "x" * 501, "Must be text of at most 500 characters."),
    ],
)
def test_what_no_mail_could_use_is_told_at_its_field_and_what_was_typed_stays(
    ada: Visitor, field: str, value: str, said: str
) -> None:
    before = load_organization(ORG)
    shown = stored(ada, product_name="Typed", **{field: value})
    assert shown.status == 422
    [told] = re.findall(r'<small id="(\w+)-help"><span class="error">(.*?)</span>', shown.html)
    assert told[0] == field
    assert said in shown.text
    fields = form_of(shown).fields
    assert (fields["product_name"], fields[field]) == ("Typed", value)
    assert load_organization(ORG) == before


def test_several_mistakes_are_told_at_once(ada: Visitor) -> None:
    shown = stored(ada, accent_color="red", logo_url="x", reply_to="y")
    assert shown.html.count('class="error"') == 3


def test_the_second_of_two_sees_the_change_of_the_first_and_overwrites_nothing(ada: Visitor) -> None:
    form = form_of(ada.get(PAGE))
    change_settings(ORG, SettingsRequest.model_validate({"branding": {"footer": "Theirs"}}), "Bob")
    shown = ada.send(form, None, product_name="Mine")
    assert shown.status == 409
    assert "Bob changed this" in shown.text
    assert "Nothing of yours was stored." in shown.text
    assert "Product Mine" in shown.text
    again = form_of(shown)
    assert (again.fields["product_name"], again.fields["footer"]) == ("Acme Studio", "Theirs")
    ada.send(again, None, product_name="Mine")
    branding = load_organization(ORG).branding
    assert (branding.product_name, branding.footer) == ("Mine", "Theirs")


# -------------------------------------------------------------------- the mail


def test_the_mail_stands_beside_it_in_sandboxed_frames(ada: Visitor) -> None:
    shown = ada.get(PAGE)
    wide, narrow = frames(shown)
    assert wide == narrow == f"{PAGE}/mail?"
    assert "Subject Your Acme Studio license key" in shown.text
    mail = ada.get(wide)
    assert mail.headers["content-security-policy"] == POLICY
    assert "x-frame-options" not in mail.headers
    assert "1 Anvil Road" in mail.html
    assert "LIB-SAMPL-ESAMP-LESAM-PLESA-MPLE0" in mail.html
    assert "Skip to the content" not in mail.html


def test_what_is_typed_is_shown_and_not_stored(ada: Visitor) -> None:
    before = load_organization(ORG)
    form = form_of(ada.get(PAGE))
    typed = {**form.fields, "product_name": "Größe & Co", "footer": "", "accent_color": "#12"}
    part = ada.post(f"{PAGE}/preview", typed, {"HX-Request": "true"})
    assert part.status == 200
    assert "<html" not in part.html
    whole = ada.post(f"{PAGE}/preview", typed)  # a button, where there is no script
    assert form_of(whole).fields["product_name"] == "Größe & Co"
    for shown in (part, whole):
        assert "Subject Your Größe & Co license key" in shown.text
        for frame in frames(shown):
            asked = parse_qs(urlsplit(frame).query, keep_blank_values=True)
            assert asked == {"product_name": ["Größe & Co"], "footer": [""], "accent_color": ["#12"]}
            mail = ada.get(frame)
            assert "Your Größe &amp; Co license key" in mail.html
            assert "1 Anvil Road" not in mail.html
    assert load_organization(ORG) == before
    saved = ada.send(form_of(whole), None, accent_color="#123456")
    assert "The branding is stored." in saved.text
    assert load_organization(ORG).branding.product_name == "Größe & Co"


def test_the_preview_of_what_is_unfinished_or_too_long_does_not_fail(ada: Visitor) -> None:
    form = form_of(ada.get(PAGE))
    for typed in ({"from": "lic"}, {"reply_to": "@"}, {"footer": "x" * 5_000}, {"logo_url": "https://["}):
        part = ada.post(f"{PAGE}/preview", {**form.fields, **typed}, {"HX-Request": "true"})
        assert part.status == 200
        assert ada.get(f"{PAGE}/mail?{urlencode(typed)}").status == 200


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u202eb"])
def test_hostile_texts_stay_texts_also_in_the_mail(ada: Visitor, text: str) -> None:
    typed = {"product_name": text, "footer": text, "logo_url": text, "support_url": text, "accent_color": text}
    part = ada.post(f"{PAGE}/preview", {**form_of(ada.get(PAGE)).fields, **typed}, {"HX-Request": "true"})
    mail = ada.get(f"{PAGE}/mail?{urlencode(typed)}")
    assert mail.headers["content-security-policy"] == POLICY
    for html in (part.html, mail.html):
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "\u202e" not in html


def test_the_mail_is_shown_to_nobody_who_is_not_signed_in(world: World) -> None:
    assert Visitor().request("GET", f"{PAGE}/mail?").status == 303


def test_a_page_takes_three_calls_and_a_mail_two(ada: Visitor) -> None:
    for path, queries in ((PAGE, 2), (f"{PAGE}/mail?footer=x", 1)):
        with counted() as calls:
            ada.get(path)
        assert calls == ["BatchGetItem"] + ["Query"] * queries


def test_while_the_plans_do_not_load_the_mail_is_there_all_the_same(ada: Visitor) -> None:
    with failing(dynamodb.client(), operation="Query"):
        assert ada.get(PAGE).status == 200


# ----------------------------------------------------------------- a test mail


def test_a_test_mail_is_sent_once_for_a_form_and_noted(ada: Visitor, sent: Mails) -> None:
    form = ada.get(PAGE).page.form("/test-mail")
    first, second = (ada.send(form, None, to=" bob@example.com ") for _ in range(2))
    assert "The mail server took the test mail." in first.text
    assert "was sent already" in second.text
    assert urlsplit(first.address).path == urlsplit(second.address).path == PAGE  # so that reloading sends nothing
    [(to, message)] = sent.sent
    assert (to, str(message["Subject"])) == ("bob@example.com", "[Test mail] Your Acme Studio license key")
    [entry] = entries_of(ORG, "email:test")
    assert (entry["action"], entry["source"], entry["detail"]["to"]) == ("email.tested", "Ada", "bob@example.com")


@pytest.mark.parametrize("to", ["", "bob", "a@b.example, c@d.example", "<script>alert(1)</script>"])
def test_what_is_no_address_is_told_at_its_field(ada: Visitor, sent: Mails, to: str) -> None:
    shown = ada.send(ada.get(PAGE).page.form("/test-mail"), None, to=to)
    assert shown.status == 422
    assert '<small id="to-help"><span class="error">This address' in shown.html
    assert shown.page.form("/test-mail").fields["to"] == to
    assert "<script>alert" not in shown.html
    assert sent.sent == []
    again = ada.send(shown.page.form("/test-mail"), None, to="bob@example.com")
    assert "took the test mail" in again.text


@pytest.mark.parametrize(
    "error",
    [
        ActionNeededError("The mail server mail.example:25 refused user and password (535)", "correct the SMTP URL"),
        RetryLaterError("Amazon SES is busy or over its quota (Throttling)"),
    ],
)
def test_why_it_was_not_sent_is_told_where_it_was_asked_for(ada: Visitor, sent: Mails, error: Exception) -> None:
    sent.refusals = [error]
    shown = ada.send(ada.get(PAGE).page.form("/test-mail"), None, to="bob@example.com")
    assert shown.status == 409
    section = shown.html.partition('id="test-mail"')[2].partition("</section>")[0]
    assert f"The test mail was not sent. {error}." in section
    assert shown.page.form("/test-mail").fields["to"] == "bob@example.com"
    assert "took the test mail" in ada.send(shown.page.form("/test-mail"), None, to="bob@example.com").text


def test_a_key_that_may_read_sees_the_mail_and_sends_none(world: World, sent: Mails) -> None:
    reader = sign_in_as("read")
    shown = reader.get(PAGE)
    assert "Footer Acme Inc., 1 Anvil Road, Tucson AZ" in shown.text
    assert "Logo not set" in shown.text
    assert len(frames(shown)) == 2
    assert [form.action for form in shown.page.forms if form.method == "post"] == ["/dashboard/sign-out"]
    token = shown.page.form("/sign-out").fields
    for path in (PAGE, f"{PAGE}/preview", f"{PAGE}/test-mail"):
        assert reader.post(path, {**token, "to": "bob@example.com"}).status == 403
    assert sent.sent == []


def test_nobody_sees_anothers_mail(ada: Visitor, world: World) -> None:
    world.configure(org="other", branding={"footer": "Theirs"}, plans=[], mappings={})
    assert "Theirs" not in ada.get(f"{PAGE}/mail?org=other").html
    theirs = sign_in_as("admin", org="other").get(f"{PAGE}/mail").html
    assert "Theirs" in theirs
    assert "Acme Asset Library" not in theirs
