"""`make demo`: purchases, a refund and a cancellation on a stack of its own, start to end; then what a vendor sees."""

import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from local.console import bold, say
from local.settings import StartError
from local.stripe.catalogue import catalogue
from local.stripe.purchases import Json, Purchase, new_purchase
from local.stripe.shapes import charge, event, session
from local.stripe.subscriptions import canceled_subscription
from local.tools import demo_report as report
from local.tools.child_stack import ChildStack
from local.tools.vendor_view import VendorView

WAIT_SECONDS = 20.0
SAVED = Path(".local") / "demo"
Found = TypeVar("Found")


class NotSeenError(Exception):
    """Something that should have happened did not in time."""


def wait_for(what: str, look: Callable[[], Found], seconds: float = WAIT_SECONDS) -> Found:
    """Look until there is something; NotSeenError names it if it does not come."""
    until = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > until:
            raise NotSeenError(f"{what} did not appear within {seconds:.0f} s")
        time.sleep(0.05)
    return found


def send(view: VendorView, kind: str, about: Json) -> None:
    status, answer = view.target.send(event(kind, about))
    if status != 200:
        raise NotSeenError(f"{kind} was answered with {status} {answer}")


def buy(view: VendorView, price: str, email: str) -> Purchase:
    """Buy, and wait for license, mail and metadata."""
    found = next(each for each in catalogue() if each["id"] == price)
    bought = new_purchase(found, email, 1)
    view.target.put(bought)
    say(f"\n{bold(email)} buys {found['nickname']}")
    step = report.Steps()
    send(view, "checkout.session.completed", session(bought))
    step.done("webhook answered")
    wait_for(f"the license of {bought.order}", lambda: view.licenses(bought))
    step.done("license issued")
    wait_for(f"the mail to {email}", lambda: view.mails(email))
    step.done("mail arrived")
    wait_for(f"the metadata of {bought.customer}", lambda: view.metadata(bought.customer).get("keystack_license_key"))
    step.done("Stripe metadata written")
    return bought


def refund(view: VendorView, bought: Purchase) -> None:
    """Give all of it back, and wait until the license is frozen."""
    say(f"\n{bold(bought.email)} gets the money back")
    step = report.Steps()
    send(view, "charge.refunded", charge(bought, bought.amount))
    step.done("webhook answered")
    wait_for("the frozen license", lambda: [each for each in view.licenses(bought) if each.status == "frozen"])
    step.done("license frozen")


def cancel(view: VendorView, bought: Purchase) -> None:
    """Cancel the subscription, and wait until its license has an expiry."""
    say(f"\n{bold(bought.email)} cancels the subscription")
    step = report.Steps()
    send(view, "customer.subscription.deleted", canceled_subscription(bought, int(time.time()), payment_failed=False))
    step.done("webhook answered")
    wait_for("the expiry", lambda: [each for each in view.licenses(bought) if each.expires_at])
    step.done("expiry set to the paid period's end")


def play(view: VendorView) -> None:
    """Run the whole story; NotSeenError at the first thing that does not happen."""
    subscriber = buy(view, "price_pro_monthly", "ada@example.com")
    owner = buy(view, "price_pro_lifetime", "grace@example.com")
    before = {bought.order: view.licenses(bought) for bought in (subscriber, owner)}
    refund(view, owner)
    cancel(view, subscriber)
    for bought, expected in ((owner, "license.frozen"), (subscriber, "license.expiring")):
        wait_for(
            f"{expected} in the audit log",
            lambda bought=bought, expected=expected: any(  # type: ignore[misc]
                entry.action == expected for entry in view.audit(bought)
            ),
        )
    for bought in (subscriber, owner):
        report.vendor_sees(view, bought, before[bought.order], SAVED)


def main() -> int:
    """Play it; 0 only if all of it happened."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    stack = ChildStack(Path(tempfile.mkdtemp(prefix="keystack-demo-")))
    say("Starting a local stack: AWS services, functions, mailbox, a stand-in for Stripe ...")
    try:
        with stack:
            say(f"ready after {time.monotonic() - started:.1f} s on {stack.state['url']}")
            play(VendorView(stack.state))
    except (NotSeenError, StartError, OSError) as error:
        report.failed(str(error), stack.state_dir / "logs", stack.log)
        return 1
    except KeyboardInterrupt:
        return 130
    report.succeeded(time.monotonic() - started)
    return 0


if __name__ == "__main__":
    sys.exit(main())
