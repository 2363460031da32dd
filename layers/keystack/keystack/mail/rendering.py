"""A license mail as the customer sees it: the vendor's look, the keys, HTML and plain text. Sends nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from keystack.domain.organizations import Branding
from keystack.errors import ActionNeededError
from keystack.mail.addresses import (
    clean_text,
    customer_address,
    encoded_address,
    encoded_text,
    looks_like_a_link,
    vendor_address,
)
from keystack.mail.branding import accent_color, safe_url, text_color_on

# Read at import, which only the issuer does: while a function starts, Lambda gives it more of a CPU than later.
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    auto_reload=False,  # the package does not change under a running function
)
_TEXT, _HTML = _TEMPLATES.get_template("licenses.txt"), _TEMPLATES.get_template("licenses.html")

MAX_KEYS_IN_BOXES = 100  # beyond it one plain list: Gmail cuts off HTML over 102 KB, the last keys with it
MAX_FOOTER_LINES = 8

HAND_OVER_YOURSELF = "ask the customer for another one, and pass the key on yourself"
FIX_BRANDING = "set one like licenses@acme.example in the organization's branding"


@dataclass(frozen=True)
class MailedLicense:
    key: str = field(repr=False)  # so that no log line shows it by accident
    plan_name: str
    seats: int
    expires_at: datetime | None


@dataclass(frozen=True)
class LicenseMail:
    """What a license mail is written from: one to some 1,000 licenses, in the order in which they appear in it.

    `default_from` is the sender when the branding names none.
    """

    organization_name: str
    branding: Branding
    order_id: str
    livemode: bool
    recipient: str
    recipient_name: str | None
    licenses: Sequence[MailedLicense]
    default_from: str


@dataclass(frozen=True)
class Terms:
    """What licenses that stand together in the mail have in common."""

    plan_name: str
    details: str


def render_licenses(mail: LicenseMail) -> EmailMessage:
    """Write the mail that brings the licenses to the customer.

    The same input gives the same bytes, Message-ID included; the date is for the sender to add.
    Raises ActionNeededError if an address is missing or is not one plain address.
    """
    branding, licenses = mail.branding, mail.licenses
    sender = _sender(branding.from_address or mail.default_from)
    to = customer_address(mail.recipient, HAND_OVER_YOURSELF)
    organization = clean_text(mail.organization_name, 100)
    product = clean_text(branding.product_name, 100) or organization or sender.partition("@")[2]
    subject = _subject(product, len(licenses))
    name = clean_text(mail.recipient_name or "", 100)

    message = EmailMessage(policy=SMTP.clone(refold_source="none"))  # the raw headers go out as they are
    message.set_raw("From", encoded_address(sender, product, "From"))
    message.set_raw("To", encoded_address(to, name, "To"))
    if branding.reply_to:
        message.set_raw("Reply-To", vendor_address(branding.reply_to, "The reply-to address", FIX_BRANDING))
    message.set_raw("Subject", encoded_text(subject if mail.livemode else f"[TEST] {subject}", "Subject"))
    identity = _identity(mail.order_id, to, licenses)
    message["Message-ID"] = f"<{identity}@{_short_domain(sender)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: answering machines keep quiet
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange

    look = accent_color(branding.accent_color)
    groups = _together(licenses)
    parts = {
        "title": subject,
        "product": product,
        "organization": organization or product,
        "greeting": "Hello," if not name or looks_like_a_link(name) else f"Hello {name},",
        "groups": groups,
        "count": len(licenses),
        "boxes": len(licenses) <= MAX_KEYS_IN_BOXES,
        "preheader": " · ".join(filter(None, next(((t.plan_name, t.details) for t in groups), ()))),
        "livemode": mail.livemode,
        "accent": look,
        "on_accent": text_color_on(look),
        "logo_url": safe_url(branding.logo_url),
        "support_url": safe_url(branding.support_url),
        "takes_replies": bool(branding.reply_to),
        "footer": [clean_text(line, 300) for line in branding.footer.splitlines()[:MAX_FOOTER_LINES]],
    }
    # Quoted-printable is 7-bit and short-lined, so no relay needs to re-encode it.
    message.set_content(_TEXT.render(parts), cte="quoted-printable")
    html = _HTML.render(parts)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{identity}")
    return message


def _sender(address: str) -> str:
    if not address:
        raise ActionNeededError(
            "No sender is set", "set `from` in the organization's branding, or deploy with the parameter MailFrom"
        )
    return vendor_address(address, "The sender", FIX_BRANDING)


def _subject(product: str, count: int) -> str:
    return f"Your {product} license key" if count == 1 else f"Your {count:,} {product} license keys"


def _identity(order_id: str, to: str, licenses: Sequence[MailedLicense]) -> str:
    """Identify this mail. More keys for the same order, after a replay, make another mail, which no server may drop."""
    content = "\0".join([order_id, to, *(each.key for each in licenses)])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _short_domain(sender: str) -> str:
    domain = sender.rpartition("@")[2]
    return domain if len(domain) <= 30 else "keystack.invalid"  # a folded Message-ID is a broken one


def _together(licenses: Sequence[MailedLicense]) -> dict[Terms, list[str]]:
    groups: dict[Terms, list[str]] = {}
    for each in licenses:
        terms = Terms(clean_text(each.plan_name, 100), _details(each.seats, each.expires_at))
        groups.setdefault(terms, []).append(each.key)
    return groups


def _details(seats: int, expires_at: datetime | None) -> str:
    said = "1 seat" if seats == 1 else f"{seats:,} seats"
    if expires_at is None:
        return said
    day = expires_at.astimezone(UTC)
    return f"{said} · valid until {day.day} {day:%B} {day.year}"
