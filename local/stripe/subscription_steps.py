"""What happens to a sale's subscription: it changes, pauses, is not paid, ends. Pure."""

from dataclasses import replace

from local.stripe import changes
from local.stripe.invoices import failed, paid, renewal
from local.stripe.passing_time import moved_back
from local.stripe.payments import paid_charge
from local.stripe.purchases import Json, new_id
from local.stripe.sales import Sale, Step, subscription_step
from local.stripe.shapes import event
from local.stripe.subscriptions import canceled, period_end

UPDATED, DELETED = "customer.subscription.updated", "customer.subscription.deleted"
RETRY = 3 * 86_400  # seconds, until Stripe tries again


def changed(sale: Sale, price: Json, quantity: int, now: int) -> Step:
    """Change price and quantity; a proration waits for the next invoice, as Stripe has it by default."""
    return subscription_step(sale, UPDATED, changes.with_item(_subscription(sale), price, quantity), now)


def paused(sale: Sale, now: int) -> Step:
    return subscription_step(sale, "customer.subscription.paused", changes.paused(_subscription(sale), now), now)


def resumed(sale: Sale, now: int) -> Step:
    """End a pause. If the period was over meanwhile, one begins now, and is paid."""
    known, kind = _subscription(sale), "customer.subscription.resumed"
    if period_end(known) > now:
        return subscription_step(sale, kind, changes.resumed(known), now)
    after = changes.restarted(known, new_id("in"), now)
    billed = _paid(replace(sale, invoice=renewal(after)), now)
    return billed.then(subscription_step(billed.sale, kind, after, now))


def payment_failed(sale: Sale, now: int) -> Step:
    """Let the renewal's payment fail, once more if it has before: the subscription is past due."""
    known = _subscription(sale)
    if known["status"] == "past_due":
        return _attempt_failed(sale, now)
    ending = _with_first_month_over(sale, now)
    asked = _attempt_failed(_renewal_begun(ending), now)
    due = changes.with_status(_subscription(asked.sale), "past_due")
    told = event(UPDATED, due, ending.subscription, now)
    return asked.then(Step(replace(asked.sale, subscription=due), (told,)))


def given_up(sale: Sale, now: int) -> Step:
    """Let Stripe stop asking for the money: what was past due is unpaid."""
    return subscription_step(sale, UPDATED, changes.with_status(_subscription(sale), "unpaid"), now)


def paid_late(sale: Sale, now: int) -> Step:
    """Pay the renewal that was past due or unpaid."""
    billed = _paid(sale, now)
    active = changes.with_status(_subscription(sale), "active")
    return billed.then(subscription_step(billed.sale, UPDATED, active, now))


def ending_with_its_period(sale: Sale, now: int) -> Step:
    return subscription_step(sale, UPDATED, changes.ending_with_its_period(_subscription(sale), now), now)


def going_on(sale: Sale, now: int) -> Step:
    return subscription_step(sale, UPDATED, changes.going_on(_subscription(sale)), now)


def ended(sale: Sale, now: int) -> Step:
    """End it now, as the customer asked; what was paid stays paid."""
    return subscription_step(sale, DELETED, canceled(_subscription(sale), now, "cancellation_requested"), now)


def ended_unpaid(sale: Sale, now: int) -> Step:
    """End it now, because its renewal was never paid."""
    is_paid = _subscription(sale)["status"] == "active"
    begun = _renewal_begun(_with_first_month_over(sale, now)) if is_paid else sale
    return subscription_step(begun, DELETED, canceled(_subscription(begun), now, "payment_failed"), now)


def _with_first_month_over(sale: Sale, now: int) -> Sale:
    """Let the month that the checkout paid end now: nobody waits for it. Of later ones KeyStack knows the end."""
    known = _subscription(sale)
    early = period_end(known) - now
    if early <= 0 or known["latest_invoice"] != sale.bought.invoice:
        return sale
    billed = moved_back(_invoice(sale), early)
    return replace(
        sale,
        bought=replace(sale.bought, created=sale.bought.created - early),
        charge=moved_back(sale.charge, early),
        subscription=moved_back(known, early),
        invoice=billed,
        paid_invoice=billed,
    )


def _attempt_failed(sale: Sale, now: int) -> Step:
    after = failed(_invoice(sale), now + RETRY)
    return Step(replace(sale, invoice=after), (event("invoice.payment_failed", after, created=now),))


def _renewal_begun(sale: Sale) -> Sale:
    after = changes.renewed(_subscription(sale), new_id("in"))
    return replace(sale, subscription=after, invoice=renewal(after))


def _paid(sale: Sale, now: int) -> Step:
    after = paid(_invoice(sale), now)
    charge = paid_charge(new_id("ch"), new_id("pi"), after["total"], after["customer"], now)
    done = replace(sale, invoice=after, paid_invoice=after, charge=charge, refund=None, dispute=None)
    return Step(done, (event("invoice.paid", after, created=now),))


def _subscription(sale: Sale) -> Json:
    return sale.subscription or {}


def _invoice(sale: Sale) -> Json:
    return sale.invoice or {}
