"""What may happen in a searched history; each action tells what it did, or None if it could do nothing."""

import json
from collections.abc import Callable

from simulation.account import Charge, Purchase
from simulation.history import History
from simulation.world import ORGS, WORKERS

PRICES = ("price_pro_monthly", "price_pro_lifetime", "price_year_pass", "price_bundle", "price_tshirt", "price_new")
REFUND_TAKES = 120  # seconds: Stripe does not refund again in the minute in which a refund failed
RIGHTS = (
    ("dynamodb", "BatchGetItem"),
    ("dynamodb", "Query"),
    ("dynamodb", "TransactWriteItems"),
    ("dynamodb", "UpdateItem"),
    ("mail", "send"),
    ("sqs", "SendMessage"),
    ("sqs", "ChangeMessageVisibility"),
    ("ssm", "GetParameter"),
)
PERMISSIONS = ("rak_checkout_session_read", "rak_customer_write", "rak_invoice_read", "rak_charge_read")


def act(history: History, name: str) -> None:
    """Let one thing happen."""
    told = ACTIONS[name][1](history)
    if told:
        history.tell(f"{name}: {told}")


# -------------------------------------------------------------- at Stripe


def _buy(history: History) -> str:
    choose, account = history.choose, history.account()
    lines = [(choose.choice(PRICES), choose.choice((1, 1, 2, 3))) for _ in range(choose.choice((1, 1, 1, 2)))]
    purchase = history.world.buy(
        *lines,
        org=account.org,
        email=choose.choice(("ada@example.com", "bob@example.com", "bob@example.com", None)),
        customer=choose.choice(("cus_ada", "cus_bob", None)),
        livemode=choose.random() < 0.3,
        free=choose.random() < 0.1,
    )
    if purchase.free:
        events = [account.completed(purchase)]
    elif choose.random() < 0.1:
        first = account.completed(purchase)
        history.world.clock.now += 1
        events = [first, account.async_succeeded(purchase)]  # one session told to be paid by two events
    elif choose.random() < 0.75:
        events = [account.completed(purchase)]
    elif choose.random() < 0.7:
        events = [account.completed(purchase, "unpaid"), account.async_succeeded(purchase)]
    else:
        events = [account.completed(purchase, "unpaid"), account.async_failed(purchase)]
    return history.happened(purchase, *events) + f" of {', '.join(f'{q} x {p}' for p, q in lines)}"


def _charged(purchase: Purchase) -> bool:
    return purchase.paid_at is not None and not purchase.free


def _charge(purchase: Purchase, history: History) -> Charge:
    return history.choose.choice(purchase.charges)


def _refund(history: History) -> str | None:
    purchase = history.purchase(_charged)
    if purchase is None:
        return None
    charge = _charge(purchase, history)
    left = charge.amount - charge.refunded
    if left <= 0:
        return None
    history.world.clock.now += REFUND_TAKES
    amount = left if history.choose.random() < 0.6 else history.choose.randint(1, left)
    return history.happened(purchase, history.world.refund(purchase, amount, charge)) + f" {amount} of {charge.amount}"


def _refund_failed(history: History) -> str | None:
    purchase = history.purchase(lambda each: any(not r.failed for c in each.charges for r in c.refunds))
    if purchase is None:
        return None
    charge = history.choose.choice([c for c in purchase.charges if any(not r.failed for r in c.refunds)])
    refund = history.choose.choice([refund for refund in charge.refunds if not refund.failed])
    history.world.clock.now += REFUND_TAKES
    return history.happened(purchase, history.world.accounts[purchase.org].refund_failed(purchase, charge, refund))


def _dispute(history: History) -> str | None:
    purchase = history.purchase(_charged)
    if purchase is None:
        return None
    status = history.choose.choice(("needs_response", "needs_response", "warning_needs_response"))
    account = history.world.accounts[purchase.org]
    return history.happened(purchase, account.dispute(purchase, _charge(purchase, history), status))


