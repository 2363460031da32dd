"""What the customer reads in a license mail."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystack.domain.organizations import Branding
from keystack.mail.rendering import LicenseMail, MailedLicense, render_licenses

ACME = Branding(
    product_name="Acme Studio",
    from_address="licenses@acme.example",
    reply_to="help@acme.example",
    logo_url="https://acme.example/logo.png",
    accent_color="#7c3aed",
    support_url="https://acme.example/help",
    footer="Acme Software GmbH, Musterstraße 1\nBerlin",
)


def licensed(number: int = 0, plan: str = "Pro", seats: int = 5, until: datetime | None = None) -> MailedLicense:
    return MailedLicense(f"ACME-{number:05d}-AAAAA-BBBBB-CCCCC-DDDDD", plan, seats, until)


def mail(
    licenses: Sequence[MailedLicense] | None = None,
    branding: Branding = ACME,
    name: str | None = "Ada Lovelace",
    livemode: bool = True,
    order_id: str = "cs_1",
    organization: str = "Acme Software",
) -> EmailMessage:
    return render_licenses(
        LicenseMail(
            organization_name=organization,
            branding=branding,
            order_id=order_id,
            livemode=livemode,
            recipient="ada@example.com",
            recipient_name=name,
            licenses=licenses or [licensed()],
            default_from="keys@stack.example",
        )
    )


def html_of(message: EmailMessage) -> str:
    return str(message.get_body(("html",)).get_content())  # type: ignore[union-attr]


def text_of(message: EmailMessage) -> str:
    return str(message.get_body(("plain",)).get_content())  # type: ignore[union-attr]


class Reader(HTMLParser):
    """Collects the tags, and the text that is not in <style> or <title>."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self._open):
            self.text += data


def test_the_subject_counts_the_keys_in_the_customers_words() -> None:
    assert mail()["Subject"] == "Your Acme Studio license key"
    assert mail([licensed(1), licensed(2), licensed(3)])["Subject"] == "Your 3 Acme Studio license keys"


def test_it_comes_from_the_product_and_answers_go_to_the_vendor() -> None:
    message = mail()
    assert message["From"] == "Acme Studio <licenses@acme.example>"
    assert message["To"] == "Ada Lovelace <ada@example.com>"
    assert message["Reply-To"] == "help@acme.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Date"] is None


@pytest.mark.parametrize("part", [html_of, text_of])
def test_both_parts_say_key_plan_seats_expiry_support_and_who_sent_it(part) -> None:  # type: ignore[no-untyped-def]
    said = part(mail([licensed(7, until=datetime(2027, 3, 3, tzinfo=UTC)), licensed(8, plan="Plugin", seats=1)]))
    for words in (
        "Hello Ada Lovelace,", "ACME-00007-AAAAA-BBBBB-CCCCC-DDDDD", "ACME-00008-AAAAA-BBBBB-CCCCC-DDDDD", "Pro",
        "5 seats · valid until 3 March 2027", "Plugin", "1 seat", "https://acme.example/help", "Acme Software",
        "Acme Software GmbH, Musterstraße 1", "Just reply to this e-mail",
    ):  # fmt: skip
        assert words in said
    assert "1 seats" not in said


def test_a_license_without_expiry_says_nothing_of_one() -> None:
    assert "valid until" not in html_of(mail()) + text_of(mail())


def test_the_day_of_expiry_is_the_day_in_utc() -> None:
    late = datetime(2027, 3, 2, 20, 0, tzinfo=timezone(timedelta(hours=-8)))
    assert "valid until 3 March 2027" in text_of(mail([licensed(until=late)]))


def test_licenses_on_the_same_terms_stand_together_in_their_order() -> None:
    said = text_of(mail([licensed(1), licensed(2, plan="Plugin"), licensed(3)]))
    assert said.count("Pro ·") == 1
    assert re.findall(r"ACME-0000(\d)", said) == ["1", "3", "2"]


def test_test_mode_shows_in_the_subject_and_in_both_parts() -> None:
    message = mail(livemode=False)
    assert message["Subject"] == "[TEST] Your Acme Studio license key"
    assert "Test mode" in html_of(message)
    assert "TEST MODE" in text_of(message)
    assert "test mode" not in (html_of(mail()) + text_of(mail())).lower()


