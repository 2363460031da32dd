"""Facts as the API answers them: what became known of an order or a license, in words that stay the same."""

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from keystack.domain.billing import subscription_end
from keystack.domain.disputes import DisputeStatus
from keystack.domain.facts import Disputed, Fact, Facts, FirstInvoice, SubscriptionSeen
from models import ResponseModel, moment
from pydantic import Field


class FactResponse(ResponseModel):
    """What is known. Facts are added; of what changes at Stripe the latest observation counts."""

    id: str
    fact: str = Field(description="Its kind: `paid`, `refunded`, `disputed`, `subscription_deleted` …")
    at: datetime
    detail: dict[str, Any] = Field(description="What belongs to a fact of that kind.")


def fact_responses(facts: Facts) -> list[FactResponse]:
    """List facts, the oldest first."""
    ordered = sorted(facts.values(), key=lambda fact: (fact.at, fact.id))
    return [_fact(each, facts) for each in ordered if not isinstance(each, FirstInvoice)]


def _fact(fact: Fact, facts: Facts) -> FactResponse:
    match fact:
        case Disputed():
            return _dispute(fact)
        case SubscriptionSeen():
            return _subscription(fact, facts)
    kind = re.sub(r"(?<!^)([A-Z])", r"_\1", type(fact).__name__).lower()
    detail = {name: value for name, value in asdict(fact).items() if name != "at"}
    for name in ("until", "paid_until"):
        if detail.get(name) is not None:
            detail[name] = moment(detail[name])
    return FactResponse(id=fact.id, fact=kind, at=moment(fact.at), detail=detail)


def _dispute(fact: Disputed) -> FactResponse:
    kind = "dispute_won" if fact.state.status is DisputeStatus.WON else "disputed"
    detail = {"dispute": fact.dispute, "charge": fact.charge, "status": fact.state.status, "concern": fact.concern}
    return FactResponse(id=fact.id, fact=kind, at=moment(fact.at), detail=detail)


def _subscription(fact: SubscriptionSeen, facts: Facts) -> FactResponse:
    state, end = fact.state, subscription_end(facts)
    if state.has_ended:
        detail = {"subscription": fact.subscription, "expires_at": None if end is None else moment(end)}
        return FactResponse(id=fact.id, fact="subscription_deleted", at=moment(fact.at), detail=detail)
    items = [{"price": item.price, "quantity": item.quantity} for item in state.items]
    seen = {"subscription": fact.subscription, "status": state.status, "items": items}
    return FactResponse(id=fact.id, fact="subscription_seen", at=moment(fact.at), detail=seen)