def _dispute_closed(history: History) -> str | None:
    still_open = ("needs_response", "warning_needs_response")
    purchase = history.purchase(lambda each: any(s in still_open for c in each.charges for s in c.disputes.values()))
    if purchase is None:
        return None
    open_ones = [(c, i, s) for c in purchase.charges for i, s in c.disputes.items() if s in still_open]
    charge, identity, status = history.choose.choice(open_ones)
    closed = history.choose.choice(("won", "lost")) if status == "needs_response" else "warning_closed"
    account = history.world.accounts[purchase.org]
    return history.happened(purchase, account.dispute_closed(purchase, charge, identity, closed)) + f" {closed}"


def _delete(history: History) -> str | None:
    purchase = history.purchase(lambda each: bool(each.subscription and each.paid_at and each.paid_until is None))
    if purchase is None:
        return None
    return history.happened(purchase, history.world.deleted(purchase, history.choose.random() < 0.4))


def _renew(history: History) -> str | None:
    purchase = history.purchase(lambda each: bool(each.subscription and each.paid_at and each.paid_until is None))
    if purchase is None:
        return None
    charge = history.world.accounts[purchase.org].renewed(purchase)
    return f"{purchase.org} {purchase.order} with {charge.payment_intent}"


def _delete_customer(history: History) -> str | None:
    purchase = history.purchase(lambda each: bool(each.customer))
    if purchase is None or history.choose.random() < 0.7:
        return None
    objects = history.world.accounts[purchase.org].objects
    customer = str(purchase.customer)
    objects.put({"id": customer, "object": "customer", "livemode": purchase.livemode, "deleted": True, "metadata": {}})
    return f"{purchase.org} {customer}"


def _issue(history: History) -> str | None:
    purchase = history.purchase(lambda each: not each.livemode and not each.free)
    if purchase is None:
        return None
    done = history.world.issue(purchase)
    return f"{purchase.org} {purchase.order}: {'answered' if done else 'to be repeated'}"


# ------------------------------------------------------------ at the door


def _post(history: History) -> str | None:
    if not history.pending:
        return None
    org, event = history.pending.pop()
    status = history.world.post(event, org=org)
    return f"{event['id']} {event['type']} to {org}: {status}"


def _post_again(history: History) -> str | None:
    if not history.world.accepted:
        return None
    org, event = history.choose.choice(history.world.accepted)
    return f"{event['id']} {event['type']} to {org}: {history.world.post(event, org=org)}"


def _attack(history: History) -> str | None:
    if not history.world.accepted:
        return None
    org, event = history.choose.choice(history.world.accepted)
    other = next(each for each in ORGS if each != org)
    body = json.dumps({**event, "id": "evt_forged"}).encode()
    status = history.world.request(body, org=other, secret=f"whsec_guessed_{org}")
    assert status >= 400, f"a forged event was answered {status}"
    return f"a forged event to {other}: {status}"


def _rotate(history: History) -> str:
    org, number = history.choose.choice(ORGS), history.choose.randint(1, 10**6)
    old = history.world.secrets.kept[f"/keystack/test/webhook-secret/{org}"].split(",")[0]
    kept = (old,) if history.choose.random() < 0.5 else ()
    history.world.rotate(org, f"whsec_{org}_{number}", *kept)
    return f"{org}, the old one {'kept' if kept else 'gone'}"


# ---------------------------------------------------------------- at work


def _work(history: History) -> str | None:
    waiting = [queue for queue in WORKERS if history.world.queues.waiting[queue]]
    if not waiting:
        return None
    queue = history.choose.choice(waiting)
    history.tell(f"work: {WORKERS[queue]} takes from {queue}")
    history.world.work(queue)
    return None