def test_without_branding_the_organization_and_the_default_sender_stand_in() -> None:
    message = mail(branding=Branding(), name=None)
    assert message["From"] == "Acme Software <keys@stack.example>"
    assert message["To"] == "ada@example.com"
    assert message["Subject"] == "Your Acme Software license key"
    assert message["Reply-To"] is None
    assert "Hello," in text_of(message)
    assert not any(tag in ("img", "a") for tag, _ in Reader(html_of(message)).tags)
    assert "reply" not in text_of(message)
    assert mail(branding=Branding(), organization="")["Subject"] == "Your stack.example license key"


def test_images_off_still_name_the_product() -> None:
    images = [attributes for tag, attributes in Reader(html_of(mail())).tags if tag == "img"]
    assert [(i["alt"], i["src"]) for i in images] == [("Acme Studio", "https://acme.example/logo.png")]


def test_a_wide_logo_is_made_smaller_and_not_squeezed() -> None:
    [style] = [attributes["style"] or "" for tag, attributes in Reader(html_of(mail())).tags if tag == "img"]
    assert {"width:auto", "height:auto", "max-width:220px", "max-height:40px"} <= set(style.split(";"))


def test_a_doubtful_logo_or_support_url_is_left_out() -> None:
    message = mail(branding=Branding(logo_url="http://acme.example/l.png", support_url="javascript:alert(1)"))
    assert "l.png" not in html_of(message)
    assert "javascript" not in html_of(message) + text_of(message)


def test_nothing_is_fetched_but_the_logo() -> None:
    html = html_of(mail())
    assert re.findall(r"(?:src|background)=\"([^\"]*)\"|url\(|@import|<link|<script", html) == [
        "https://acme.example/logo.png"
    ]


def test_a_name_that_would_become_a_link_is_not_greeted() -> None:
    for name in ("Win at casino.example", "http://evil.example", "www.evil.example/x", "eve@evil.example"):
        assert text_of(mail(name=name)).startswith("Hello,\n")
    assert text_of(mail(name="J. R. O'Neil")).startswith("Hello J. R. O'Neil,")


@given(st.text(st.characters(), max_size=80))
def test_no_text_becomes_markup(text: str) -> None:
    nasty = f"{text}<b onclick='x'>&amp;</b>\"{{{{ 7*7 }}}}{{% raw %}}"
    branding = Branding(product_name=nasty, footer=nasty, from_address="a@b.de", logo_url=nasty, support_url=nasty)
    seen = Reader(html_of(mail([licensed(plan=nasty)], branding=branding, name=nasty, organization=nasty)))
    assert not any(tag == "b" or "onclick" in attributes for tag, attributes in seen.tags)


def test_the_same_mail_twice_is_the_same_bytes() -> None:
    assert mail().as_bytes() == mail().as_bytes()


def test_another_order_recipient_or_key_is_another_message_id() -> None:
    ids = {mail()["Message-ID"], mail(order_id="cs_2")["Message-ID"], mail([licensed(1)])["Message-ID"]}
    assert len(ids) == 3
    assert all(re.fullmatch(r"<[0-9a-f]{32}@acme\.example>", i) for i in ids)


def test_a_thousand_keys_are_all_there_and_gmail_does_not_cut_them_off() -> None:
    message = mail([licensed(n) for n in range(1000)])
    assert message["Subject"] == "Your 1,000 Acme Studio license keys"
    for said in (html_of(message), text_of(message)):
        assert len(set(re.findall(r"ACME-\d{5}-AAAAA-BBBBB-CCCCC-DDDDD", said))) == 1000
    assert len(html_of(message).encode()) < 102_000


def test_a_hundred_keys_each_have_a_box_that_one_click_selects() -> None:
    assert html_of(mail([licensed(n) for n in range(100)])).count("-webkit-user-select:all") == 100


def test_the_preview_line_shows_the_terms_and_no_key() -> None:
    preview = re.search(r"<div style=\"display:none[^>]*>(.*?)</div>", html_of(mail()))
    assert preview is not None
    assert preview[1].startswith("Pro · 5 seats")
    assert "ACME-" not in preview[1]


def test_the_raw_mail_is_seven_bit_with_short_lines() -> None:
    raw = mail([licensed(n, plan="Größe 漢 😀" * 20) for n in range(3)]).as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 100


def test_a_license_never_shows_its_key_in_a_log() -> None:
    assert "AAAAA" not in repr(licensed())
