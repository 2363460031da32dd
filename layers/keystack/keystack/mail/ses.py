"""Mail by Amazon SES (API v2, raw messages). Needs the permissions ses:SendEmail and ses:SendRawEmail."""

import base64
from email.message import EmailMessage

from keystack.aws.client import Client, Patience, Service
from keystack.aws.connections import Timeouts
from keystack.aws.errors import NoAnswerError, RefusedError, from_aws, is_busy
from keystack.errors import ActionNeededError, DeploymentError, KeystackError, RetryLaterError
from keystack.mail.addresses import clean_text, customer_address

SES = Service("email", "ses", "application/json")
SEND_EMAIL = "/v2/email/outbound-emails"
# SES answers within a second; a worker has 60 for all that it does. At worst three connections are tried, with up to
# 3 s between them, and one answer is awaited: 17 s. A call whose answer was lost, or is a 5xx, is not made again:
# SES may have sent the mail, and SendEmail has no idempotency token, so each repetition may be one more mail to the
# customer. The queue tries again, later and on record.
PATIENCE = Patience(Timeouts(connect=2, read=8), attempts=3, repeats_lost=False)

SOLVE = "solve that"  # what SES says is in the sentence


class SesTransport:
    def __init__(self) -> None:
        self.client = Client(SES, PATIENCE)

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Send `message`. SES puts a Date and a Message-ID of its own in place of the message's."""
        sender = str(message["From"].addresses[0].addr_spec)
        to = customer_address(recipient, "pass the key on yourself")
        raw = base64.b64encode(message.as_bytes()).decode("ascii")
        request = {"Destination": {"ToAddresses": [to]}, "Content": {"Raw": {"Data": raw}}}
        try:
            self.client.call("SendEmail", request, SEND_EMAIL)
        except RefusedError as error:
            raise _judge(error, sender, to) from None
        except NoAnswerError as error:
            raise RetryLaterError(f"Amazon SES did not answer ({error})") from None


def _judge(error: RefusedError, sender: str, to: str) -> KeystackError:
    code = error.code
    said = clean_text(error.message, 200)
    if is_busy(error):
        return RetryLaterError(f"Amazon SES is busy or over its quota ({code})")
    match code:
        case "MessageRejected" if "not verified" in said and to in said and sender not in said:
            return ActionNeededError(
                f"Amazon SES refused the recipient {to}: this account is still in the SES sandbox",
                "request production access in the SES console, or verify that address",
            )
        case "MessageRejected" if "not verified" in said or "authority" in said:
            return ActionNeededError(
                f"Amazon SES refused the sender {sender}",
                "verify it or its domain as an identity in SES, in this region, or set another `from` in the branding",
            )
        case "MessageRejected":
            return ActionNeededError(f"Amazon SES refused the mail for {to} ({said})", SOLVE)
        case "MailFromDomainNotVerifiedException":
            return ActionNeededError(
                f"Amazon SES refused the sender {sender}: the MX record of its custom MAIL FROM domain is missing",
                "add it in DNS",
            )
        case "AccountSuspendedException" | "SendingPausedException":
            return ActionNeededError(
                "Amazon SES has stopped sending for this account", "see the account dashboard in the SES console"
            )
        case "NotFoundException":
            return ActionNeededError(f"Amazon SES misses something it should use ({said})", "create it")
        case "AccessDeniedException" | "AccessDenied":
            return DeploymentError(
                f"Amazon SES denied SendEmail for the sender {sender} ({code})",
                remedy="allow the function's role ses:SendEmail and ses:SendRawEmail on that identity, in the sandbox "
                "also on the recipient's",
            )
        case "BadRequestException":
            return ActionNeededError(f"Amazon SES refused the mail for {to} ({code}: {said})", SOLVE)
    return from_aws("Amazon SES", sender, error)
