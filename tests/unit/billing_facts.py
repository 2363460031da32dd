"""What a subscription, a dispute and a renewal were seen to be: facts for tests, which say only what they are about."""

from typing import Any

from keystack.domain.disputes import DisputeState, DisputeStatus
from keystack.domain.facts import Concern, Disputed, PeriodPaid, Refunded, SubscriptionSeen
from keystack.domain.subscriptions import Item, SubscriptionState, SubscriptionStatus


def item(identity: str = "si_1", price: str = "price_month", quantity: int = 1, end: int = 0) -> Item:
    """`end`: of its current period."""
    return Item(identity, price, None, quantity, end)


def state(status: str = "active", *items: Item, **more: Any) -> SubscriptionState:
    return SubscriptionState(SubscriptionStatus(status), items, **more)


def seen(status: str, at: int, *items: Item, answer: int = 0, **more: Any) -> SubscriptionSeen:
    """The subscription as an event's snapshot or, with `answer`, an answer of Stripe's showed it."""
    return SubscriptionSeen("sub_1", at, answer, (state(status, *items, **{"since": at, **more}),))


def ended(end: int, at: int, *items: Item, **more: Any) -> SubscriptionSeen:
    """It ended at `end`. That its latest invoice is paid was asked: nothing else is believed."""
    return seen("canceled", at, *items, **{"ends": end, "latest_is_paid": True, **more})


def paid_until(until: int, identity: str = "si_1", invoice: str = "in_1", at: int = 1) -> PeriodPaid:
    return PeriodPaid(identity, until, invoice, at)


def renewal_refunded(until: int | None, amount: int = 100, at: int = 1, **more: Any) -> Refunded:
    """What paid the renewal up to `until` was given back, all of the 100 that it took or less."""
    whole = amount >= 100
    told: dict[str, Any] = {"full": whole, "freezes": whole, "invoice": "in_2", "paid": 100, "paid_until": until}
    return Refunded("ch_2", amount, at=at, **{"concern": Concern.SUBSCRIPTION, **told, **more})


def disputed(status: str, at: int, dispute: str = "dp_1", charge: str = "ch_1", **more: Any) -> Disputed:
    return Disputed(dispute, charge, at, states=(DisputeState(DisputeStatus(status), since=at),), **more)


def took_money(status: str, at: int, took: bool = True, reinstated: bool = False) -> Disputed:
    """A dispute with what its balance transactions say."""
    found = DisputeState(DisputeStatus(status), took_money=took, reinstated=reinstated, since=at)
    return Disputed("dp_1", "ch_1", at, states=(found,))
