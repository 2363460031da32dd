"""`make storm`: purchases, refunds, cancellations at once, out of order and doubled; then each license is judged.

COUNT (100) purchases on a stack of its own. Exits 0 only if every order ended as it must.
"""

import os
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local.console import bad, good, row, say
from local.settings import StartError
from local.stripe.catalogue import catalogue
from local.stripe.shapes import Json, Purchase, canceled_subscription, charge, event, new_purchase, session
from local.tools.child_stack import ChildStack
from local.tools.vendor_view import VendorView

WAIT_SECONDS = 180.0
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
        told = [event("checkout.session.completed", session(self.bought))]
        if "refunded" in self.fate:
            told.append(event("charge.refunded", charge(self.bought, self.bought.amount)))
        if self.fate in {"canceled", "never paid again"}:
            ended = canceled_subscription(self.bought, int(time.time()), payment_failed=self.fate != "canceled")
            told.append(event("customer.subscription.deleted", ended))
        return told


def stories(count: int) -> list[Story]:
    """Make up `count` purchases, their fates evenly spread."""
    prices = {price["id"]: price for price in catalogue()}
    fates = [list(FATES)[number % len(FATES)] for number in range(count)]
    return [
        Story(fate, new_purchase(prices[FATES[fate][0]], f"customer{number}@example.com", 1))
        for number, fate in enumerate(fates)
    ]


def wrong(view: VendorView, story: Story) -> str:
    """Say what is not as it must be with an order, or nothing."""
    _, status, expires = FATES[story.fate]
    licenses = view.licenses(story.bought.order)
    if len(licenses) != 1:
        return f"{len(licenses)} licenses instead of one"
    found = licenses[0]
    if found.status != status or (found.expires_at is not None) != expires:
        return f"{found.status}, expires at {found.expires_at}, instead of {status}"
    created = Counter(entry.action for entry in view.audit(story.bought.order))["order.created"]
    return "" if created == 1 else f"order.created is {created} times in the audit log"


def wrong_effects(view: VendorView, story: Story, mails: Counter[str]) -> str:
    """Say what is not as it must be with mail and metadata: one mail, none needed for a license born without use."""
    sent, always = mails[story.bought.email], story.fate in {"kept", "subscribed"}
    if sent > 1 or (always and sent != 1):
        return f"{sent} mails"
    key = view.metadata(story.bought.customer).get("keystack_license_key", "")
    known = {each.key for each in view.licenses(story.bought.order)}
    return "" if key in known or not (key or always) else f"metadata {key!r}"


def storm(view: VendorView, count: int, seconds: float = WAIT_SECONDS) -> list[str]:
    """Send it all, wait until it has settled; return what went wrong."""
    told = stories(count)
    for story in told:
        view.target.put(story.bought)
    events = [each for story in told for each in story.events()] * 2
    random.shuffle(events)
    started = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as senders:
        answers = Counter(status for status, _ in senders.map(view.target.send, events))
    row("sent", f"{len(events)} events in {time.monotonic() - started:.1f} s, answers {dict(answers)}")
    open_stories, until = list(told), time.monotonic() + seconds
    while open_stories and time.monotonic() < until:
        open_stories = [story for story in open_stories if wrong(view, story)]
        time.sleep(0.2 if open_stories else 0)
    row("settled", f"{len(told) - len(open_stories)} of {len(told)} orders after {time.monotonic() - started:.1f} s")
    failures = _effect_failures(view, told, min(until, time.monotonic() + 30))
    return failures + [f"{each.bought.order} ({each.fate}): {wrong(view, each)}" for each in told if wrong(view, each)]


def _effect_failures(view: VendorView, told: list[Story], until: float) -> list[str]:
    while True:
        mails = Counter(mail["to"] for mail in view.mails(""))
        failures = [
            f"{story.bought.order} ({story.fate}): {reason}"
            for story in told
            if (reason := wrong_effects(view, story, mails))
        ]
        if not failures or time.monotonic() > until:
            return failures
        time.sleep(0.3)


def main() -> int:
    """Run a storm on a stack of its own; 0 if every license is right."""
    stack = ChildStack(Path(tempfile.mkdtemp(prefix="keystack-storm-")))
    count = int(os.environ.get("COUNT") or 100)
    try:
        with stack:
            say(f"{count} purchases with their refunds and cancellations, each event twice, in any order")
            failures = storm(VendorView(stack.state), count)
    except (StartError, OSError) as error:
        failures = [str(error)]
    for failure in failures:
        say(f"  {bad('wrong')} {failure}")
    say(bad(f"{len(failures)} went wrong: see {stack.state_dir}") if failures else good("every license is right"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
