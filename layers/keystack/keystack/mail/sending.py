"""How a mail leaves: SMTP or Amazon SES. Knows nothing of licenses; says who must act when a mail is not accepted."""

from email.message import EmailMessage
from typing import Protocol

from keystack.errors import ActionNeededError
from keystack.mail.ses import SesTransport
from keystack.mail.smtp import SmtpTransport


class MailTransport(Protocol):
    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand `message` over for `recipient`, once.

        Raises RetryLaterError if trying again may succeed, ActionNeededError if not before a person has acted.
        """


def transport_from(kind: str, smtp_url: str | None) -> MailTransport:
    """Choose the transport that the deployment names: `ses`, or `smtp` with its URL. Connects to nothing yet."""
    if kind == "ses":
        return SesTransport()
    if kind == "smtp":
        if not smtp_url:
            raise ActionNeededError(
                "Mail goes by SMTP, but no server is named", "store its URL in the secret /keystack/{stage}/smtp-url"
            )
        return SmtpTransport(smtp_url)
    raise ActionNeededError(f'"{kind[:20]}" is no way to send mail', "deploy with MailTransport=ses or smtp")


__all__ = ["MailTransport", "SesTransport", "SmtpTransport", "transport_from"]
