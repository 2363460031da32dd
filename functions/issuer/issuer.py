"""Mints the licenses of a paid Checkout Session, then tells Stripe and the customer; for the API, only the latter."""

import os
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from keystack.domain.effects import EMAIL, EffectState
from keystack.domain.facts import Paid, is_paid
from keystack.domain.leases import Lease
from keystack.domain.minting import Purchase
from keystack.domain.orders import Order
from keystack.environment import required
from keystack.errors import ActionNeededError
from keystack.fulfillment.effects import Outside, give_back, run_effects
from keystack.fulfillment.mint import Minted, mint
from keystack.fulfillment.worker import Outcome, Work, metrics, work_on
from keystack.logs import logger
from keystack.mail.sending import MailTransport, transport_from
from keystack.queues.messages import ORDER_ISSUED
from keystack.storage import secrets
from keystack.storage.deliveries import deliveries
from keystack.storage.licenses.orders import load_order
from keystack.stripe.client import StripeApi, stripe_api
from keystack.stripe.events import Checkout, read_event

required("STAGE", "LICENSES_TABLE", "MAPPINGS_TABLE", "AUDIT_TABLE", "DELIVERIES_TABLE", "MAIL_TRANSPORT")
MAIL_TRANSPORT, MAIL_FROM = os.environ["MAIL_TRANSPORT"], os.environ.get("MAIL_FROM", "")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return work_on(event, context, issue)


def issue(work: Work) -> Outcome:
    """Decode, load, decide, save, then the effects."""
    if work.message.event["type"] == ORDER_ISSUED:
        return tell_of_issued(work)
    news = read_event(dict(work.message.event))
    if not isinstance(news, Checkout):
        return Outcome(deliveries.IGNORED, getattr(news, "reason", "the issuer handles Checkout Sessions only"))
    work.order = news.session
    paid = isinstance(news.fact, Paid)
    stripe = stripe_api(secrets.stripe_key(work.org, news.livemode)) if paid else None
    lease = Lease(work.attempt, work.until)
    purchase = _purchase(work.org, news, stripe)
    try:
        return _issue(work, purchase, lease, (lambda: stripe) if stripe else None)
    except Exception:
        give_back(work.org, news.session, lease)  # so that the next attempt need not wait for it to run out
        raise


def tell_of_issued(work: Work) -> Outcome:
    """Do what is not done of the effects of an order that is there: the API handed it over."""
    name = str(work.message.event["data"]["object"]["id"])
    stored = load_order(work.org, name)
    paid = stored.order.facts.get("paid") if stored else None
    if stored is None or not isinstance(paid, Paid):
        return Outcome(deliveries.FAILED, f"there is no paid order {name[:100]}: nothing is sent")
    work.order, order = name, stored.order
    lease = Lease(work.attempt, work.until)
    try:
        return _issue(work, Purchase(order, paid), lease, lambda: _stripe(work.org, order.livemode))
    except Exception:
        give_back(work.org, name, lease)
        raise


def _issue(work: Work, purchase: Purchase, lease: Lease, stripe: Callable[[], StripeApi] | None) -> Outcome:
    minted = mint(purchase, lease, work.source, work.now)
    _note_minted(work, minted)
    order = minted.order
    if stripe and order.effects:
        order = run_effects(minted, lease, Outside(stripe, _mail, MAIL_FROM), work.steps)
        _note_email(work, minted.order, order)
    problems = [line.reason for line in minted.unsettled]
    problems += [
        f"{name}: {effect.reason}" for name, effect in order.effects.items() if effect.state is EffectState.FAILED
    ]
    if problems:
        return Outcome(deliveries.FAILED, "; ".join(problems))
    return Outcome(reason="" if is_paid(order.facts) else "the order is on record and awaits its payment")


def _stripe(org: str, livemode: bool) -> StripeApi:
    """Make the client when it is needed; a key that was stored just now counts at once."""
    try:
        return stripe_api(secrets.stripe_key(org, livemode))
    except ActionNeededError:
        if not secrets.stripe_key_has_changed(org):
            raise
        return stripe_api(secrets.stripe_key(org, livemode))


def _mail() -> MailTransport:
    return _SmtpMail() if MAIL_TRANSPORT == "smtp" else transport_from(MAIL_TRANSPORT, None)


class _SmtpMail:
    """Sends by the stored SMTP URL. One that was replaced since it was read is no reason to fail: it is read afresh.

    Most refusals are the recipient's, though: they must not cost us the URL while SSM does not answer.
    """

    def send(self, message: EmailMessage, recipient: str) -> None:
        try:
            transport_from(MAIL_TRANSPORT, secrets.smtp_url()).send(message, recipient)
        except ActionNeededError:  # refused, so nothing was sent
            if not secrets.smtp_url_has_changed():
                raise
            transport_from(MAIL_TRANSPORT, secrets.smtp_url()).send(message, recipient)


def _purchase(org: str, news: Checkout, stripe: StripeApi | None) -> Purchase:
    lines = stripe.line_items(news.session) if stripe else []
    email = news.email
    if stripe and not email and news.stripe_customer:
        email = stripe.customer_email(news.stripe_customer)
    order = Order(
        org=org,
        id=news.session,
        livemode=news.livemode,
        created_at=news.created_at,
        email=email,
        name=news.name,
        stripe_customer=news.stripe_customer,
        payment_intent=news.payment_intent,
        subscription=news.subscription,
        invoice=news.invoice,
    )
    return Purchase(order, news.fact, lines)


def _note_minted(work: Work, minted: Minted) -> None:
    work.steps["licenses"] = f"{minted.order.license_count} issued"
    if minted.unsettled:
        work.steps["licenses"] += f", {len(minted.unsettled)} line item(s) wait"
    if minted.licenses:
        metrics.add_metric("LicensesIssued", MetricUnit.Count, len(minted.licenses))


def _note_email(work: Work, before: Order, after: Order) -> None:
    """Measure from Stripe's event, or the API's call, to the e-mail: what the customer waits."""
    if after.effects[EMAIL].state is EffectState.DONE and before.effects[EMAIL].state is not EffectState.DONE:
        called = work.message.event["type"] == ORDER_ISSUED  # perhaps a year after it was paid: to send it once more
        since = int(work.message.event["created"]) if called else after.facts["paid"].at
        metrics.add_metric("SecondsToEmail", MetricUnit.Seconds, max(0, time.time() - since))
