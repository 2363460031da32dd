"""`make refund` and `make dispute`: what happens to the latest payment of an order."""

import time
from collections.abc import Mapping

from local.console import row, say
from local.stripe.payment_steps import dispute_closed, disputed, left_to_refund, refund_canceled, refunded
from local.stripe.purchases import Json
from local.stripe.sales import Sale, Step
from local.stripe.webhooks import Target
from local.tools.arguments import number, switch
from local.tools.orders import recall
from local.tools.sending import carry_out
from local.tools.target import UsageError


def refund(env: Mapping[str, str], target: Target) -> bool:
    """Give the payment back, fully or in part; or cancel the latest refund."""
    sale, now = recall(env), int(time.time())
    paid, email = sale.charge["amount"], sale.bought.email
    if switch(env, "CANCELED"):
        made = _refund_to_cancel(sale)
        step = refund_canceled(sale, now)
        say(f"The refund of {_money(made['amount'])} USD to {email} is canceled: the money stays with you")
    else:
        left = left_to_refund(sale)
        if left <= 0:
            raise UsageError(f"All of {_money(paid)} USD went back to {email} already: CANCELED=1 cancels the refund.")
        amount = min(number(env, "AMOUNT", left), left)
        step = refunded(sale, amount, now)
        say(f"{_money(amount)} of {_money(paid)} USD go back to {email}")
    row("ORDER", sale.bought.order)
    return carry_out(env, target, step)


def _refund_to_cancel(sale: Sale) -> Json:
    if not sale.refund:
        raise UsageError(
            f"Nothing of {sale.bought.order} went back yet: make refund first, then CANCELED=1 cancels it."
        )
    if sale.refund["status"] == "canceled":
        raise UsageError("The latest refund is canceled already: make refund makes another one.")
    return sale.refund


def dispute(env: Mapping[str, str], target: Target) -> bool:
    """Let the customer's bank take the payment back; with OUTCOME, let the dispute end."""
    sale, outcome = recall(env), env.get("OUTCOME", "")
    if outcome not in {"", "won", "lost"}:
        raise UsageError(f"OUTCOME={outcome} is unknown: a dispute ends with OUTCOME=won or OUTCOME=lost.")
    step = _dispute_step(sale, outcome, int(time.time()))
    end = {"": "", "won": ", and you win", "lost": ", and you lose"}[outcome]
    say(f"The bank of {sale.bought.email} disputes the payment of {_money(sale.charge['amount'])} USD{end}")
    row("ORDER", sale.bought.order)
    return carry_out(env, target, step)


def _dispute_step(sale: Sale, outcome: str, now: int) -> Step:
    if sale.dispute is None:
        opened = disputed(sale, now)
        return opened.then(dispute_closed(opened.sale, outcome, now)) if outcome else opened
    status = sale.dispute["status"]
    if outcome and status != outcome:
        return dispute_closed(sale, outcome, now)
    if status == "needs_response":
        raise UsageError("The payment is disputed already: OUTCOME=won or OUTCOME=lost ends the dispute.")
    other = "lost" if status == "won" else "won"
    raise UsageError(f"The dispute is {status} already: OUTCOME={other} lets it end the other way after all.")


def _money(cents: int) -> str:
    return f"{cents / 100:.2f}"
