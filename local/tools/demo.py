"""`make demo`: purchases, an upgrade, a refund and a cancellation on a stack of its own; then what a vendor sees."""

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
from local.stripe.payment_steps import left_to_refund, refunded
from local.stripe.purchases import Json, Purchase, new_purchase
from local.stripe.sales import Sale, Step, new_sale
from local.stripe.shapes import event, session
from local.stripe.subscription_steps import changed, ended
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


def price_named(name: str) -> Json:
    return next(each for each in catalogue() if each["id"] == name)


def happen(view: VendorView, step: Step) -> Sale:
    """Let Stripe have it so, and tell it; return the sale as it is then."""
    for told in step.events:
        status, answer = view.target.send(told)
        if status != 200:
            raise NotSeenError(f"{told['type']} was answered with {status} {answer}")
    return step.sale


def buy(view: VendorView, price: str, email: str) -> Sale:
    """Buy, and wait for license, mail and metadata."""
    found = price_named(price)
    bought = new_purchase(found, email, 1)
    view.target.put(bought)
    say(f"\n{bold(email)} buys {found['nickname']}")
    step = report.Steps()
    sale = happen(view, Step(new_sale(bought), (event("checkout.session.completed", session(bought)),)))
    step.done("webhook answered")
    wait_for(f"the license of {bought.order}", lambda: view.licenses(bought))
    step.done("license issued")
    wait_for(f"the mail to {email}", lambda: view.mails(email))
    step.done("mail arrived")
    wait_for(f"the metadata of {bought.customer}", lambda: view.metadata(bought.customer).get("keystack_license_key"))
    step.done("Stripe metadata written")
    return sale


def upgrade(view: VendorView, sale: Sale, price: str, seats: int) -> Sale:
    """Change the subscription, and wait until plan and seats of the license follow; its key stays."""
    bought, found = sale.bought, price_named(price)
    key = view.licenses(bought)[0].key
    say(f"\n{bold(bought.email)} changes to {seats} x {found['nickname']}")
    step = report.Steps()
    sale = happen(view, changed(sale, found, seats, int(time.time())))
    step.done("webhook answered")
    wait_for(
        f"{seats} seats on the same key",
        lambda: [(each.key, each.seats) for each in view.licenses(bought)] == [(key, seats)],
    )
    step.done("plan and seats changed, same key")
    return sale


def refund(view: VendorView, sale: Sale) -> None:
    """Give all of it back, and wait until the license is frozen."""
    bought = sale.bought
    say(f"\n{bold(bought.email)} gets the money back")
    step = report.Steps()
    happen(view, refunded(sale, left_to_refund(sale), int(time.time())))
    step.done("webhook answered")
    wait_for("the frozen license", lambda: [each for each in view.licenses(bought) if each.status == "frozen"])
    step.done("license frozen")


def cancel(view: VendorView, sale: Sale) -> None:
    """Cancel the subscription, and wait until its license has an expiry."""
    bought = sale.bought
    say(f"\n{bold(bought.email)} cancels the subscription")
    step = report.Steps()
    happen(view, ended(sale, int(time.time())))
    step.done("webhook answered")
    wait_for("the expiry", lambda: [each for each in view.licenses(bought) if each.expires_at])
    step.done("expiry set to the paid period's end")


def play(view: VendorView) -> None:
    """Run the whole story; NotSeenError at the first thing that does not happen."""
    subscriber = buy(view, "price_pro_monthly", "ada@example.com")
    owner = buy(view, "price_pro_lifetime", "grace@example.com")
    before = {sale.bought.order: view.licenses(sale.bought) for sale in (subscriber, owner)}
    subscriber = upgrade(view, subscriber, "price_team", 5)
    refund(view, owner)
    cancel(view, subscriber)
    await_entry(view, owner.bought, "license.frozen")
    await_entry(view, subscriber.bought, "license.expiring")
    for sale in (subscriber, owner):
        report.vendor_sees(view, sale.bought, before[sale.bought.order], SAVED)


def await_entry(view: VendorView, bought: Purchase, action: str) -> None:
    wait_for(f"{action} in the audit log", lambda: action in {entry.action for entry in view.audit(bought)})


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
