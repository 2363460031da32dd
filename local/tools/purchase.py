"""`python -m local.tools.purchase buy|refund|cancel`: sends what Stripe would send, to a local or a deployed stack.

buy     PRICE, EMAIL, QUANTITY           checkout.session.completed
refund  ORDER, AMOUNT (cents; all)       charge.refunded
cancel  ORDER, NOW=1 (a payment failed)       customer.subscription.deleted

WEBHOOK_URL names another webhook than KeyStack's, for example that of examples/hand_rolled_webhook. API_KEY lets a
deployed stack show what became of the event, as the local one does.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping

from local.console import row, say
from local.settings import StartError
from local.stripe.catalogue import catalogue
from local.stripe.purchases import Json, Purchase, new_purchase, one_time_price
from local.stripe.shapes import charge, event, session
from local.stripe.subscriptions import canceled_subscription
from local.stripe.webhooks import Target
from local.tools.api import ApiError
from local.tools.orders import recall, remember
from local.tools.outcome import NO_KEY, show_outcome
from local.tools.target import UsageError, find_api, find_target

NOTE = "Stripe does not know this session: its line items cannot be read (STRIPE_API_BASE= names a stand-in)"


def buy(env: Mapping[str, str], target: Target) -> bool:
    """Make up a purchase and send its event."""
    name, quantity = env.get("PRICE") or "price_pro_monthly", _number(env, "QUANTITY", 1)
    price = next((each for each in catalogue() if each["id"] == name), None) or one_time_price(name)
    bought = new_purchase(price, env.get("EMAIL") or "ada@example.com", quantity)
    known = target.put(bought)
    remember(env, bought)
    say(f"{bought.email} buys {quantity} x {name} ({bought.amount / 100:.2f} USD)")
    row("ORDER", bought.order)
    row("customer", bought.customer)
    row("paid as", f"{bought.subscription}, {bought.invoice}" if bought.subscription else bought.payment_intent)
    if not known:
        row("note", NOTE)
    return _send(env, target, event("checkout.session.completed", session(bought)), bought)


def refund(env: Mapping[str, str], target: Target) -> bool:
    """Refund an order, fully or in part."""
    bought = recall(env)
    amount = min(_number(env, "AMOUNT", bought.amount), bought.amount)
    refunded = charge(bought, amount)
    if target.stand_in:
        target.put_object(refunded)
    say(f"{amount / 100:.2f} of {bought.amount / 100:.2f} USD go back to {bought.email}")
    row("ORDER", bought.order)
    return _send(env, target, event("charge.refunded", refunded), bought)


def cancel(env: Mapping[str, str], target: Target) -> bool:
    """End an order's subscription: at its period's end, or at once because a payment failed."""
    bought = recall(env)
    if not bought.subscription:
        raise UsageError(f"{bought.order} is no subscription: there is nothing to cancel (make refund gives it back).")
    at_once = bool(env.get("NOW"))
    ended = canceled_subscription(bought, int(time.time()), payment_failed=at_once)
    if target.stand_in:
        target.put_object(ended)
    say(f"{bought.subscription} of {bought.email} ends {'now: payment failed' if at_once else 'with its paid period'}")
    row("ORDER", bought.order)
    return _send(env, target, event("customer.subscription.deleted", ended), bought)


def _send(env: Mapping[str, str], target: Target, sent: Json, bought: Purchase) -> bool:
    """Send an event, and print what became of it; False if it was refused or has failed."""
    status, answer = target.send(sent)
    row(sent["type"], f"{status} {answer}")
    if status != 200:
        return False
    if target.webhook_url:
        return True  # another webhook's event: KeyStack has no delivery of it
    api = find_api(env, target)
    if api is None:
        row("outcome", NO_KEY)
        return True
    return show_outcome(api, sent["id"], bought)


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"{name}={text} is no whole number above zero.")
    return int(text)


def main(arguments: list[str], env: Mapping[str, str] = os.environ) -> int:
    """Run one command; 0 if it is done, 1 if it was refused or has failed, 2 for a mistake in the command."""
    commands: dict[str, Callable[[Mapping[str, str], Target], bool]] = {"buy": buy, "refund": refund, "cancel": cancel}
    try:
        if len(arguments) != 1 or arguments[0] not in commands:
            raise UsageError(str(__doc__))
        return 0 if commands[arguments[0]](env, find_target(env)) else 1
    except (UsageError, StartError) as error:
        print(error, file=sys.stderr)
        return 2
    except ApiError as error:
        print(f"What became of it cannot be shown: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The stack does not answer: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
