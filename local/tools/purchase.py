"""`python -m local.tools.purchase COMMAND`: lets something happen at Stripe, and sends what Stripe would send of it.

buy           PRICE, EMAIL, QUANTITY, DAYS_AGO (30: its first month is over)
upgrade       ORDER, PRICE, QUANTITY (one more)        downgrade likewise (one less)
pause         ORDER
resume        ORDER: ends a pause, pays what is open, or takes a cancellation back
fail-payment  ORDER, UNPAID=1 (Stripe gives up): the renewal is not paid
refund        ORDER, AMOUNT (cents; all that is left), CANCELED=1 (the latest refund is canceled)
dispute       ORDER, OUTCOME=won or OUTCOME=lost
cancel        ORDER, AT_PERIOD_END=1 (only sets it), NOW=1 (the renewal was never paid)

They go to a local or a deployed stack. WEBHOOK_URL names another webhook than KeyStack's, for example that of
examples/hand_rolled_webhook. API_KEY lets a deployed stack show what became of the events, as the local one does.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping

from local.console import row, say
from local.settings import StartError
from local.stripe.catalogue import catalogue
from local.stripe.purchases import new_purchase, one_time_price
from local.stripe.sales import Step, new_sale
from local.stripe.shapes import event, session
from local.stripe.webhooks import Target
from local.tools import payment, subscription
from local.tools.api import ApiError
from local.tools.arguments import number
from local.tools.sending import carry_out
from local.tools.target import UsageError, find_target

NOTE = "Stripe does not know this session: its line items cannot be read (STRIPE_API_BASE= names a stand-in)"
DAY = 86_400

Command = Callable[[Mapping[str, str], Target], bool]


def buy(env: Mapping[str, str], target: Target) -> bool:
    """Make up a purchase and send its event."""
    name, quantity = env.get("PRICE") or "price_pro_monthly", number(env, "QUANTITY", 1)
    price = next((each for each in catalogue() if each["id"] == name), None) or one_time_price(name)
    at = int(time.time()) - number(env, "DAYS_AGO", 0) * DAY
    bought = new_purchase(price, env.get("EMAIL") or "ada@example.com", quantity, at)
    known = target.put(bought)
    say(f"{bought.email} buys {quantity} x {name} ({bought.amount / 100:.2f} USD)")
    row("ORDER", bought.order)
    row("customer", bought.customer)
    row("paid as", f"{bought.subscription}, {bought.invoice}" if bought.subscription else bought.payment_intent)
    if not known:
        row("note", NOTE)
    return carry_out(env, target, Step(new_sale(bought), (event("checkout.session.completed", session(bought)),)))


COMMANDS: dict[str, Command] = {
    "buy": buy,
    "upgrade": subscription.upgrade,
    "downgrade": subscription.downgrade,
    "pause": subscription.pause,
    "resume": subscription.resume,
    "fail-payment": subscription.fail_payment,
    "cancel": subscription.cancel,
    "refund": payment.refund,
    "dispute": payment.dispute,
}


def main(arguments: list[str], env: Mapping[str, str] = os.environ) -> int:
    """Run one command; 0 if it is done, 1 if it was refused or has failed, 2 for a mistake in the command."""
    try:
        if len(arguments) != 1 or arguments[0] not in COMMANDS:
            raise UsageError(str(__doc__))
        return 0 if COMMANDS[arguments[0]](env, find_target(env)) else 1
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
