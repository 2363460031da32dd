"""Mail over real connections: what a mail server gets, and what we make of each of its answers."""

import asyncio
import email
import email.policy
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from keystack.domain.organizations import Branding
from keystack.errors import ActionNeededError, KeystackError, RetryLaterError
from keystack.mail.rendering import LicenseMail, MailedLicense, render_licenses
from keystack.mail.sending import transport_from

KEY = "ACME-7K3QF-0M2XP-9RWTB-4HVZD-6NJEA"
PASSWORD = "hunter2-hunter2"


def a_mail(name: str = "Ada Lovelace") -> EmailMessage:
    branding = Branding(product_name="Acme Studio", from_address="licenses@acme.example")
    licenses = [MailedLicense(KEY, "Größe XL", 5, None)]
    return render_licenses(LicenseMail("Acme", branding, "cs_1", True, "ada@example.com", name, licenses, ""))


class Mailbox:
    """An aiosmtpd handler that keeps what it accepts, and answers a command otherwise where told to."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.received: list[Any] = []

    async def handle_EHLO(self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]) -> Any:  # noqa: N802
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        envelope.mail_from = address
        return self.answers.get("mail", "250 OK")

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if "rcpt" in self.answers:
            return self.answers["rcpt"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if "data" in self.answers:
            return self.answers["data"]
        self.received.append((session.host_name, envelope))
        return "250 OK"


class OnAnyPort(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_server(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    controller = OnAnyPort(mailbox, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def send(url: str, message: EmailMessage | None = None) -> None:
    transport_from("smtp", url).send(message or a_mail(), "ada@example.com")


def failure(url: str) -> KeystackError:
    with pytest.raises(KeystackError) as raised:
        send(url)
    told = "".join(traceback.format_exception(raised.value))
    assert KEY not in told
    assert PASSWORD not in told
    return raised.value


def test_the_mail_arrives_whole_for_its_one_recipient() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        send(f"smtp://127.0.0.1:{port}", a_mail("Ada Lövelace"))
    ((helo, envelope),) = mailbox.received
    assert (envelope.mail_from, envelope.rcpt_tos) == ("licenses@acme.example", ["ada@example.com"])
    assert helo == "acme.example"
    seen = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert seen["To"] == "Ada Lövelace <ada@example.com>"
    assert seen["Subject"] == "Your Acme Studio license key"
    assert seen["Date"].datetime is not None
    for kind in ("plain", "html"):
        part = seen.get_body((kind,))
        assert part is not None
        assert KEY in part.get_content()
        assert "Größe XL" in part.get_content()


def test_the_same_mail_sent_twice_is_recognisably_the_same() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        send(f"smtp://127.0.0.1:{port}")
        send(f"smtp://127.0.0.1:{port}")
    ids = [email.message_from_bytes(envelope.content)["Message-ID"] for _, envelope in mailbox.received]
    assert len(ids) == 2
    assert len(set(ids)) == 1


@pytest.mark.parametrize(
    "answers",
    [
        {"rcpt": "450 4.2.0 Greylisted, try again later"},
        {"mail": "451 4.3.0 Local error"},
        {"mail": "421 4.3.2 Closing"},
        {"rcpt": "452 4.2.2 Mailbox full"},
        {"rcpt": "421 4.7.0 Too many connections"},
        {"data": "451 4.7.1 Try again"},
    ],
)
def test_a_4xx_is_tried_again_later(answers: dict[str, str]) -> None:
    with mail_server(Mailbox(**answers)) as port:
        error = failure(f"smtp://127.0.0.1:{port}")
    assert isinstance(error, RetryLaterError)
    assert next(iter(answers.values()))[:3] in str(error)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (
            {"rcpt": "550 5.1.1 No such user"},
            r"refused the recipient ada@example\.com \(550 5\.1\.1 No such user\)",
        ),
        ({"mail": "553 5.7.1 Not yours"}, r"refused the sender licenses@acme\.example .* set another `from`"),
        ({"data": "554 5.7.1 Spam"}, r"refused the mail for ada@example\.com \(554 5\.7\.1 Spam\)"),
        ({"data": f"554 5.7.1 Suspicious: {KEY}"}, r"\(554 5\.7\.1 Suspicious: …\)"),
    ],
)
def test_a_5xx_says_who_must_do_what(answers: dict[str, str], sentence: str) -> None:
    with mail_server(Mailbox(**answers)) as port:
        error = failure(f"smtp://127.0.0.1:{port}")
    with pytest.raises(ActionNeededError, match=sentence):
        raise error
    assert isinstance(error, ActionNeededError)
    assert error.remedy


def only(user: str, password: str) -> Callable[..., AuthResult]:
    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=right)

    return authenticate


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_user_and_password_are_sent_percent_decoded() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, authenticator=only("a@b", "p/w:1%"), auth_required=True, auth_require_tls=False) as port:
        send(f"smtp://a%40b:p%2Fw%3A1%25@127.0.0.1:{port}")
    assert len(mailbox.received) == 1


def test_a_wrong_password_is_never_repeated_in_the_error() -> None:
    with mail_server(Mailbox(), authenticator=only("a", "right"), auth_require_tls=False) as port:
        error = failure(f"smtp://a:{PASSWORD}@127.0.0.1:{port}")
    assert isinstance(error, ActionNeededError)
    assert "refused user and password (535)" in str(error)


def test_a_server_without_what_the_url_asks_for_needs_a_person() -> None:
    with mail_server(Mailbox()) as port:
        for url in (f"smtp+starttls://127.0.0.1:{port}", f"smtp://a:{PASSWORD}@127.0.0.1:{port}"):
            error = failure(url)
            assert isinstance(error, ActionNeededError)
            assert "does not offer" in str(error)
        error = failure(f"smtps://127.0.0.1:{port}")
        assert isinstance(error, ActionNeededError)
        assert "check its scheme and port" in str(error)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that its own maker signed, in one file."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


class TlsOnAnyPort(OnAnyPort):
    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, host=self.hostname, port=self.port, ssl=self.ssl_context)


def test_smtps_and_starttls_encrypt_and_check_the_certificate(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = Mailbox()
    inside = TlsOnAnyPort(mailbox, hostname="127.0.0.1", port=0, ssl_context=tls(certificate))
    inside.start()
    try:
        with mail_server(mailbox, tls_context=tls(certificate), require_starttls=True) as port:
            urls = [f"smtps://127.0.0.1:{inside.port}", f"smtp+starttls://127.0.0.1:{port}"]
            for url in urls:
                error = failure(url)
                assert isinstance(error, ActionNeededError)
                assert "no valid certificate" in str(error)
            assert mailbox.received == []
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            for url in urls:
                send(url)
    finally:
        inside.stop()
    assert len(mailbox.received) == 2


def test_nobody_listening_is_tried_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    error = failure(f"smtp://a:{PASSWORD}@127.0.0.1:{port}")
    assert isinstance(error, RetryLaterError)
    assert "ConnectionRefusedError" in str(error)


@contextmanager
def scripted_server(lines: list[bytes | None]) -> Iterator[int]:
    """Answer each line (or message) with the next of these; None hangs up, and so does the end. QUIT meets silence."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as heard:
                for answer in lines:
                    if answer is None:
                        return
                    connection.sendall(answer)
                    line = heard.readline()
                    if answer.startswith(b"354"):
                        while heard.readline() != b".\r\n":
                            pass
                    if line == b"QUIT\r\n":
                        over.wait(5)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        thread.join(5)


