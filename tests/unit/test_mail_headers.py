"""Whatever a customer or a vendor types, the header of a mail stays one sender, one recipient and our own fields."""

import email
import email.policy
import os
import re
import subprocess
import sys
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import getaddresses, parseaddr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from keystack.domain.organizations import Branding
from keystack.errors import ActionNeededError
from keystack.mail.addresses import clean_text, display_name, plain_address
from keystack.mail.rendering import LicenseMail, MailedLicense, render_licenses
from template import ROOT

FIELDS = [
    "From", "To", "Reply-To", "Subject", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "MIME-Version", "Content-Type",
]  # fmt: skip

anything = st.text(st.characters(), max_size=150)  # half surrogate pairs and control characters too
nasty = st.lists(
    st.one_of(
        st.sampled_from(
            ["\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", "\u202e", "\ud800", "Bcc: eve@evil.example", '"', "\\",
             "<eve@evil.example>", ",", ";", ":", "@", "(", ")", " ", "=?utf-8?q?=0ABcc:_eve?=", "=?", "?=",
             "Ä", "漢", "😀"]
        ),
        st.text(st.characters(), max_size=40),
    ),
    max_size=12,
).map("".join)  # fmt: skip


def mail_with(product: str = "Acme Studio", name: str | None = "Ada", recipient: str = "ada@example.com") -> bytes:
    branding = Branding(product_name=product, from_address="licenses@acme.example", reply_to="help@acme.example")
    license_ = MailedLicense("ACME-AAAAA-BBBBB-CCCCC-DDDDD-EEEEE", "Pro", 5, None)
    return render_licenses(LicenseMail("Acme", branding, "cs_1", True, recipient, name, [license_], "")).as_bytes()


@settings(deadline=None)
@given(product=st.one_of(anything, nasty), name=st.one_of(anything, nasty))
@example(product="A, very long: product " * 5, name="Ö, " * 50)
@example(product="x\r\nBcc: eve@evil.example\r\n\r\nbody", name="=?utf-8?q?=0D=0ABcc:_eve=40evil.example?=")
def test_no_name_adds_a_field_a_recipient_or_a_line(product: str, name: str) -> None:
    raw = mail_with(product=product, name=name)
    head = raw.partition(b"\r\n\r\n")[0]
    for policy in (email.policy.compat32, email.policy.default):  # how old and new mail programs read it
        seen = email.message_from_bytes(raw, policy=policy)
        assert seen.keys() == FIELDS
        assert [address for _, address in getaddresses([str(seen["To"])])] == ["ada@example.com"]
        assert [address for _, address in getaddresses([str(seen["From"])])] == ["licenses@acme.example"]
    assert b"\r" not in head.replace(b"\r\n", b"")
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 998


def read(header: str) -> str:
    """Decode as RFC 2047 says. (Python's newer parser puts a space between two encoded words of a name.)"""
    return str(make_header(decode_header(header)))


@settings(deadline=None)
@given(product=st.one_of(anything, nasty), name=st.one_of(anything, nasty))
def test_names_arrive_as_they_were_cleaned(product: str, name: str) -> None:
    seen = email.message_from_bytes(mail_with(product, name), policy=email.policy.compat32)
    shown = clean_text(product, 100) or "Acme"
    assert read(parseaddr(seen["To"])[0]) == display_name(clean_text(name, 100))
    assert read(parseaddr(seen["From"])[0]) == display_name(shown)
    if not ("=?" in shown or "?=" in shown):
        assert read(seen["Subject"].replace("\r\n", "")) == f"Your {shown} license key"


@pytest.mark.parametrize(
    "name", ["Jürgen Müller", "山田 太郎", "Zoë O'Brien-Łukasiewicz", "J. R. Q", "نگار\u200cزاده", "😀"]
)
def test_usual_names_arrive_to_the_letter_in_new_readers_too(name: str) -> None:
    seen = email.message_from_bytes(mail_with(f"{name} Studio", name), policy=email.policy.default)
    assert seen["To"].addresses[0].display_name == name
    assert seen["From"].addresses[0].display_name == f"{name} Studio"
    assert seen["Subject"] == f"Your {name} Studio license key"


def test_a_product_named_like_an_encoded_word_is_not_decoded_by_the_reader() -> None:
    for name in ("=?utf-8?q?Free=0D=0Amoney?=", "Ä =?utf-8?b?RnJlZQ0KbW9uZXk=?="):
        seen = email.message_from_bytes(mail_with(product=name), policy=email.policy.default)
        assert "utf-8?" in seen["Subject"]
        assert "Free" not in seen["Subject"].replace("q?Free 0D 0Amoney", "")


@given(typed=st.one_of(anything, nasty))
def test_an_address_is_one_plain_address_or_an_action_needed(typed: str) -> None:
    sentence = ""
    try:
        address = plain_address(typed, "The customer's address", "ask for another")
    except ActionNeededError as error:
        sentence = str(error)
    else:
        assert address.isascii()
        assert len(address) <= 254
        assert address.count("@") == 1
        assert not set(address) & set(' \t\r\n,;:<>()[]\\"')
    assert re.sub("[\u200c\u200d]", "", sentence).isprintable()


