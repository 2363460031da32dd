"""Lets a step happen: Stripe's stand-in gets the objects, the stack the events, and the person the outcome."""

from collections.abc import Mapping

from local.console import row
from local.stripe.sales import Step
from local.stripe.webhooks import Target
from local.tools.orders import remember
from local.tools.outcome import NO_KEY, show_outcome
from local.tools.target import find_api


def carry_out(env: Mapping[str, str], target: Target, step: Step) -> bool:
    """Change the objects, send the events, print what became of them; False if one was refused or has failed."""
    target.put_objects(step.sale.objects())
    remember(env, step.sale)
    for event in step.events:
        status, answer = target.post(event)
        row(event["type"], f"{status} {answer}")
        if status != 200:
            return False
    if target.webhook_url:
        return True  # another webhook's events: KeyStack has no delivery of them
    api = find_api(env, target)
    if api is None:
        row("outcome", NO_KEY)
        return True
    return show_outcome(api, [event["id"] for event in step.events], step.sale.bought)
