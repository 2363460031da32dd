"""Amazon SES: what is sent, who must act when it is not, and that a lost answer is not tried again in secret."""

import json
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from email import message_from_string
from email.message import EmailMessage

import boto3
import pytest
from keystack.aws import connections
from keystack.aws.connections import Answer, Timeouts
from keystack.domain.organizations import Branding
from keystack.errors import ActionNeededError, DeploymentError, InvalidInputError, RetryLaterError
from keystack.mail.rendering import LicenseMail, MailedLicense, render_licenses
from keystack.mail.sending import SesTransport, transport_from
from keystack.mail.ses import PATIENCE
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sesv2.models import sesv2_backends
from moto_transport import post_to_moto

KEY = "ACME-7K3QF-0M2XP-9RWTB-4HVZD-6NJEA"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    # Another test's moto may still be on in this process, and then ours begins with what is there.
    sesv2_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].core_backend.reset()


@pytest.fixture
def moto_ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(connections, "post", post_to_moto)
    with mock_aws():
        yield


def a_mail() -> EmailMessage:
    branding = Branding(product_name="Acme Studio", from_address="licenses@acme.example")
    licenses = [MailedLicense(KEY, "Pro", 5, None)]
    return render_licenses(LicenseMail("Acme", branding, "cs_1", True, "ada@example.com", "Ada", licenses, ""))


def refused(code: str, message: str = "", status: int = 400) -> Exception:
    """Send while SES answers with this error; return what our transport makes of it."""
    answer = Answer(status, {"x-amzn-errortype": code}, json.dumps({"message": message}).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "post", lambda *_: answer)
        patch.setattr(time, "sleep", lambda _: None)
        with pytest.raises((RetryLaterError, ActionNeededError)) as raised:
            SesTransport().send(a_mail(), "ada@example.com")
    assert KEY not in "".join(traceback.format_exception(raised.value))
    return raised.value


@pytest.mark.usefixtures("moto_ses")
def test_the_whole_mail_reaches_ses_for_its_one_recipient() -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity="licenses@acme.example")
    transport_from("ses", None).send(a_mail(), "ada@example.com")
    (sent,) = sesv2_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].core_backend.sent_messages
    seen = message_from_string(sent.raw_data)
    assert seen["From"] == "Acme Studio <licenses@acme.example>"
    assert seen["Subject"] == "Your Acme Studio license key"
    assert KEY in sent.raw_data
    assert "ada@example.com" in sent.destinations


@pytest.mark.usefixtures("moto_ses")
def test_an_unverified_sender_is_named_with_what_to_do() -> None:
    with pytest.raises(ActionNeededError) as raised:
        SesTransport().send(a_mail(), "ada@example.com")
    assert str(raised.value) == (
        "Amazon SES refused the sender licenses@acme.example: verify it or its domain as an identity in SES, in this "
        "region, or set another `from` in the branding"
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("TooManyRequestsException", 429),
        ("LimitExceededException", 400),
        ("ThrottlingException", 400),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
        ("Unheard", 502),
    ],
)
def test_a_busy_ses_is_tried_again_later(code: str, status: int) -> None:
    assert type(refused(code, status=status)) is RetryLaterError


@pytest.mark.parametrize(
    ("code", "message", "status", "sentence"),
    [
        (
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
            "Acme Studio <licenses@acme.example>, ada@example.com",
            400,
            r"refused the sender licenses@acme\.example: verify it",
        ),
        (
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
            "ada@example.com",
            400,
            r"refused the recipient ada@example\.com: this account is still in the SES sandbox",
        ),
        ("MessageRejected", "Virus found", 400, r"refused the mail for ada@example\.com \(Virus found\)"),
        ("MailFromDomainNotVerifiedException", "", 400, r"MAIL FROM domain"),
        ("AccountSuspendedException", "", 400, r"stopped sending .* SES console"),
        ("SendingPausedException", "", 400, r"stopped sending .* SES console"),
        ("NotFoundException", "Configuration set x", 404, r"misses something .*Configuration set x.* create it"),
        ("BadRequestException", "Invalid domain", 400, r"BadRequestException: Invalid domain"),
    ],
)
def test_a_refusal_says_who_must_do_what(code: str, message: str, status: int, sentence: str) -> None:
    error = refused(code, message, status)
    assert isinstance(error, ActionNeededError)
    with pytest.raises(ActionNeededError, match=sentence):
        raise error
    assert error.remedy


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("AccessDeniedException", r"sender licenses@acme\.example .*allow the function's role ses:SendEmail"),
        ("UnrecognizedClientException", r"refused SendEmail on licenses@acme\.example .UnrecognizedClientException."),
        ("InvalidSignatureException", r"InvalidSignatureException"),
        ("ExpiredTokenException", r"ExpiredTokenException"),
    ],
)
def test_a_missing_right_is_the_deployments_and_is_tried_again(code: str, sentence: str) -> None:
    error = refused(code, "User: arn:aws:sts::1:assumed-role/x is not authorized", 403)
    assert isinstance(error, DeploymentError)
    with pytest.raises(DeploymentError, match=sentence):
        raise error


def test_without_a_region_a_person_must_act(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)
    with pytest.raises(InvalidInputError, match="AWS_DEFAULT_REGION is not set"):
        SesTransport().send(a_mail(), "ada@example.com")


@pytest.fixture
def ses_that(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes | None], list[bytes]]]:
    """Start a server that reads each request and answers with these bytes (None: never); return what it has read."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []
    still_open: list[socket.socket] = []

    def serve(answer: bytes | None) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            heard.append(connection.recv(65536))
            if answer is None:
                still_open.append(connection)
            else:
                connection.sendall(answer)
                connection.close()

    def start(answer: bytes | None) -> list[bytes]:
        threading.Thread(target=serve, args=(answer,), daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        return heard

    yield start
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for connection in still_open:
        connection.close()


def test_an_answer_that_never_comes_is_not_tried_again_at_once(
    ses_that: Callable[[bytes | None], list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = ses_that(None)
    transport = SesTransport()
    transport.client.patience = PATIENCE._replace(timeouts=Timeouts(1, 0.3))
    with pytest.raises(RetryLaterError, match=r"did not answer .TimeoutError."):
        transport.send(a_mail(), "ada@example.com")
    assert len(heard) == 1


def test_a_connection_lost_before_the_answer_is_not_tried_again_at_once(
    ses_that: Callable[[bytes | None], list[bytes]],
) -> None:
    heard = ses_that(b"")
    with pytest.raises(RetryLaterError, match=r"did not answer .(RemoteDisconnected|ConnectionResetError)."):
        SesTransport().send(a_mail(), "ada@example.com")
    assert len(heard) == 1


def test_an_ses_that_says_it_is_busy_is_asked_twice_more(ses_that: Callable[[bytes | None], list[bytes]]) -> None:
    heard = ses_that(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
    with pytest.raises(RetryLaterError, match="busy"):
        SesTransport().send(a_mail(), "ada@example.com")
    assert len(heard) == PATIENCE.attempts == 3


def test_a_mail_takes_17_seconds_at_most() -> None:
    (connect, read), attempts, repeats_lost = PATIENCE
    waits = sum(2**number for number in range(attempts - 1))
    assert (attempts * connect + waits + read, repeats_lost) == (17, False)


def test_an_ses_that_cannot_be_reached_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    with pytest.raises(RetryLaterError, match=r"did not answer .ConnectionRefusedError."):
        SesTransport().send(a_mail(), "ada@example.com")
