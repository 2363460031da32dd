"""One search for everything: what a person typed → the license, order, customer or delivery that it is.

Only what the caller's organization has is ever found: what is another's is not found, in the same words.
"""

from collections.abc import Callable, Mapping

from keystack.domain.customers import customer_id
from keystack.domain.facts import Disputed, Refunded, RefundFailed
from keystack.domain.orders import Order
from keystack.management.find_results import HOLDS, MISSES, Found, NotFound, Result, Several, Thing, Unanswered, Waiting
from keystack.management.search_text import Sought, read_text
from keystack.management.stripe_search import Asked, ask_of_charge, ask_of_customer, ask_of_reference
from keystack.storage.deliveries import deliveries
from keystack.storage.licenses import search
from keystack.storage.licenses.customers import load_customers
from keystack.storage.licenses.key_rings import load_key_ring
from keystack.storage.licenses.licenses import find_license
from keystack.storage.licenses.orders import load_order, load_orders
from keystack.storage.licenses.references import load_references


def find(org: str, typed: str) -> Result:
    """Find what a text names. Makes a bounded number of calls; raises RetryLaterError when DynamoDB does not answer."""
    reading = read_text(typed)
    look = _LOOKS.get(reading.sought)
    return look(org, reading.text) if look else MISSES[reading.sought]


def _license(org: str, text: str) -> Result:
    found = find_license(org, text)
    return Found(Thing.LICENSE, text, _mode_in(found.order)) if found else MISSES[Sought.LICENSE]


def _key(org: str, text: str) -> Result:
    found = search.find_by_key(text)
    if found is None or found.order.org != org:
        return MISSES[Sought.KEY]
    return Found(Thing.LICENSE, found.license.id, found.order.livemode)


def _order(org: str, text: str) -> Result:
    stored = load_order(org, text)
    return Found(Thing.ORDER, text, stored.order.livemode) if stored else MISSES[Sought.ORDER]


def _delivery(org: str, text: str) -> Result:
    return Found(Thing.DELIVERY, text) if deliveries.load(org, text) else MISSES[Sought.DELIVERY]


def _email(org: str, text: str) -> Result:
    ids = [customer_id(livemode, text, None, "") for livemode in (True, False)]
    return _customers(org, ids) or MISSES[Sought.EMAIL]


def _reference(org: str, text: str) -> Result:
    """A renewal's payment and invoice are no reference yet: only Stripe knows for which subscription they are."""
    return _by_references(org, [text]) or _by_asking(org, Sought.REFERENCE, ask_of_reference(org, text))


def _charge(org: str, text: str) -> Result:
    for order in search.orders_with_open_holds(org, HOLDS):
        if _names_charge(order, text):
            return Found(Thing.ORDER, order.id, order.livemode)
    return _by_asking(org, Sought.CHARGE, ask_of_charge(org, text))


def _stripe_customer(org: str, text: str) -> Result:
    """By the orders of its newest keys; as the customer of an order without an address; by its address at Stripe."""
    newest = load_key_ring(org, text).ring.newest
    orders = load_orders(org, {issued.order for issued in newest})
    ids = {order.customer for order in orders} | {customer_id(livemode, None, text, "") for livemode in (True, False)}
    if known := _customers(org, sorted(ids)):
        return known
    asked = ask_of_customer(org, text)
    found = _customers(org, [customer_id(mode.livemode, email, None, "") for email, mode in asked.found])
    return found or _miss(Sought.STRIPE_CUSTOMER, asked)


def _customers(org: str, ids: list[str]) -> Result | None:
    found = tuple(Found(Thing.CUSTOMER, each.id, each.livemode) for each in load_customers(org, ids))
    return Several(found) if len(found) > 1 else found[0] if found else None


def _by_references(org: str, references: list[str]) -> Result | None:
    found = load_references(org, references)
    for reference in found.values():
        if reference.order:
            return Found(Thing.ORDER, reference.order, _mode_in(reference.order))
    for reference in found.values():
        if reference.parked:
            return Waiting(reference.id, reference.parked)
    return None


def _by_asking(org: str, sought: Sought, asked: Asked) -> Result:
    found = _by_references(org, [reference for reference, _ in asked.found])
    return found or _miss(sought, asked)


def _miss(sought: Sought, asked: Asked) -> Result:
    """Where Stripe did not answer in a mode, it may be of that mode: then nobody knows that it is not there."""
    miss = MISSES[sought]
    if asked.failure:
        return Unanswered(asked.failure)
    return NotFound(" ".join([miss.tried, *asked.notes]), miss.hint)


def _mode_in(order: str) -> bool | None:
    """Read the mode in an order's id; only that of a Checkout Session names it."""
    return {"cs_live": True, "cs_test": False}.get(order[:7])


def _names_charge(order: Order, charge: str) -> bool:
    return any(
        isinstance(fact, Refunded | RefundFailed | Disputed) and fact.charge == charge for fact in order.facts.values()
    )


_LOOKS: Mapping[Sought, Callable[[str, str], Result]] = {
    Sought.EMAIL: _email,
    Sought.KEY: _key,
    Sought.LICENSE: _license,
    Sought.ORDER: _order,
    Sought.REFERENCE: _reference,
    Sought.DELIVERY: _delivery,
    Sought.STRIPE_CUSTOMER: _stripe_customer,
    Sought.CHARGE: _charge,
}
