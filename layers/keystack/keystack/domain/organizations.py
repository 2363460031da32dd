"""An organization: a vendor, its settings and the look of its mails. Pure; knows no storage and no wire format."""

import re
from dataclasses import dataclass

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")


def is_slug(text: str) -> bool:
    """Tell whether `text` may name an organization: 3 to 40 of a-z, 0-9 and inner hyphens."""
    return SLUG.fullmatch(text) is not None


@dataclass(frozen=True)
class Branding:
    """How the vendor's mails look; an empty string means "not set"."""

    product_name: str = ""
    from_address: str = ""
    reply_to: str = ""
    logo_url: str = ""
    accent_color: str = ""
    support_url: str = ""
    footer: str = ""


@dataclass(frozen=True)
class Organization:
    slug: str
    name: str
    freeze_on_partial_refund: bool = False
    branding: Branding = Branding()
