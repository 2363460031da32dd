"""Every way that a payment, a refund and a dispute may take, told in every order."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import permutations

from simulation.happenings import Named
from simulation.oracle import check
from simulation.prices import MONTH
from simulation.stripe_account import changes, checkout, money, renewals
from simulation.stripe_account.account import EVERYTHING, Account
from simulation.stripe_account.objects import Charge, Json, Purchase
from simulation.stripe_account.renewals import subscription_of
from simulation.world import ORGS, SimulatedWorld

MOST = 4  # events that come in every order; of longer ways, the last ones come in every order
REFUND_TAKES = 120  # seconds: Stripe does not refund again in the minute in which a refund failed

Step = Callable[[Account, Purchase], list[Json]]


# ------------------------------------------------------------- what was paid


def _first(account: Account, purchase: Purchase) -> list[Json]:
    return []


def _renewal(account: Account, purchase: Purchase, payments: int = 1) -> list[Json]:
    account.clock.now = max(account.clock.now, subscription_of(purchase).period_end)
    return renewals.renewed(account, purchase, payments)


def _proration(account: Account, purchase: Purchase) -> list[Json]:
    account.clock.now += MONTH // 2
    [item] = subscription_of(purchase).items
    return changes.item_changed(account, purchase, item, item.price, item.quantity + 1, changes.PAID)


def _by_hand(account: Account, purchase: Purchase) -> list[Json]:
    return renewals.by_hand(account, purchase, 700)


PAID_FOR: dict[str, tuple[str, Step]] = {  # what a payment was for → what was bought, and what bills it
    "the order": ("price_pro_lifetime", _first),
    "a first invoice": ("price_team", _first),
    "a renewal": ("price_team", _renewal),
    "a renewal in two payments": ("price_team", partial(_renewal, payments=2)),
    "a proration": ("price_team", _proration),
    "something else": ("price_team", _by_hand),
}

# ----------------------------------------------------------- what became of it


def _refunded(part: float, which: int = -1, status: str = "succeeded") -> Step:
    def step(account: Account, purchase: Purchase) -> list[Json]:
        account.clock.now += REFUND_TAKES
        charge = purchase.taken[which]
        amount = charge.left if part == 1 else int(charge.captured * part)
        return money.refund(account, purchase, charge, amount, status)

    return step


def _becomes(status: str, which: int = -1) -> Step:
    """Let the latest refund of a payment become something else."""

    def step(account: Account, purchase: Purchase) -> list[Json]:
        account.clock.now += REFUND_TAKES
        charge = purchase.taken[which]
        return money.refund_becomes(account, purchase, charge, charge.refunds[-1], status)

    return step


def _ended(account: Account, purchase: Purchase) -> list[Json]:
    return changes.ended(account, purchase) if purchase.subscription else []


def _renewed(account: Account, purchase: Purchase) -> list[Json]:
    return _renewal(account, purchase) if purchase.subscription else []


REFUNDS: dict[str, tuple[Step, ...]] = {
    "in full": (_refunded(1),),
    "in full, canceled": (_refunded(1), _becomes("canceled")),
    "in full, failed, again": (_refunded(1), _becomes("failed"), _refunded(1)),
    "pending, then done": (_refunded(1, status="pending"), _becomes("succeeded")),
    "held up, then canceled": (_refunded(1, status="requires_action"), _becomes("canceled")),
    "in two parts": (_refunded(0.5), _refunded(1)),
    "in two parts, one failed": (_refunded(0.5), _refunded(1), _becomes("failed")),
    "in full, and it ends": (_refunded(1), _ended),
    "it ends, and in full": (_ended, _refunded(1), _becomes("canceled")),
    "in full, and renewed": (_refunded(1), _renewed),
}


def _both_refunded(account: Account, purchase: Purchase) -> list[Json]:
    return _refunded(1, -2)(account, purchase)


def _disputed(status: str, moved: int | None = None) -> Step:
    def step(account: Account, purchase: Purchase) -> list[Json]:
        taken = None if moved is None else moved * _of(purchase).captured
        return money.disputed(account, purchase, _of(purchase), status, taken)

    return step


def _moves(status: str, way: int = 0) -> Step:
    """Let the dispute become something else; `way`: what is taken (-1) or given back (1)."""

    def step(account: Account, purchase: Purchase) -> list[Json]:
        account.clock.now += 1
        [dispute] = _of(purchase).disputes.values()
        charge = _of(purchase)
        return money.dispute_becomes(account, purchase, charge, dispute, status, way * charge.captured)

    return step


def _of(purchase: Purchase) -> Charge:
    return purchase.taken[-1]


DISPUTES: dict[str, tuple[Step, ...]] = {
    "won": (_disputed("needs_response"), _moves("won", 1)),
    "lost": (_disputed("needs_response"), _moves("under_review"), _moves("lost")),
    "won after review": (_disputed("needs_response"), _moves("under_review"), _moves("won", 1)),
    "an inquiry": (
        _disputed("warning_needs_response"),
        _moves("warning_under_review"),
        _moves("warning_closed"),
    ),
    "an inquiry that is lost": (_disputed("warning_needs_response"), _moves("needs_response", -1), _moves("lost")),
    "an inquiry that is won": (_disputed("warning_needs_response"), _moves("needs_response", -1), _moves("won", 1)),
    "prevented": (_disputed("prevented", 0), _moves("prevented")),
    "prevented, with money": (_disputed("prevented", -1), _moves("prevented")),
    "lost, then won on appeal": (
        _disputed("needs_response"),
        _moves("lost"),
        _moves("appeal_needs_response"),
        _moves("won", 1),
    ),
    "won, then lost in arbitration": (_disputed("needs_response"), _moves("won", 1), _moves("lost", -1)),
    "closed by a refund": (_disputed("needs_response"), _refunded(1), _moves("charge_refunded", 1)),
    "won after it ended": (_disputed("needs_response"), _ended, _moves("won", 1)),
    "lost, and renewed": (_disputed("needs_response"), _moves("lost"), _renewed),
}
DISPUTED = ("the order", "a first invoice", "a renewal", "a proration")

# ------------------------------------------------------------------- payments


def _waits(by_hand: bool = False) -> Step:
    return lambda account, purchase: checkout.completed(account, purchase, "unpaid", by_hand)


def _captured(account: Account, purchase: Purchase) -> list[Json]:
    account.clock.now += 2 * 86_400
    return checkout.captured(account, purchase)


def _captured_in_part(account: Account, purchase: Purchase) -> list[Json]:
    return checkout.captured(account, purchase, purchase.charges[0].amount * 3 // 5)


def _arrives(account: Account, purchase: Purchase) -> list[Json]:
    account.clock.now += 3 * 86_400
    return checkout.async_succeeded(account, purchase)


def _bounces(account: Account, purchase: Purchase) -> list[Json]:
    account.clock.now += 3 * 86_400
    return checkout.async_failed(account, purchase)


PAYMENTS: dict[str, tuple[str, Sequence[Step]]] = {
    "at once": ("price_team", (checkout.completed,)),
    "captured by hand": ("price_year_pass", (_waits(by_hand=True), _captured)),
    "captured in part, and refunded": ("price_pro_lifetime", (_waits(by_hand=True), _captured_in_part, _refunded(1))),
    "released": ("price_pro_lifetime", (_waits(by_hand=True), checkout.released)),
    "a debit": ("price_year_pass", (_waits(), _arrives)),
    "a subscription's debit": ("price_team", (_waits(), _arrives)),
    "a debit that bounces": ("price_pro_lifetime", (_waits(), _bounces)),
    "a debit that bounces and is tried again": ("price_team", (_waits(), _bounces, checkout.retried)),
    "a debit that is refunded": ("price_pro_lifetime", (_waits(), _arrives, _refunded(1))),
}

# -------------------------------------------------------------------- families


def payments(version: str, most: int = MOST) -> Iterator[Named]:
    for name, (price, steps) in PAYMENTS.items():
        yield from _told_in_every_order(f"paid {name}", version, price, steps, most)


def refunds(paid_for: str, version: str, most: int = MOST) -> Iterator[Named]:
    price, billed = PAID_FOR[paid_for]
    ways = {**REFUNDS, **({"both": (_refunded(1), _both_refunded)} if "two payments" in paid_for else {})}
    for name, steps in ways.items():
        yield from _told_in_every_order(
            f"{paid_for} refunded {name}", version, price, (checkout.completed, billed, *steps), most
        )


def disputes(paid_for: str, version: str, most: int = MOST) -> Iterator[Named]:
    price, billed = PAID_FOR[paid_for]
    for name, steps in DISPUTES.items():
        yield from _told_in_every_order(
            f"{paid_for} disputed, {name}", version, price, (checkout.completed, billed, *steps), most
        )


def _told_in_every_order(what: str, version: str, price: str, steps: Sequence[Step], most: int) -> Iterator[Named]:
    """Let the last `most` steps be told in every order, one of them twice; those before as they happen."""
    steps = [step for step in steps if step is not _first]
    fixed = max(0, len(steps) - most)
    for order in permutations(range(fixed, len(steps))):
        name = f"{version}, {what}: {' '.join(str(place + 1) for place in (*range(fixed), *order))}"
        yield name, partial(_told, name, version, price, steps, (*range(fixed), *order))


def _told(name: str, version: str, price: str, steps: Sequence[Step], order: Sequence[int]) -> None:
    choose = random.Random(name)  # noqa: S311 - a history, no secret
    org = choose.choice(ORGS)
    world = SimulatedWorld(version=version, hears=EVERYTHING)
    cart = ("price_pro_lifetime", price) if price == "price_team" else (price,)
    purchase, account = world.buy(*cart, org=org), world.accounts[org]
    just_in_time = choose.random() < 0.5
    happened: list[list[Json]] = []
    for place in order:
        while len(happened) <= (place if just_in_time else len(steps) - 1):
            happened.append(steps[len(happened)](account, purchase))
            world.clock.now += choose.choice((0, 1, 3_600))
        events = happened[place] * choose.choice((1, 2))
        choose.shuffle(events)
        world.post(*events, org=org)
        world.work_off()
    world.settle()
    check(world)
