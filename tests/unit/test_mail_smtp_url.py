"""The SMTP URL: what it may look like, and that its password never shows."""

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystack.errors import ActionNeededError
from keystack.mail.sending import SmtpTransport, transport_from
from keystack.mail.smtp import MailServer

PASSWORD = "hunter2-hunter2"


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "user", "password"),
    [
        ("smtp://127.0.0.1:1025", "smtp", "127.0.0.1", 1025, "", ""),
        ("smtp://mailpit", "smtp", "mailpit", 25, "", ""),
        ("smtp://mailpit/\n", "smtp", "mailpit", 25, "", ""),
        ("smtps://ada:pw@mail.example", "smtps", "mail.example", 465, "ada", "pw"),
        ("smtp+starttls://a%40b.de:p%2F%3A%25@mail.example", "smtp+starttls", "mail.example", 587, "a@b.de", "p/:%"),
        ("smtp://a:pw@[::1]:2525", "smtp", "::1", 2525, "a", "pw"),
    ],
)
def test_this_url_names_a_server(url: str, scheme: str, host: str, port: int, user: str, password: str) -> None:
    assert MailServer.from_url(url) == MailServer(scheme, host, port, user, password)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example", "https://mail.example", f"smtps://ada:{PASSWORD}@", f"smtps://ada:{PASSWORD}/x@mail.example",
        f"smtps://ada:{PASSWORD}#x@mail.example", f"smtps://ada:{PASSWORD}?x@mail.example", "smtp://mail.example:port",
        f"smtps://ada:{PASSWORD}@mail.example:99999", f"smtps://ada:{PASSWORD}@[mail", "smtp://", "smtp://h/path",
        f"smtps://ada:{PASSWORD}ä@mail.example", f"smtps://ada:{PASSWORD}[@mail.example",
    ],
)  # fmt: skip
def test_this_url_does_not_and_the_error_shows_none_of_it(url: str) -> None:
    with pytest.raises(ActionNeededError) as raised:
        transport_from("smtp", url)
    assert "hunter" not in "".join(traceback.format_exception(raised.value))
    assert raised.value.remedy in ("correct it", "set another")


@given(st.text(st.characters(), max_size=60))
def test_any_other_text_is_an_action_needed(text: str) -> None:
    try:
        SmtpTransport(f"smtps://{text}")
    except ActionNeededError as error:
        assert str(error).startswith("The ")  # noqa: PT017 - a URL by chance is fine too


def test_a_password_does_not_travel_unencrypted() -> None:
    with pytest.raises(ActionNeededError, match=r"unencrypted: write smtp\+starttls://"):
        transport_from("smtp", f"smtp://ada:{PASSWORD}@mail.example")


def test_a_server_never_shows_its_password_in_a_log() -> None:
    assert PASSWORD not in repr(MailServer.from_url(f"smtps://ada:{PASSWORD}@mail.example"))


def test_smtp_without_a_url_says_where_to_put_it() -> None:
    for url in (None, ""):
        with pytest.raises(ActionNeededError, match=r"/keystack/\{stage\}/smtp-url"):
            transport_from("smtp", url)


def test_another_way_of_sending_is_refused() -> None:
    with pytest.raises(ActionNeededError, match='"pigeon" is no way to send mail'):
        transport_from("pigeon", None)
