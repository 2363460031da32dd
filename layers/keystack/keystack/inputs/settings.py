"""An organization's settings, and how its mails look."""

from typing import Annotated

from pydantic import Field

from keystack.inputs.base import RequestModel

Text = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=500)]


class BrandingRequest(RequestModel):
    """How mails look. What is left out or null stays; an empty text takes it away."""

    product_name: Text | None = None
    from_: Text | None = Field(None, alias="from", description="The sender's address.", examples=["keys@acme.example"])
    reply_to: Text | None = Field(None, description="The address that answers go to.")
    logo_url: Text | None = Field(None, description="https")
    accent_color: Text | None = Field(None, examples=["#4f46e5"])
    support_url: Text | None = Field(None, description="https")
    footer: Text | None = None

    def with_every_field(self) -> "BrandingRequest":
        """Return a branding that replaces the stored one as a whole: what this one leaves out is taken away."""
        empty = {field.alias or name: "" for name, field in type(self).model_fields.items()}
        return BrandingRequest.model_validate({**empty, **self.model_dump(by_alias=True, exclude_none=True)})


class SettingsRequest(RequestModel):
    """What to change. What is left out or null stays."""

    name: Name | None = None
    freeze_on_partial_refund: bool | None = None
    freeze_on_paused_collection: bool | None = Field(
        None, description="Whether a subscription whose collection is paused freezes its licenses."
    )
    branding: BrandingRequest | None = None
