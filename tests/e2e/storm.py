"""Purchases, refunds and cancellations at once, out of order and doubled; then each order is judged."""

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from local.stripe.catalogue import catalogue
from local.stripe.purchases import Json, Purchase, new_purchase
from local.stripe.shapes import charge, event, session
from local.stripe.subscriptions import MONTH, canceled_subscription
from local.tools.vendor_view import VendorView

SENDERS = 16

# fate -> (price, status at the end, whether it expires)
FATES = {
    "kept": ("price_pro_lifetime", "active", False),
    "refunded": ("price_pro_lifetime", "frozen", False),
    "subscribed": ("price_pro_monthly", "active", False),
    "subscription refunded": ("price_pro_monthly", "frozen", False),
    "canceled": ("price_pro_monthly", "active", True),
    "never paid again": ("price_pro_monthly", "expired", True),
}


@dataclass(frozen=True)
class Story:
    fate: str
    bought: Purchase

    def events(self) -> list[Json]:
        """Return what Stripe sends about it, in the order of happening."""
        sent = [event("checkout.session.completed", session(self.bought))]
        if "refunded" in self.fate:
            sent.append(event("charge.refunded", charge(self.bought, self.bought.amount)))
        if self.fate in {"canceled", "never paid again"}:
            ended = canceled_subscription(self.bought, int(time.time()), payment_failed=self.fate != "canceled")
            sent.append(event("customer.subscription.deleted", ended))
        return sent


def stories(count: int) -> list[Story]:
    """Make up `count` purchases, their fates evenly spread."""
    prices = {price["id"]: price for price in catalogue()}
    fates = [list(FATES)[number % len(FATES)] for number in range(count)]
    return [Story(fate, _purchase(prices[FATES[fate][0]], number, fate)) for number, fate in enumerate(fates)]


def _purchase(price: Json, number: int, fate: str) -> Purchase:
    """Make one up; what is never paid again was bought a month ago, so that nothing is paid any more."""
    age = MONTH if fate == "never paid again" else 0
    return new_purchase(price, f"customer{number}@example.com", 1, int(time.time()) - age)


def wrong(view: VendorView, story: Story) -> str:
    """Say what is not as it must be with an order, or nothing."""
    _, status, expires = FATES[story.fate]
    licenses = view.licenses(story.bought)
    if len(licenses) != 1:
        return f"{len(licenses)} licenses instead of one"
    found = licenses[0]
    if found.status != status or (found.expires_at is not None) != expires:
        return f"{found.status}, expires at {found.expires_at}, instead of {status}"
    created = Counter(entry.action for entry in view.audit(story.bought))["order.created"]
    return "" if created == 1 else f"order.created is {created} times in the audit log"


def wrong_effects(view: VendorView, story: Story, mails: Counter[str]) -> str:
    """Say what is not as it must be with mail and metadata: one mail, none needed for a license born without use."""
    sent, always = mails[story.bought.email], story.fate in {"kept", "subscribed"}
    if sent > 1 or (always and sent != 1):
        return f"{sent} mails"
    key = view.metadata(story.bought.customer).get("keystack_license_key", "")
    known = {each.key for each in view.licenses(story.bought)}
    return "" if key in known or not (key or always) else f"metadata {key!r}"


def storm(view: VendorView, count: int, seconds: float) -> list[str]:
    """Send it all, wait until it has settled; return what went wrong."""
    purchases = stories(count)
    for story in purchases:
        assert view.target.put(story.bought)
    events = [each for story in purchases for each in story.events()] * 2
    random.shuffle(events)
    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(view.target.send, events))
    until = time.monotonic() + seconds
    unsettled = purchases
    while (unsettled := [story for story in unsettled if wrong(view, story)]) and time.monotonic() < until:
        time.sleep(0.2)
    while (failures := _effect_failures(view, purchases)) and time.monotonic() < until:
        time.sleep(0.3)
    return failures + _failures(purchases, lambda story: wrong(view, story))


def _effect_failures(view: VendorView, purchases: list[Story]) -> list[str]:
    mails = Counter(mail["to"] for mail in view.mails(""))
    return _failures(purchases, lambda story: wrong_effects(view, story, mails))


def _failures(purchases: list[Story], judge: Callable[[Story], str]) -> list[str]:
    return [f"{story.bought.order} ({story.fate}): {reason}" for story in purchases if (reason := judge(story))]
