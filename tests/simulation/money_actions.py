"""What may happen in a searched history about payments: purchases, refunds, disputes."""

from simulation.history import History
from simulation.prices import PRICES, RECURRING
from simulation.stripe_account import checkout, renewals
from simulation.stripe_account import money as at_stripe
from simulation.stripe_account.objects import Charge, Dispute, Json, Purchase

REFUND_TAKES = 120  # seconds: Stripe does not refund again in the minute in which a refund failed
TRIAL = 14 * 86_400

# What a dispute may become, and whether money is taken (-1) or given back (1) with it.
BECOMES: dict[str, tuple[tuple[str, int], ...]] = {
    "warning_needs_response": (("warning_under_review", 0), ("warning_closed", 0), ("needs_response", -1)),
    "warning_under_review": (("warning_closed", 0), ("needs_response", -1)),
    "needs_response": (("under_review", 0), ("won", 1), ("lost", 0)),
    "under_review": (("won", 1), ("lost", 0)),
    "won": (("lost", -1),),
    "lost": (("appeal_needs_response", 0),),
    "appeal_needs_response": (("appeal_under_review", 0),),
    "appeal_under_review": (("won", 1), ("lost", 0)),
}


def buy(history: History) -> str:
    choose, account = history.choose, history.account()
    lines = _cart(history)
    recurs = all(price in RECURRING for price, _ in lines)
    purchase = history.world.buy(
        *lines,
        org=account.org,
        email=choose.choice(("ada@example.com", "bob@example.com", "bob@example.com", None)),
        customer=choose.choice(("cus_ada", "cus_bob", None)),
        livemode=choose.random() < 0.3,
        free=choose.random() < 0.1,
        trial=TRIAL if recurs and choose.random() < 0.2 else 0,
    )
    return history.happened(purchase, *_pay(history, purchase)) + f" of {', '.join(f'{q} x {p}' for p, q in lines)}"


def _cart(history: History) -> list[tuple[str, int]]:
    """Fill a cart: what recurs is in it once, and has one interval unless its items have periods of their own."""
    prices: list[str] = []
    for _ in range(history.choose.choice((1, 1, 1, 2))):
        price = history.choose.choice(tuple(PRICES))
        if price not in prices or price not in RECURRING:
            prices.append(price)
    return [(price, 1 if PRICES[price].metered else history.choose.choice((1, 1, 2, 3))) for price in prices]


def _pay(history: History, purchase: Purchase) -> list[Json]:
    """Complete the session: nearly always it is paid at once."""
    account, choose = history.world.accounts[purchase.org], history.choose
    if purchase.free or choose.random() < 0.7:
        return checkout.completed(account, purchase)
    if choose.random() < 0.3:
        first = checkout.completed(account, purchase)
        history.world.clock.now += 1
        return [*first, *checkout.async_succeeded(account, purchase)]  # one session told to be paid by two events
    return checkout.completed(account, purchase, "unpaid", by_hand=purchase.mode == "payment" and choose.random() < 0.5)


def late_payment(history: History) -> str | None:
    """Let a payment that is on its way arrive or fail; or an authorized one be captured or released."""
    purchase = history.purchase(lambda each: bool(each.waiting_since and not each.paid_at and _may_arrive(each)))
    if purchase is None:
        return None
    account, choose = history.world.accounts[purchase.org], history.choose
    charge = purchase.charges[0]
    if charge.status == "succeeded":
        part = choose.choice((None, charge.amount // 2))
        captured = choose.random() < 0.7
        return history.happened(
            purchase,
            *(checkout.captured(account, purchase, part) if captured else checkout.released(account, purchase)),
        )
    if charge.status == "failed":
        return history.happened(purchase, *checkout.retried(account, purchase))
    arrives = checkout.async_succeeded if choose.random() < 0.6 else checkout.async_failed
    return history.happened(purchase, *arrives(account, purchase))


def _may_arrive(purchase: Purchase) -> bool:
    """Tell whether the payment may still succeed: a debit that bounced, for a subscription's invoice only."""
    [charge] = purchase.charges
    return charge.status in ("pending", "succeeded") or (charge.status == "failed" and purchase.mode == "subscription")


def invoice_by_hand(history: History) -> str | None:
    purchase = history.purchase(
        lambda each: bool(each.subscription and each.paid_at and not each.subscription.has_ended)
    )
    if purchase is None:
        return None
    return history.happened(purchase, *renewals.by_hand(history.world.accounts[purchase.org], purchase, 700))


def refund(history: History) -> str | None:
    purchase = history.purchase(lambda each: any(charge.left > 0 for charge in each.taken))
    if purchase is None:
        return None
    charge = history.choose.choice([each for each in purchase.taken if each.left > 0])
    history.world.clock.now += REFUND_TAKES
    amount = charge.left if history.choose.random() < 0.6 else history.choose.randint(1, charge.left)
    status = history.choose.choice(("succeeded", "succeeded", "pending"))
    told = at_stripe.refund(history.world.accounts[purchase.org], purchase, charge, amount, status)
    return history.happened(purchase, *told) + f" {amount} of {charge.captured}"


def refund_becomes(history: History) -> str | None:
    """A refund that succeeded may fail later on: the bank returns it."""
    purchase = history.purchase(lambda each: any(given.counts for charge in each.taken for given in charge.refunds))
    if purchase is None:
        return None
    counting = [(charge, given) for charge in purchase.taken for given in charge.refunds if given.counts]
    charge, given = history.choose.choice(counting)
    history.world.clock.now += REFUND_TAKES
    may = ("failed", "canceled") if given.status == "succeeded" else ("failed", "canceled", "succeeded")
    status = history.choose.choice(may)
    account = history.world.accounts[purchase.org]
    return (
        history.happened(purchase, *at_stripe.refund_becomes(account, purchase, charge, given, status)) + f" {status}"
    )


def dispute(history: History) -> str | None:
    purchase = history.purchase(lambda each: bool(each.taken))
    if purchase is None:
        return None
    charge, account = history.choose.choice(purchase.taken), history.world.accounts[purchase.org]
    status = history.choose.choice(("needs_response", "needs_response", "warning_needs_response", "prevented"))
    moved = history.choose.choice((0, -charge.captured)) if status == "prevented" else None
    return history.happened(purchase, *at_stripe.disputed(account, purchase, charge, status, moved)) + f" {status}"


def dispute_becomes(history: History) -> str | None:
    purchase = history.purchase(lambda each: bool(_open_disputes(each)))
    if purchase is None:
        return None
    charge, about = history.choose.choice(_open_disputes(purchase))
    status, way = history.choose.choice(BECOMES[about.status])
    history.world.clock.now += history.choose.choice((0, 60))
    account, moved = history.world.accounts[purchase.org], way * charge.captured
    told = at_stripe.dispute_becomes(account, purchase, charge, about, status, moved)
    return history.happened(purchase, *told) + f" {status}"


def _open_disputes(purchase: Purchase) -> list[tuple[Charge, Dispute]]:
    return [
        (charge, about) for charge in purchase.taken for about in charge.disputes.values() if about.status in BECOMES
    ]
