"""What may happen in a searched history; each action tells what it did, or None if it could do nothing."""

import json
from collections.abc import Callable

from simulation import money_actions as money
from simulation import subscription_actions as subscriptions
from simulation.history import History
from simulation.prices import MAPPED_LATE
from simulation.world import ORGS, WORKERS

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
PERMISSIONS = (
    "rak_checkout_session_read",
    "rak_customer_write",
    "rak_invoice_read",
    "rak_charge_read",
    "rak_dispute_read",
    "rak_subscription_read",
)


def act(history: History, name: str) -> None:
    """Let one thing happen."""
    told = ACTIONS[name][1](history)
    if told:
        history.tell(f"{name}: {told}")


# -------------------------------------------------------------- at Stripe


def _delete_customer(history: History) -> str | None:
    purchase = history.purchase(lambda each: bool(each.customer))
    if purchase is None or history.choose.random() < 0.7:
        return None
    history.world.accounts[purchase.org].customer(purchase, deleted=True, metadata={})
    return f"{purchase.org} {purchase.customer}"


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
    org, price = history.choose.choice(ORGS), history.choose.choice(MAPPED_LATE)
    if (org, price) not in history.world.unmapped:
        return None
    history.world.map_late(price, org)
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
    "purchase": (8, money.buy),
    "payment": (3, money.late_payment),
    "refund": (5, money.refund),
    "refund becomes": (3, money.refund_becomes),
    "dispute": (3, money.dispute),
    "dispute becomes": (3, money.dispute_becomes),
    "invoice by hand": (1, money.invoice_by_hand),
    "renewal": (4, subscriptions.renew),
    "invoice": (4, subscriptions.invoice),
    "item": (5, subscriptions.change_items),
    "cancellation": (2, subscriptions.cancel),
    "pause": (3, subscriptions.pause),
    "subscription deleted": (3, subscriptions.delete),
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
