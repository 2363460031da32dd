"""Mail by SMTP, one connection a message. No error shows the URL, its password or what the mail says."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Self
from urllib.parse import unquote, urlsplit

from keystack.errors import ActionNeededError, KeystackError, RetryLaterError
from keystack.mail.addresses import clean_text, customer_address

TIMEOUT = 10  # seconds for each answer; a mail server that needs longer is better tried later
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_OWN_MACHINE = {"127.0.0.1", "localhost", "::1"}
_KEY = re.compile(r"\w+(?:-[0-9A-Z]{5}){3,}")

_FORM = "smtp://host:port, smtps://user:password@host or smtp+starttls://user:password@host"


@dataclass(frozen=True)
class MailServer:
    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `smtp://`, `smtps://` or `smtp+starttls://[user:password@]host[:port]`, both percent-encoded."""
        try:
            parts = urlsplit(url.strip())
            port = parts.port or _PORTS[parts.scheme]
        except (ValueError, KeyError):
            raise ActionNeededError(f"The SMTP URL is not of the form {_FORM}", "correct it") from None
        server = cls(
            parts.scheme, parts.hostname or "", port, unquote(parts.username or ""), unquote(parts.password or "")
        )
        if not server.host or parts.path.strip("/") or parts.query or parts.fragment:
            raise ActionNeededError(
                f"The SMTP URL is not of the form {_FORM} (write / ? # @ : in a password as %2F %3F %23 %40 %3A)",
                "correct it",
            )
        if not (server.user + server.password).isascii():  # smtplib can send no other
            raise ActionNeededError("The user or password in the SMTP URL is not ASCII", "set another")
        if server.password and server.scheme == "smtp" and server.host not in _OWN_MACHINE:
            raise ActionNeededError(
                "The SMTP URL would send its password unencrypted",
                "write smtp+starttls:// (port 587) or smtps:// (port 465)",
            )
        return server

    def connect(self, own_name: str) -> smtplib.SMTP:
        # Without a name of its own, smtplib would ask DNS for one, which may take seconds in a VPC.
        if self.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, own_name, timeout=TIMEOUT, context=context)
        connection = smtplib.SMTP(self.host, self.port, own_name, timeout=TIMEOUT)
        if self.scheme == "smtp+starttls":
            try:
                connection.starttls(context=ssl.create_default_context())
            except BaseException:
                connection.close()
                raise
        return connection


class SmtpTransport:
    def __init__(self, url: str) -> None:
        self._server = MailServer.from_url(url)

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Send `message`. Once the server has accepted it, a failure to close the connection is no error."""
        sender = str(message["From"].addresses[0].addr_spec)
        to = customer_address(recipient, "pass the key on yourself")
        if "Date" not in message:
            message["Date"] = datetime.now(UTC)
        try:
            connection = self._server.connect(sender.rpartition("@")[2])
            try:
                if self._server.user:
                    connection.login(self._server.user, self._server.password)
                connection.sendmail(sender, [to], message.as_bytes())
                with suppress(smtplib.SMTPException, OSError):
                    connection.quit()
            finally:
                connection.close()
        except (smtplib.SMTPException, OSError) as error:
            # `from None`: the chain would carry the server's words, and smtplib's arguments, into the logs.
            raise _judge(error, self._server, sender, to) from None


def _judge(error: Exception, server: MailServer, sender: str, to: str) -> KeystackError:
    """Say whether to try again or who must do what, from RFC 5321's codes: 4xx for now, 5xx for good."""
    where = f"The mail server {server.host}:{server.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return ActionNeededError(f"{where} has no valid certificate", "install one, or name another server")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return ActionNeededError(
            f"{where} does not offer what the SMTP URL asks for (STARTTLS, or a password)",
            "try smtps:// or another port",
        )
    reply: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, reply = error.smtp_code, error.smtp_error
    elif _was_cut_off(error):
        return RetryLaterError(f"{where} did not answer or hung up ({type(error).__name__})")
    else:
        return ActionNeededError(
            f"{where} does not speak the protocol of the SMTP URL ({type(error).__name__})",
            "check its scheme and port",
        )
    said = f"({code} {_without_secrets(reply)})"
    if not 500 <= code <= 599:
        return RetryLaterError(f"{where} did not take the mail for {to} yet {said}")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return ActionNeededError(f"{where} refused user and password ({code})", "correct the SMTP URL")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return ActionNeededError(
            f"{where} refused the recipient {to} {said}",
            "ask the customer for another address and pass the key on yourself, or have the server accept this one",
        )
    if isinstance(error, smtplib.SMTPSenderRefused):
        return ActionNeededError(
            f"{where} refused the sender {sender} {said}", "allow it there, or set another `from` in the branding"
        )
    return ActionNeededError(f"{where} refused the mail for {to} {said}", "solve that")


def _was_cut_off(error: Exception) -> bool:
    if isinstance(error, ssl.SSLError):
        return error.reason != "WRONG_VERSION_NUMBER"  # a server that speaks no TLS here will not tomorrow
    # smtplib's own errors are OSErrors too
    return isinstance(error, smtplib.SMTPServerDisconnected) or not isinstance(error, smtplib.SMTPException)


def _without_secrets(reply: bytes | str) -> str:
    """Shorten what the server said, and take out any key that it quoted."""
    text = reply.decode("ascii", "replace") if isinstance(reply, bytes) else reply
    return clean_text(_KEY.sub("…", text), 160)