def _work_together(history: History) -> str | None:
    waiting = [q for q in WORKERS for m in history.world.queues.waiting[q] if m.visible_at <= history.world.clock.now]
    if len(waiting) < 2:
        return None
    queues = history.choose.sample(waiting, min(len(waiting), history.choose.choice((2, 2, 3))))
    history.tell(f"at once: {', '.join(WORKERS[queue] for queue in queues)}")
    history.world.work_together(*queues, choose=lambda waiting, _: history.choose.choice(waiting))
    history.world.done["schedule"] += 1
    return None


def _poison(history: History) -> str:
    queue = history.choose.choice([queue for queue in WORKERS if "DeadLetter" not in queue])
    place = history.choose.randint(0, len(history.world.queues.waiting[queue]))
    history.world.queues.poison(queue, place)
    return f"{queue}, place {place}"


def _time(history: History) -> str:
    seconds = history.choose.choice((1, 20, 400, 3_600, 86_400, 20 * 86_400))
    history.world.clock.now += seconds
    return f"{seconds} s"


def _sweep(history: History) -> str:
    history.world.sweep()
    return "the schedule"


# -------------------------------------------------------------- by people


def _decide(history: History) -> str | None:
    purchase = history.purchase(lambda each: bool(history.world.licenses(each.org, each.order)))
    if purchase is None:
        return None
    verb = history.choose.choice(("freeze", "reactivate", "reactivate", "revoke"))
    license = history.choose.choice(history.world.licenses(purchase.org, purchase.order))["id"]
    done = history.world.decide(verb, license, purchase.org)
    return f"{verb} {license} of {purchase.org} {purchase.order}: {'done' if done else 'refused'}"


def _map(history: History) -> str | None:
    org, price = history.choose.choice(ORGS), "price_new"
    if (org, price) not in history.world.unmapped:
        return None
    history.world.map_price(price, "lifetime", org=org)
    return f"{org} {price}"


def _permission(history: History) -> str:
    permission = history.choose.choice(PERMISSIONS)
    history.world.stripe.denied ^= {permission}
    return f"{permission} {'taken away' if permission in history.world.stripe.denied else 'given'}"


def _mail_refused(history: History) -> str:
    history.world.mail.refuses = not history.world.mail.refuses
    return f"the mail server {'refuses everything' if history.world.mail.refuses else 'takes mail again'}"


def _replay(history: History) -> str | None:
    known = [item for item in history.world.items("DeliveriesTable") if item["status"] != "rejected"]
    if not known:
        return None
    delivery = history.choose.choice(known)
    done = history.world.replay(delivery["event"], delivery["org"])
    return f"{delivery['org']} {delivery['event']} ({delivery['status']}): {'sent' if done else 'refused'}"


def _right_missing(history: History) -> str:
    """A deployment takes a right from the functions, and the next one gives it back."""
    right, seconds = history.choose.choice(RIGHTS), history.choose.choice((5, 60, 1_200))
    history.missing_rights[right] = history.world.clock.now + seconds
    return f"{' '.join(right)}, for {seconds} s"


ACTIONS: dict[str, tuple[int, Callable[[History], str | None]]] = {
    "purchase": (8, _buy),
    "refund": (5, _refund),
    "refund failed": (2, _refund_failed),
    "dispute": (3, _dispute),
    "dispute closed": (2, _dispute_closed),
    "subscription deleted": (4, _delete),
    "renewal": (3, _renew),
    "customer deleted": (1, _delete_customer),
    "backend": (2, _issue),
    "post": (22, _post),
    "post again": (5, _post_again),
    "attack": (1, _attack),
    "secret rotated": (1, _rotate),
    "work": (14, _work),
    "at once": (8, _work_together),
    "poison": (1, _poison),
    "time passes": (4, _time),
    "sweep": (2, _sweep),
    "decision": (4, _decide),
    "mapping": (2, _map),
    "permission": (2, _permission),
    "right missing": (1, _right_missing),
    "mail": (1, _mail_refused),
    "replay": (2, _replay),
}
