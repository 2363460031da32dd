"""`python -m local.tools.purchase buy|refund|cancel`: sends what Stripe would send, to a local or a deployed stack.

buy     PRICE, EMAIL, QUANTITY           checkout.session.completed
refund  ORDER, AMOUNT (cents; all)       charge.refunded
cancel  ORDER, NOW=1 (nobody paid)       customer.subscription.deleted

WEBHOOK_URL names another webhook than KeyStack's, for example that of examples/hand_rolled_webhook.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from local.console import row, say
from local.settings import Settings, StartError
from local.state import write_json
from local.stripe.catalogue import catalogue
from local.stripe.shapes import (
    Json,
    Purchase,
    canceled_subscription,
    charge,
    event,
    new_purchase,
    one_time_price,
    session,
)
from local.stripe.webhooks import Target
from local.tools.target import UsageError, find_target

NOTE = "Stripe does not know this session: its line items cannot be read (STRIPE_API_BASE= names a stand-in)"


def buy(env: Mapping[str, str], target: Target) -> bool:
    """Make up a purchase and send its event."""
    name, quantity = env.get("PRICE") or "price_pro_monthly", _number(env, "QUANTITY", 1)
    price = next((each for each in catalogue() if each["id"] == name), None) or one_time_price(name)
    bought = new_purchase(price, env.get("EMAIL") or "ada@example.com", quantity)
    known = target.put(bought)
    status, answer = target.send(event("checkout.session.completed", session(bought)))
    _remember(env, bought)
    say(f"{bought.email} buys {quantity} x {name} ({bought.amount / 100:.2f} USD)")
    row("ORDER", bought.order)
    row("customer", bought.customer)
    row("paid as", f"{bought.subscription}, {bought.invoice}" if bought.subscription else bought.payment_intent)
    if not known:
        row("note", NOTE)
    return _told("checkout.session.completed", status, answer)


def refund(env: Mapping[str, str], target: Target) -> bool:
    """Refund an order, fully or in part."""
    bought = _recall(env)
    amount = min(_number(env, "AMOUNT", bought.amount), bought.amount)
    refunded = charge(bought, amount)
    if target.stand_in:
        target.put_object(refunded)
    status, answer = target.send(event("charge.refunded", refunded))
    say(f"{amount / 100:.2f} of {bought.amount / 100:.2f} USD go back to {bought.email}")
    row("ORDER", bought.order)
    return _told("charge.refunded", status, answer)


def cancel(env: Mapping[str, str], target: Target) -> bool:
    """End an order's subscription: at its period's end, or at once because nobody paid."""
    bought = _recall(env)
    if not bought.subscription:
        raise UsageError(f"{bought.order} is no subscription: there is nothing to cancel (make refund gives it back).")
    at_once = bool(env.get("NOW"))
    ended = canceled_subscription(bought, int(time.time()), payment_failed=at_once)
    if target.stand_in:
        target.put_object(ended)
    status, answer = target.send(event("customer.subscription.deleted", ended))
    say(f"{bought.subscription} of {bought.email} ends {'now: payment failed' if at_once else 'with its paid period'}")
    row("ORDER", bought.order)
    return _told("customer.subscription.deleted", status, answer)


def _told(kind: str, status: int, answer: str) -> bool:
    row(kind, f"{status} {answer}" if len(kind) > 14 else status)
    return status == 200


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"{name}={text} is no whole number above zero.")
    return int(text)


def _orders(env: Mapping[str, str]) -> Path:
    return Settings.read(env).state_dir / "orders.json"


def _load(env: Mapping[str, str]) -> dict[str, Json]:
    try:
        orders: dict[str, Json] = json.loads(_orders(env).read_text())
    except (OSError, ValueError):
        return {}
    return orders


def _remember(env: Mapping[str, str], bought: Purchase) -> None:
    write_json(_orders(env), {**_load(env), bought.order: bought.as_json()})


def _recall(env: Mapping[str, str]) -> Purchase:
    orders, name = _load(env), env.get("ORDER", "")
    if not name:
        raise UsageError("Name the order: ORDER=cs_test_... (make buy has printed it).")
    if name not in orders:
        raise UsageError(f"{name} was not bought with `make buy` here: {_orders(env)} does not know it.")
    return Purchase(**orders[name])


def main(arguments: list[str], env: Mapping[str, str] = os.environ) -> int:
    """Run one command; 0 if the stack took the event, 1 if not, 2 for a mistake in asking."""
    commands = {"buy": buy, "refund": refund, "cancel": cancel}
    try:
        if len(arguments) != 1 or arguments[0] not in commands:
            raise UsageError(str(__doc__))
        return 0 if commands[arguments[0]](env, find_target(env)) else 1
    except (UsageError, StartError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The stack does not answer: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
