"""Mints the licenses of a paid Checkout Session, then tells Stripe and the customer; for the API, only the latter."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from keystack import environment
from keystack.domain.billing import billing
from keystack.domain.causes import Cause, CauseKind
from keystack.domain.deliveries import DeliveryStatus
from keystack.domain.effects import EMAIL, EffectState
from keystack.domain.facts import AwaitingPayment, Paid, is_paid
from keystack.domain.leases import Lease
from keystack.domain.minting import Purchase
from keystack.domain.orders import Order
from keystack.fulfillment.current_secret import with_current_secret
from keystack.fulfillment.doorbells import Rung, ring, ring_for_checkout
from keystack.fulfillment.effects import EffectsRun, Outside, give_back, run_effects
from keystack.fulfillment.mint import Minted, mint
from keystack.fulfillment.purchases import complete_purchase
from keystack.fulfillment.subscription_observer import SubscriptionObserver
from keystack.fulfillment.worker import Outcome, Work, metrics, to_reason, work_on
from keystack.logs import configure_logging, logger
from keystack.mail.sending import MailTransport, transport_from
from keystack.queues.messages import ORDER_ISSUED
from keystack.storage import secrets
from keystack.storage.deliveries import deliveries
from keystack.storage.licenses.orders import load_order
from keystack.stripe.client import StripeApi, stripe_api
from keystack.stripe.events import Checkout, InvoiceEvent, PaymentEvent, SubscriptionEvent, read_event

configure_logging()


@dataclass(frozen=True)
class Environment:
    stage: str
    licenses_table: str
    mappings_table: str
    audit_table: str
    deliveries_table: str
    mail_transport: str
    mail_from: str = ""


ENVIRONMENT = environment.read(Environment)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return work_on(event, context, issue)


def issue(work: Work) -> Outcome:
    """Decode, load, decide, save, then the effects."""
    if work.message.event["type"] == ORDER_ISSUED:
        return run_effects_of_issued(work)
    event = read_event(dict(work.message.event))
    match event:
        case Checkout():
            return _check_out(work, event)
        case PaymentEvent() | InvoiceEvent() | SubscriptionEvent():
            rung = ring(work.org, event, _client(work, event.livemode), work.now, work.source)
            return _answer(work, rung, event.livemode)
        case _:
            return Outcome(DeliveryStatus.IGNORED, getattr(event, "reason", "the issuer handles no charges"))


def _check_out(work: Work, checkout: Checkout) -> Outcome:
    """Mint what is paid. What is not paid is written as it is, and then asked for: a crash in between loses nothing."""
    order = replace(checkout.order, org=work.org)
    client = _client(work, order.livemode)
    work.order = order.id
    if isinstance(checkout.fact, Paid):
        purchase = complete_purchase(order, checkout.fact, client())
        return _issue(work, purchase, client, SubscriptionObserver(work.org, client, work.now))
    outcome = _issue(work, Purchase(order, (checkout.fact,)), None)
    rung = ring_for_checkout(order, client, work.now)
    if rung.purchase:
        return _answer(work, rung, order.livemode)
    waits = outcome.status is DeliveryStatus.WAITING and rung.why
    return replace(outcome, reason=f"{outcome.reason}; {rung.why}") if waits else outcome


def _answer(work: Work, rung: Rung, livemode: bool) -> Outcome:
    """Decide what an event rang for, if it rang for something."""
    if rung.purchase is None:
        if rung.is_parked:
            work.steps["fact"] = "parked"
            return Outcome(reason=rung.why)
        return Outcome(DeliveryStatus.IGNORED, rung.why)
    work.order = rung.purchase.order.id
    outcome = _issue(work, rung.purchase, _client(work, livemode), rung.observer)
    return Outcome() if outcome.status is DeliveryStatus.WAITING else outcome  # the checkout's own delivery waits


def _client(work: Work, livemode: bool) -> Callable[[], StripeApi]:
    return lambda: _stripe(work.org, livemode)


def run_effects_of_issued(work: Work) -> Outcome:
    """Do what is not done of the effects of an order that the API issued."""
    name = str(work.message.event["data"]["object"]["id"])
    stored = load_order(work.org, name)
    paid = stored.order.facts.get("paid") if stored else None
    if stored is None or not isinstance(paid, Paid):
        return Outcome(DeliveryStatus.FAILED, f"there is no paid order {name[:100]}: nothing is sent")
    work.order, order = name, stored.order
    return _issue(work, Purchase(order, (paid,)), lambda: _stripe(work.org, order.livemode))


def _issue(
    work: Work,
    purchase: Purchase,
    stripe: Callable[[], StripeApi] | None,
    observer: SubscriptionObserver | None = None,
) -> Outcome:
    lease = Lease(work.attempt, work.until)
    try:
        minted = mint(purchase, lease, work.source, work.now, observer)
        _note_minted(work, minted, observer)
        ran = EffectsRun(minted.order)
        if stripe and minted.order.effects:
            ran = run_effects(minted, lease, Outside(stripe, _mail, ENVIRONMENT.mail_from), work.steps)
            _note_email(work, minted.order, ran.order)
    except Exception:
        give_back(work.org, purchase.order.id, lease)  # so that the next attempt need not wait for it to run out
        raise
    _end_waiting(work, ran.order)
    problems = [*((to_reason(each), each.cause) for each in minted.unsettled), *_failed_effects(ran)]
    if problems:
        reasons, causes = zip(*problems, strict=True)
        return Outcome(DeliveryStatus.FAILED, "; ".join(reasons), causes[0])
    return _outcome_of(ran.order)


def _outcome_of(order: Order) -> Outcome:
    waits = order.facts.get("awaiting_payment")
    if is_paid(order.facts) or waits is None:
        return Outcome()
    if "payment_failed" in order.facts:
        return Outcome(reason="the payment failed; if it is tried again and succeeds, the order is issued")
    since = datetime.fromtimestamp(waits.at, UTC)
    return Outcome(
        DeliveryStatus.WAITING, f"the order is on record and awaits its payment since {since:%Y-%m-%d %H:%M} UTC"
    )


def _end_waiting(work: Work, order: Order) -> None:
    """Let the delivery that brought the order be done, once another one tells that it is paid."""
    waits = order.facts.get("awaiting_payment")
    if isinstance(waits, AwaitingPayment) and waits.event not in ("", work.source) and is_paid(order.facts):
        deliveries.end_waiting(work.org, waits.event, f"paid, as {work.source} told", work.now)


def _failed_effects(ran: EffectsRun) -> Iterator[tuple[str, str]]:
    """Say why effects failed, with the cause; those that failed before and were not attempted now included."""
    for name, effect in ran.order.effects.items():
        if effect.state is EffectState.FAILED:
            failure = ran.failures.get(name)
            cause = failure.cause if failure else ""
            otherwise = str(Cause(CauseKind.EMAIL_FAILED)) if name == EMAIL else ""
            yield f"{name}: {to_reason(failure) if failure else effect.reason}", cause or otherwise


def _stripe(org: str, livemode: bool) -> StripeApi:
    """Make the client when it is needed; a key that was stored just now counts at once."""
    return with_current_secret(
        lambda: stripe_api(secrets.stripe_key(org, livemode)), lambda: secrets.stripe_key_has_changed(org)
    )


def _mail() -> MailTransport:
    return _SmtpMail() if ENVIRONMENT.mail_transport == "smtp" else transport_from(ENVIRONMENT.mail_transport, None)


class _SmtpMail:
    """Sends by the stored SMTP URL. One that was replaced since it was read is no reason to fail: it is read afresh.

    Most refusals concern the recipient, though: after them the known URL goes on serving while SSM does not answer.
    """

    def send(self, message: EmailMessage, recipient: str) -> None:
        with_current_secret(  # what it repeats was refused, so nothing was sent
            lambda: transport_from(ENVIRONMENT.mail_transport, secrets.smtp_url()).send(message, recipient),
            secrets.smtp_url_has_changed,
        )


def _note_minted(work: Work, minted: Minted, observer: SubscriptionObserver | None) -> None:
    work.steps["licenses"] = f"{minted.order.license_count} issued"
    now = billing(minted.order.facts)
    if now and observer and observer.has_asked:
        work.steps["subscription"] = str(now.state)
    work.steps |= observer.notes if observer else {}
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
