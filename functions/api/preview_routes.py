"""Preview: what a purchase would mint, to try mappings before a customer does."""

import time
from typing import Annotated

from keystack.domain.plans import MAX_SEATS, Line, Settled, Unsettled
from keystack.errors import InvalidInputError
from keystack.management.preview import Preview, preview_lines, preview_session
from models import Answered, Asked
from pydantic import Field, StringConstraints
from routing import READ, Routes

routes = Routes("Mappings")

StripeId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_.-]{1,255}$")]


class LineItem(Asked):
    """A line of a cart that is made up."""

    price: StripeId | None = Field(None, examples=["price_1PgafmB7WZ01zgkW6dKueIc5"])
    product: StripeId | None = Field(None, description="Of that price; its mapping holds if the price has none.")
    quantity: int = Field(1, ge=0, le=MAX_SEATS)


class PreviewBody(Asked):
    """Exactly one of the two."""

    checkout_session: Annotated[str, StringConstraints(pattern="^cs_(test|live)_[A-Za-z0-9_]{1,240}$")] | None = Field(
        None, description="A Checkout Session, paid or not; Stripe is asked what is in it."
    )
    line_items: list[LineItem] | None = Field(None, min_length=1, max_length=100)


class AwardAnswer(Answered):
    plan: str
    count: int = Field(description="How many licenses.")
    seats: int = Field(description="Of each license.")


class PreviewLine(Answered):
    id: str | None = Field(description="Stripe's id of the line item; null if it was made up.")
    price: str | None
    product: str | None
    quantity: int
    minted: bool = Field(description="It has its licenses already, and keeps what it earned.")
    awards: list[AwardAnswer] = Field(description="None, and no reason: not licensed, on purpose.")
    reason: str | None = Field(description="Why it would wait, and what to do.")


class PreviewAnswer(Answered):
    lines: list[PreviewLine]
    licenses: int = Field(description="How many in all.")
    reason: str | None = Field(description="Why nothing at all would be minted, if so.")


@routes.post("/v1/mappings/preview", READ)
def preview_mappings(body: PreviewBody) -> PreviewAnswer:
    """Show what a Checkout Session or a made-up cart would mint, without minting."""
    org, now = routes.caller.org, int(time.time())
    if (body.checkout_session is None) == (body.line_items is None):
        raise InvalidInputError("send either checkout_session or line_items: exactly one of the two")
    if body.checkout_session is not None:
        return _told(preview_session(org, body.checkout_session, now), made_up=False)
    given = enumerate(body.line_items or [], 1)
    lines = [Line(f"line {place}", each.price, each.product, each.quantity) for place, each in given]
    return _told(preview_lines(org, lines, now), made_up=True)


def _told(preview: Preview, made_up: bool) -> PreviewAnswer:
    return PreviewAnswer(
        lines=[_line(result, result.line.id in preview.minted, made_up) for result in preview.lines],
        licenses=sum(result.license_count for result in preview.lines if isinstance(result, Settled)),
        reason=preview.reason or None,
    )


def _line(result: Settled | Unsettled, minted: bool, made_up: bool) -> PreviewLine:
    line = result.line
    awards = result.awards if isinstance(result, Settled) else ()
    return PreviewLine(
        id=None if made_up else line.id,
        price=line.price,
        product=line.product,
        quantity=line.quantity,
        minted=minted,
        awards=[AwardAnswer(plan=award.plan, count=award.count, seats=award.seats) for award in awards],
        reason=result.reason if isinstance(result, Unsettled) else None,
    )
