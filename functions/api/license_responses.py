"""Licenses and orders as the API answers them."""

from datetime import datetime
from typing import Any

from billing_responses import BillingResponse, billing_response
from fact_responses import FactResponse, fact_responses
from keystack.domain.billing import billing
from keystack.domain.effects import Effect, EffectState
from keystack.domain.holds import Hold, HoldKind
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.status import Status, expires_at, license_billing, license_holds, license_status
from keystack.storage.licenses.licenses import FoundLicense
from models import ResponseModel, moment
from pydantic import Field


class HoldResponse(ResponseModel):
    """Why a license is frozen."""

    id: str
    kind: HoldKind
    reason: str
    since: datetime


class EffectResponse(ResponseModel):
    state: EffectState
    reason: str = Field(description="Why it was skipped, failed or waits; else empty.")
    at: datetime | None


class StripeIds(ResponseModel):
    """What the order is at Stripe."""

    checkout_session: str | None
    payment_intent: str | None
    subscription: str | None
    invoice: str | None
    customer: str | None


class OrderResponse(ResponseModel):
    id: str
    livemode: bool
    created_at: datetime
    email: str | None
    name: str | None
    customer: str = Field(description="One per e-mail address and mode.")
    metadata: dict[str, str]
    stripe: StripeIds
    amount_total: int | None = Field(description="As the Checkout Session says, in the currency's smallest unit.")
    currency: str | None = Field(description="Three letters; null, as the amount, where no Checkout Session says it.")
    billing: BillingResponse | None
    facts: list[FactResponse] = Field(description="All its licenses share them. The oldest first.")
    effects: dict[str, EffectResponse] = Field(description="`email` and `metadata` (of the Stripe Customer).")


class LicenseFields(ResponseModel):
    id: str
    key: str
    plan: str
    status: Status
    seats: int
    expires_at: datetime | None
    created_at: datetime
    livemode: bool
    billing: BillingResponse | None
    holds: list[HoldResponse] = Field(description="The open ones, the oldest first.")


class LicenseResponse(LicenseFields):
    entitlements: dict[str, Any] | None = Field(description="Of the plan as it is now; null if it is gone.")
    facts: list[FactResponse] = Field(description="About this license alone.")
    order: OrderResponse


def license_fields(order: Order, license: License, now: int) -> LicenseFields:
    end = expires_at(order, license)
    return LicenseFields(
        id=license.id,
        key=license.key,
        plan=license.plan,
        status=license_status(order, license, now),
        seats=license.seats,
        expires_at=None if end is None else moment(end),
        created_at=moment(license.created_at),
        livemode=order.livemode,
        billing=billing_response(license_billing(order, license)),
        holds=[_hold(each) for each in license_holds(order, license)],
    )


def license_response(found: FoundLicense, entitlements: dict[str, Any] | None, now: int) -> LicenseResponse:
    return LicenseResponse(
        **dict(license_fields(found.order, found.license, now)),
        entitlements=entitlements,
        facts=fact_responses(found.license.facts),
        order=order_response(found.order),
    )


def order_response(order: Order) -> OrderResponse:
    return OrderResponse(
        id=order.id,
        livemode=order.livemode,
        created_at=moment(order.created_at),
        email=order.email,
        name=order.name,
        customer=order.customer,
        metadata=dict(order.metadata),
        stripe=StripeIds(
            checkout_session=order.id if order.id.startswith("cs_") else None,
            payment_intent=order.payment_intent,
            subscription=order.subscription,
            invoice=order.invoice,
            customer=order.stripe_customer,
        ),
        amount_total=order.amount_total,
        currency=order.currency,
        billing=billing_response(billing(order.facts)),
        facts=fact_responses(order.facts),
        effects={name: _effect(each) for name, each in order.effects.items()},
    )


def _hold(hold: Hold) -> HoldResponse:
    return HoldResponse(id=hold.id, kind=hold.kind, reason=hold.reason, since=moment(hold.since))


def _effect(effect: Effect) -> EffectResponse:
    return EffectResponse(state=effect.state, reason=effect.reason, at=None if effect.at is None else moment(effect.at))