OK = b"250 OK\r\n"
UP_TO_THE_MESSAGE = [b"220 hello\r\n", OK, OK, OK, b"354 go on\r\n"]


@pytest.mark.parametrize(
    "lines",
    [
        [None],
        [b"220 hello\r\n", None],
        [b"421 4.3.2 Too busy\r\n"],
        [*UP_TO_THE_MESSAGE[:3], None],
        [*UP_TO_THE_MESSAGE, None],  # perhaps it was taken: the outcome is unknown
    ],
)
def test_a_server_that_hangs_up_is_tried_again_later(lines: list[bytes | None]) -> None:
    with scripted_server(lines) as port:
        assert isinstance(failure(f"smtp://127.0.0.1:{port}"), RetryLaterError)


def test_a_server_that_turns_us_away_for_good_needs_a_person() -> None:
    with scripted_server([b"554 5.7.1 You are blocked\r\n"]) as port:
        assert isinstance(failure(f"smtp://127.0.0.1:{port}"), ActionNeededError)


def test_a_server_that_does_not_answer_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keystack.mail.smtp.TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert isinstance(failure(f"smtp://127.0.0.1:{silent.getsockname()[1]}"), RetryLaterError)


@pytest.mark.parametrize("after_the_message", [OK, [OK, None], [OK, b"500 what?\r\n"]])
def test_once_the_message_is_taken_nothing_counts_as_a_failure(
    after_the_message: bytes | list[bytes | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keystack.mail.smtp.TIMEOUT", 0.3)
    rest = after_the_message if isinstance(after_the_message, list) else [after_the_message]
    with scripted_server([*UP_TO_THE_MESSAGE, *rest]) as port:
        send(f"smtp://127.0.0.1:{port}")
