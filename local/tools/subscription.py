"""`make upgrade`, `downgrade`, `pause`, `resume`, `fail-payment` and `cancel`: what happens to a subscription."""

import time
from collections.abc import Mapping

from local.console import row, say
from local.stripe import subscription_steps as steps
from local.stripe.catalogue import catalogue
from local.stripe.purchases import Json, monthly_price
from local.stripe.sales import Sale, Step
from local.stripe.subscriptions import period_end
from local.stripe.webhooks import Target
from local.tools.arguments import number, switch
from local.tools.orders import recall
from local.tools.sending import carry_out
from local.tools.target import UsageError

Env = Mapping[str, str]


def upgrade(env: Env, target: Target) -> bool:
    """Change to PRICE and QUANTITY; without both, to one unit more."""
    return _change(env, target, 1)


def downgrade(env: Env, target: Target) -> bool:
    """Change to PRICE and QUANTITY; without both, to one unit less."""
    return _change(env, target, -1)


def _change(env: Env, target: Target, step: int) -> bool:
    sale = recall(env)
    item = _running(sale, "change")["items"]["data"][0]
    price = _recurring(env["PRICE"]) if env.get("PRICE") else item["price"]
    quantity = number(env, "QUANTITY", item["quantity"] if env.get("PRICE") else item["quantity"] + step)
    if quantity < 1:
        raise UsageError(f"It is 1 x {price['id']} already: give another PRICE=, or make cancel.")
    if (price["id"], quantity) == (item["price"]["id"], item["quantity"]):
        raise UsageError(f"It is {quantity} x {price['id']} already: give another PRICE= or QUANTITY=.")
    told = f"changes from {item['quantity']} x {item['price']['id']} to {quantity} x {price['id']}"
    return _carry_out(env, target, steps.changed(sale, price, quantity, int(time.time())), told)


def _recurring(name: str) -> Json:
    """Find a price of subscriptions; one that the catalogue does not know is made up."""
    price = next((each for each in catalogue() if each["id"] == name), None) or monthly_price(name)
    if not price["recurring"]:
        there = ", ".join(each["id"] for each in catalogue() if each["recurring"])
        raise UsageError(f"{name} is paid once, so no subscription can change to it. Try one of {there}.")
    return price


def pause(env: Env, target: Target) -> bool:
    """Pause it: the customer does not pay for further periods."""
    sale, now = recall(env), int(time.time())
    known = _running(sale, "pause")
    if known["status"] != "active":
        raise UsageError(f"{known['id']} is {_words(known)}, only an active one can pause: make resume comes first.")
    end = period_end(known)
    paid = f"paid until {time.strftime('%Y-%m-%d', time.gmtime(end))}" if end > now else "nothing is paid any more"
    return _carry_out(env, target, steps.paused(sale, now), f"is paused: {paid}")


def resume(env: Env, target: Target) -> bool:
    """Let it go on: end a pause, pay what is open, or take a cancellation back."""
    sale, now = recall(env), int(time.time())
    known = _running(sale, "resume")
    if known["status"] == "paused":
        return _carry_out(env, target, steps.resumed(sale, now), "is resumed")
    if known["status"] in {"past_due", "unpaid"}:
        return _carry_out(env, target, steps.paid_late(sale, now), f"was {_words(known)} and is paid now")
    if known["cancel_at"]:
        return _carry_out(env, target, steps.going_on(sale, now), "goes on: the cancellation is taken back")
    raise UsageError(f"{known['id']} is active and goes on by itself: there is nothing to resume.")


def fail_payment(env: Env, target: Target) -> bool:
    """Let the renewal's payment fail; with UNPAID=1, let Stripe stop trying."""
    sale, now = recall(env), int(time.time())
    known, gives_up = _running(sale, "renew"), switch(env, "UNPAID")
    if known["status"] not in {"active", "past_due"}:
        raise UsageError(f"{known['id']} is {_words(known)}, so nothing is asked for: make resume comes first.")
    if gives_up and known["status"] == "past_due":
        step = steps.given_up(sale, now)
    else:
        step = steps.payment_failed(sale, now)
        step = step.then(steps.given_up(step.sale, now)) if gives_up else step
    end = "unpaid, Stripe has given up" if gives_up else "past due, Stripe will try again"
    return _carry_out(env, target, step, f"could not be renewed: {end}")


def cancel(env: Env, target: Target) -> bool:
    """End it by request; or set its end (AT_PERIOD_END); or end it because the renewal was never paid (NOW)."""
    sale, now = recall(env), int(time.time())
    known = _running(sale, "cancel")
    if switch(env, "AT_PERIOD_END"):
        if known["cancel_at"]:
            raise UsageError(f"{known['id']} ends with its period already: make resume takes that back.")
        return _carry_out(env, target, steps.ending_with_its_period(sale, now), "will end with its paid period")
    if switch(env, "NOW"):
        return _carry_out(env, target, steps.ended_unpaid(sale, now), "ends now: payment failed")
    return _carry_out(env, target, steps.ended(sale, now), "ends with its paid period")


def _running(sale: Sale, doing: str) -> Json:
    """Return a sale's subscription; UsageError if there is none, or none any more."""
    order, known = sale.bought.order, sale.subscription
    if not known:
        raise UsageError(f"{order} is no subscription: there is nothing to {doing} (make refund gives it back).")
    if known["status"] == "canceled":
        raise UsageError(f"{known['id']} has ended: there is nothing to {doing}. make buy begins a new one.")
    return known


def _words(known: Json) -> str:
    return str(known["status"]).replace("_", " ")


def _carry_out(env: Env, target: Target, step: Step, told: str) -> bool:
    bought = step.sale.bought
    say(f"{bought.subscription} of {bought.email} {told}")
    row("ORDER", bought.order)
    return carry_out(env, target, step)
