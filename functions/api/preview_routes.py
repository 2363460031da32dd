"""Preview: what a purchase would mint, to try mappings before a customer does."""

import time

from keystack.domain.plans import Line, Settled, Unsettled
from keystack.errors import InvalidInputError
from keystack.inputs.catalogue import PreviewRequest
from keystack.management.preview import Preview, preview_lines, preview_session
from models import ResponseModel
from pydantic import Field
from routing import Routes, Scope

routes = Routes("Mappings")


class AwardResponse(ResponseModel):
    plan: str
    count: int = Field(description="How many licenses.")
    seats: int = Field(description="Of each license.")


class PreviewLineResponse(ResponseModel):
    id: str | None = Field(description="Stripe's id of the line item; null if it was made up.")
    price: str | None
    product: str | None
    quantity: int
    minted: bool = Field(description="It has its licenses already, and keeps what it earned.")
    awards: list[AwardResponse] = Field(description="None, and no reason: not licensed, on purpose.")
    reason: str | None = Field(description="Why it would wait, and what to do.")


class PreviewResponse(ResponseModel):
    lines: list[PreviewLineResponse]
    licenses: int = Field(description="How many in all.")
    reason: str | None = Field(description="Why nothing at all would be minted, if so.")


@routes.post("/v1/mappings/preview", Scope.READ)
def preview_mappings(body: PreviewRequest) -> PreviewResponse:
    """Show what a Checkout Session or a made-up cart would mint, without minting."""
    org, now = routes.caller.org, int(time.time())
    if (body.checkout_session is None) == (body.line_items is None):
        raise InvalidInputError("send either checkout_session or line_items: exactly one of the two")
    if body.checkout_session is not None:
        return to_response(preview_session(org, body.checkout_session, now), made_up=False)
    given = enumerate(body.line_items or [], 1)
    lines = [Line(f"line {place}", each.price, each.product, each.quantity, is_ad_hoc=False) for place, each in given]
    return to_response(preview_lines(org, lines, now), made_up=True)


def to_response(preview: Preview, made_up: bool) -> PreviewResponse:
    return PreviewResponse(
        lines=[_line(result, result.line.id in preview.minted, made_up) for result in preview.lines],
        licenses=sum(result.license_count for result in preview.lines if isinstance(result, Settled)),
        reason=preview.reason or None,
    )


def _line(result: Settled | Unsettled, minted: bool, made_up: bool) -> PreviewLineResponse:
    line = result.line
    awards = result.awards if isinstance(result, Settled) else ()
    return PreviewLineResponse(
        id=None if made_up else line.id,
        price=line.price,
        product=line.product,
        quantity=line.quantity,
        minted=minted,
        awards=[AwardResponse(plan=award.plan, count=award.count, seats=award.seats) for award in awards],
        reason=result.reason if isinstance(result, Unsettled) else None,
    )
