"""Mail by Amazon SES (API v2, raw messages). Needs the permissions ses:SendEmail and ses:SendRawEmail."""

from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from keystack.errors import ActionNeededError, DeploymentError, KeystackError, RetryLaterError
from keystack.mail.addresses import clean_text, customer_address

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_sesv2 import SESV2Client

# Seconds. SES answers within one; a worker has 60 for all that it does. At worst three connections are tried, with
# up to 3 s of botocore's back-off between them, and one answer is awaited: 17.
CONNECT_TIMEOUT = 2
READ_TIMEOUT = 8
ATTEMPTS = 3

SOLVE = "solve that"  # what SES says is in the sentence


class SesTransport:
    def __init__(self, client: "SESV2Client | None" = None) -> None:
        self._client = client

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Send `message`. SES puts a Date and a Message-ID of its own in place of the message's."""
        from botocore import exceptions

        sender = str(message["From"].addresses[0].addr_spec)
        to = customer_address(recipient, "pass the key on yourself")
        try:
            client = self._client = self._client or ses_client()
            client.send_email(Destination={"ToAddresses": [to]}, Content={"Raw": {"Data": message.as_bytes()}})
        except exceptions.ClientError as error:
            raise _judge(error, sender, to) from None
        except (
            exceptions.ConnectionError,
            exceptions.HTTPClientError,
            exceptions.CredentialRetrievalError,
            exceptions.MetadataRetrievalError,
        ) as error:
            raise RetryLaterError(f"Amazon SES did not answer ({type(error).__name__})") from None
        except exceptions.BotoCoreError as error:
            raise ActionNeededError(
                f"Amazon SES could not be called ({type(error).__name__})",
                "check the function's region, role and AWS_ENDPOINT_URL",
            ) from None


def ses_client() -> "SESV2Client":
    """Make a client that answers soon and repeats only what SES has surely not taken."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    )
    client = boto3.client("sesv2", config=config)
    client.meta.events.register_first("needs-retry.sesv2.SendEmail", _give_up_when_outcome_is_unknown)
    return client


def _give_up_when_outcome_is_unknown(caught_exception: Exception | None = None, **_: Any) -> None:
    """Stop botocore's retries after a lost answer.

    SES may have sent the mail, and SendEmail has no idempotency token, so each retry may be one more mail to the
    customer. The queue tries again, later and on record; botocore would do so twice at once, unseen.
    """
    from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

    if isinstance(caught_exception, (ReadTimeoutError, ConnectionClosedError)):
        raise caught_exception


def _judge(error: "ClientError", sender: str, to: str) -> KeystackError:
    from keystack.aws_errors import error_code, from_aws, is_busy

    code = error_code(error)
    said = clean_text(error.response.get("Error", {}).get("Message", ""), 200)
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