@pytest.mark.parametrize(
    "typed",
    [
        "", "ada", "@example.com", "ada@", "ada@@example.com", "ada@a@example.com", "ada @example.com",
        "ada@exam ple.com", "ada,eve@example.com", "ada@example.com,eve@evil.example", "ada@example..com",
        "ada@.com", "ada..x@example.com", "ada@example.com\r\nBcc: eve@evil.example", "ada@example.com\n", "\tada@x.de",
        "<ada@example.com>", "Ada <ada@example.com>", "ada@example.com\0", "ädä@example.com", "ada@-example.com",
        "\ud800@example.com", "ada@\ud800.com", "ada＠example.com", "a" * 255, "a" * 250 + "@b.de", "ada@" + "b" * 64,
    ],
)  # fmt: skip
def test_this_is_no_plain_address(typed: str) -> None:
    with pytest.raises(ActionNeededError, match=r"is not one plain e-mail address: ask the customer"):
        mail_with(recipient=typed)


@pytest.mark.parametrize(
    ("typed", "sent_to"),
    [
        ("ada@example.com", "ada@example.com"),
        (" ada@example.com ", "ada@example.com"),
        ("Ada.O'Neil+keys@mail.example.co.uk", "Ada.O'Neil+keys@mail.example.co.uk"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@localhost", "ada@localhost"),
        ("a" * 64 + "@" + ".".join(["b" * 61] * 3) + ".de", "a" * 64 + "@" + ".".join(["b" * 61] * 3) + ".de"),
    ],
)
def test_this_is_a_plain_address_and_survives_the_header(typed: str, sent_to: str) -> None:
    for policy in (email.policy.compat32, email.policy.default):
        seen = email.message_from_bytes(mail_with(recipient=typed, name="Ada Lovelace"), policy=policy)
        assert getaddresses([str(seen["To"]).replace("\r\n", "")]) == [("Ada Lovelace", sent_to)]


def test_long_addresses_of_the_vendor_and_their_message_id_stay_whole() -> None:
    license_ = MailedLicense("K", "Pro", 5, None)
    for domain in ("b" * 27 + ".de", ".".join(["b" * 61] * 3) + ".de"):
        own = "a" * 60 + "@" + domain
        branding = Branding(from_address=own, reply_to=own)
        mail = LicenseMail("Acme", branding, "cs_1", True, "ada@example.com", None, [license_], "")
        raw = render_licenses(mail).as_bytes()
        head = raw.partition(b"\r\n\r\n")[0].decode()
        assert f"Reply-To: {own}\r\n" in head
        assert f"<{own}>" in head
        assert re.search(r"Message-ID: <[0-9a-f]{32}@[a-z.]+>\r\n", head)


def test_a_sender_that_is_no_address_is_an_action_needed_and_names_the_branding() -> None:
    mail = LicenseMail("Acme", Branding(), "cs_1", True, "a@b.de", None, [MailedLicense("K", "Pro", 5, None)], "")
    with pytest.raises(ActionNeededError, match=r"The sender .* branding$"):
        render_licenses(replace(mail, branding=Branding(from_address="acme")))
    with pytest.raises(ActionNeededError, match=r"No sender is set: .* MailFrom$"):
        render_licenses(mail)


@given(text=anything, most=st.integers(1, 60))
def test_cleaned_text_is_one_printable_line_within_its_length(text: str, most: int) -> None:
    cleaned = clean_text(text, most)
    assert len(cleaned) <= most
    assert cleaned == clean_text(cleaned, most)
    cleaned.encode()
    assert all(c.isprintable() or c in "\u200c\u200d" for c in cleaned)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("max@straße.example", "max@xn--strae-oqa.example"),  # IDNA 2003: strasse.example, which is somebody else's
        ("max@faß.de", "max@xn--fa-hia.de"),
        ("nikos@βόλος.example", "nikos@xn--nxasmm1c.example"),  # with the final sigma, which IDNA 2003 replaces
        ("sri@ශ්‍රී.example", "sri@xn--10cl1a0b660p.example"),  # with its joiner, which IDNA 2003 drops
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@bücher。example", "ada@xn--bcher-kva.example"),  # the full stop of Chinese and Japanese
        ("ada@example.com", "ada@example.com"),
        ("ada@r3---sn.example.com", "ada@r3---sn.example.com"),  # no IDNA label, and a domain all the same
        ("ada@xn--i-7iq.ws", "ada@xn--i-7iq.ws"),
        ("Ada.Lovelace@Example.COM", "Ada.Lovelace@Example.COM"),
    ],
)
def test_a_mail_goes_to_the_domain_that_was_written(written: str, sent: str) -> None:
    """Expected: Unicode Technical Standard #46, non-transitional, as browsers and registries read a domain."""
    assert plain_address(written, "The address", "see to it") == sent


@pytest.mark.parametrize("domain", ["💩.la", "-ä.example", "ä..example", "ä" * 64 + ".example", "\u202eä.example"])
def test_what_is_no_domain_by_todays_rules_is_refused(domain: str) -> None:
    with pytest.raises(ActionNeededError, match="is not one plain e-mail address"):
        plain_address(f"ada@{domain}", "The address", "see to it")


def test_the_tables_of_international_domains_are_read_for_such_an_address_only() -> None:
    told = "from keystack.mail.addresses import plain_address; plain_address('a@b.example', '', ''); "
    told += "import sys; print('idna' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "layers" / "keystack")}
    done = subprocess.run([sys.executable, "-c", told], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
