"""The charge. Source: Stripe API reference, "The Charge object"; the changelog of 2025-03-31 (it lost its invoice)."""

from dataclasses import dataclass
from typing import Any

from keystack.stripe.models import Amount, Flag, Id, Shape
from keystack.stripe.reading import read


class Charge(Shape):
    id: Id
    payment_intent: Id | None = None
    invoice: Id | None = None


class RefundedCharge(Charge):
    amount: Amount
    amount_captured: Amount | None = None  # since 2020
    amount_refunded: Amount
    captured: Flag | None = None


@dataclass(frozen=True)
class GivenBack:
    """What a charge took (`captured`), and what of that was given back (`amount`), in the smallest currency unit."""

    charge: str
    payment_intent: str | None
    invoice: str | None
    captured: int
    amount: int


def payment_of_charge(subject: dict[str, Any]) -> tuple[str, str | None]:
    """Read a charge's id and its payment intent."""
    charge = read(Charge, subject)
    return charge.id, charge.payment_intent


def given_back(subject: dict[str, Any]) -> GivenBack:
    """Read what was given back: what is refunded less what was never captured, for Stripe counts that as refunded."""
    charge = read(RefundedCharge, subject)
    captured = _captured(charge)
    amount = max(0, charge.amount_refunded - max(0, charge.amount - captured)) if captured else 0
    return GivenBack(charge.id, charge.payment_intent, charge.invoice, captured, amount)


def _captured(charge: RefundedCharge) -> int:
    """Say how much was captured: all of it, where an old version does not say."""
    if charge.captured is False:
        return 0
    return charge.amount if charge.amount_captured is None else charge.amount_captured
