"""The mail as it will look, by the renderer of the real ones: on a page, and as a test mail to whoever asks for one."""

from contextlib import suppress
from dataclasses import dataclass, replace
from email.message import EmailMessage
from uuid import uuid4

from keystack.domain.audit import Action, configuration_entry
from keystack.domain.organizations import Branding, Organization
from keystack.domain.plans import Plan
from keystack.errors import ActionNeededError, InvalidFieldsError, KeystackError
from keystack.inputs.settings import BrandingRequest
from keystack.mail.addresses import encoded_text, plain_address, vendor_address
from keystack.management.settings import BRANDING
from keystack.storage import dynamodb, secrets
from keystack.storage.audit.entries import put_entries
from keystack.storage.mappings.plans import list_plans

CUSTOMER = ("customer@example.com", "Ada Lovelace")
SAMPLE_KEY = "SAMPL-ESAMP-LESAM-PLESA-MPLE0"  # behind the plan's prefix; no key has an L
SAMPLE_PLAN = Plan("pro", "Pro")  # where an organization has no plan yet
NO_SENDER = "licenses@example.com"  # shown where no sender is set; nothing is sent so
TEST_MARK = "[Test mail]"


@dataclass(frozen=True)
class MailSettings:
    """What the deployment says of mail: `transport` is `ses` or `smtp`; `default_from` may be empty."""

    transport: str
    default_from: str


@dataclass(frozen=True)
class SampleMail:
    sender: str
    subject: str
    html: str
    text: str


def render_sample(organization: Organization, typed: BrandingRequest | None, default_from: str) -> SampleMail:
    """Show the mail for a sample order, with the stored branding and over it what somebody is just typing.

    What is typed may be unfinished: what no mail could use is left out, as the mail would.
    """
    look = _with_typed(organization.branding, typed)
    look = replace(
        look,
        from_address=_usable(look.from_address) or _usable(default_from) or NO_SENDER,
        reply_to=_usable(look.reply_to),
    )
    message = _render(replace(organization, branding=look), *CUSTOMER, default_from)
    return SampleMail(
        str(message["From"]), str(message["Subject"]), _part_of(message, "html"), _part_of(message, "plain")
    )


def send_test_mail(organization: Organization, to: str, settings: MailSettings, by: str) -> None:
    """Send a sample with the stored branding to `to`, which the audit log notes first.

    Raises InvalidFieldsError for what is no address, ActionNeededError when somebody must set something right, and
    RetryLaterError when the mail server is busy.
    """
    try:
        address = plain_address(to, "this address", "write it like you@example.com")
    except ActionNeededError as error:
        raise InvalidFieldsError({"to": str(error)}) from None
    message = _render(organization, address, "", settings.default_from)
    subject = encoded_text(f"{TEST_MARK} {message['Subject']}", "Subject")
    del message["Subject"]
    message.set_raw("Subject", subject)
    entry = configuration_entry(Action.EMAIL_TESTED, "test", uuid4().hex, {"to": address, "by": by})
    dynamodb.write(put_entries(organization.slug, [entry], by))
    _send(message, address, settings.transport)


def _render(organization: Organization, to: str, name: str, default_from: str) -> EmailMessage:
    from keystack.mail.rendering import LicenseMail, MailedLicense, render_licenses  # it reads its templates

    plan = _plan_of(organization.slug)
    license = MailedLicense(f"{plan.key_prefix}-{SAMPLE_KEY}", plan.name, plan.seats, None)
    sample = LicenseMail(
        organization_name=organization.name,
        branding=organization.branding,
        order_id=uuid4().hex,  # so that a mail server takes the next test for another mail
        livemode=True,
        recipient=to,
        recipient_name=name,
        licenses=[license],
        default_from=default_from,
    )
    return render_licenses(sample)


def _send(message: EmailMessage, to: str, transport: str) -> None:
    """Send as the issuer does; an SMTP URL that was replaced since it was read is read afresh."""
    from keystack.fulfillment.current_secret import with_current_secret  # what only a mail that is sent needs
    from keystack.mail.sending import transport_from

    if transport != "smtp":
        return transport_from(transport, None).send(message, to)
    return with_current_secret(
        lambda: transport_from(transport, secrets.smtp_url()).send(message, to), secrets.smtp_url_has_changed
    )


def _plan_of(org: str) -> Plan:
    """Choose a plan of the organization; a preview is no reason to fail for the want of one."""
    with suppress(KeystackError):
        for plan in list_plans(org, 1).items:
            return plan
    return SAMPLE_PLAN


def _with_typed(stored: Branding, typed: BrandingRequest | None) -> Branding:
    given = typed.model_dump(by_alias=True, exclude_none=True) if typed else {}
    return replace(stored, **{BRANDING[name]: value for name, value in given.items()})


def _usable(address: str) -> str:
    try:
        vendor_address(address, "", "")
    except ActionNeededError:
        return ""
    return address


def _part_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
