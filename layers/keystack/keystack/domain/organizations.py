"""An organization: a vendor, its settings and the look of its mails. Pure; knows no storage and no wire format."""

from dataclasses import dataclass


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
    freeze_on_paused_collection: bool = False
    branding: Branding = Branding()
