"""Add a fact to the order it is about, or park it under every Stripe id that may lead to that order one day.

Worker and issuer write the same reference items, conditionally: whoever is second sees the other. So a fact that
arrives before its order, after it or at the same moment ends in the order all the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from keystack.domain.audit import Action
from keystack.domain.facts import OrderFact, with_facts
from keystack.domain.orders import Order
from keystack.domain.recording import record_facts
from keystack.errors import ActionNeededError, RetryLaterError
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.licenses.licenses import load_licenses
from keystack.storage.licenses.orders import load_order, update_facts
from keystack.storage.licenses.references import Reference, load_references, park_fact

ATTEMPTS = 6  # against other writers of the same order
ANSWERS = 3  # of Stripe's to one delivery, while others write what they were answered


@dataclass(frozen=True)
class Asked:
    """What Stripe told of a fact whose order was not found: more ids that may lead to it, and the fact itself."""

    references: Sequence[str]
    fact: OrderFact


Ask = Callable[[], Asked]
Observe = Callable[[Order, OrderFact], Sequence[OrderFact]]


@dataclass(frozen=True)
class ArrivedFact:
    """A fact as an event brought it: for which organization and mode, from which `source` and when (`now`).

    `observe`: what to ask Stripe for, instead, once the order is read: so that the answer is later than all it knows.
    """

    org: str
    livemode: bool
    fact: OrderFact
    source: str
    now: int
    observe: Observe | None = None


@dataclass(frozen=True)
class Applied:
    """Where the fact went: to an `order`, else to where it is `parked`; nowhere, when no Stripe id is known.

    `actions` names the audit entries that it made; `licenses`: how many the order has.
    """

    order: str | None
    actions: tuple[Action, ...] = ()
    parked: tuple[str, ...] = ()
    licenses: int = 0


def apply_fact(arrived: ArrivedFact, known: Iterable[str], ask: Ask) -> Applied:
    """Add a fact to its order, found under one of the Stripe ids `known`, else under those that `ask` fetches.

    When none leads to an order, the fact is parked under all of them. Raises RetryLaterError when others keep
    writing the order, and whatever `ask` and `observe` raise.
    """
    references, asked, fact = tuple(known), False, arrived.fact
    for _ in range(ANSWERS if arrived.observe else ATTEMPTS):
        found = load_references(arrived.org, references)
        order = next((reference.order for reference in found.values() if reference.order), None)
        if order is None and not asked:
            answer, asked = ask(), True
            references, fact = (*references, *answer.references), answer.fact
            found = load_references(arrived.org, references)
            order = next((reference.order for reference in found.values() if reference.order), None)
        try:
            if order is not None:
                return _add(order, arrived, fact)
            park(arrived.org, found.values(), [fact])
        except ConditionFailedError:
            continue
        return Applied(None, parked=tuple(found))
    raise RetryLaterError("the order is being written by others", after=5)


def _add(order: str, arrived: ArrivedFact, fact: OrderFact) -> Applied:
    org = arrived.org
    stored = load_order(org, order)
    if stored is None:
        raise RetryLaterError(f"order {order} is referenced and not there yet")
    if stored.order.livemode != arrived.livemode:
        raise ActionNeededError(f"the event and order {order} are of different modes (live and test): nothing changed")
    facts = arrived.observe(stored.order, fact) if arrived.observe else [fact]
    count = stored.order.license_count
    if with_facts(stored.order.facts, facts) is stored.order.facts:
        return Applied(order, licenses=count)  # known already
    # The audit log's word depends on what persons decided about the licenses.
    licenses = load_licenses(org, order) if count else []
    changed, entries = record_facts(stored.order, facts, licenses, arrived.now)
    if changed is not stored.order:
        dynamodb.write(
            [
                update_facts(changed, stored.version),
                *put_entries(org, entries, arrived.source),
            ]
        )
    return Applied(order, tuple(entry.action for entry in entries), licenses=count)


def park(org: str, references: Iterable[Reference], facts: Sequence[OrderFact]) -> None:
    """Keep facts under Stripe ids until their order comes. Raises ConditionFailedError when it came just now."""
    actions = []
    for reference in references:
        parked = with_facts(reference.parked, facts)
        if parked is not reference.parked:
            actions.append(park_fact(org, reference, parked))
    if actions:
        dynamodb.write(actions)
