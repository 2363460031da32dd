"""The permissions of a restricted key, by their names in the Stripe Dashboard. Standard library only.

A key is stored only if it has those that are needed. README and the dashboard list both kinds from here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Permission:
    """`without`: of one that is not needed, what is not exact or not shown without it."""

    name: str
    what_for: str
    without: str = ""

    @property
    def is_needed(self) -> bool:
        return not self.without


CHECKOUT_SESSIONS = Permission("Checkout Sessions: Read", "what was bought, and whether it is paid by now")
CUSTOMERS_READ = Permission("Customers: Read", "the e-mail address of a customer whose Checkout Session has none")
CUSTOMERS_WRITE = Permission(
    "Customers: Write",
    "the license key in the customer's metadata; it includes Read, for an address that a session lacks",
)
INVOICES = Permission("Invoices: Read", "what a payment was for, such as a renewal, and until when it pays")
CHARGES = Permission("Charges and Refunds: Read", "from a dispute without payment intent to its charge")
SUBSCRIPTIONS = Permission(
    "Subscriptions: Read",
    "what a subscription includes and how it stands, asked for whenever one of its events comes",
    "licenses follow what each event says: after one that was lost, or two within one second, they may be wrong until"
    " the next one",
)
DISPUTES = Permission(
    "Disputes: Read",
    "what has become of a dispute, asked for whenever one of its events comes",
    "a dispute is what its latest event says: after two within one second it may be wrong until the next one",
)
PRICES = Permission(
    "Prices: Read, Products: Read",
    "prices by their names where you map them",
    "the dashboard shows prices by their ids",
)

# What a vendor is told to give a key, the needed ones first. (Customers: Write includes Read.)
TO_GIVE = (CHECKOUT_SESSIONS, CUSTOMERS_WRITE, INVOICES, CHARGES, SUBSCRIPTIONS, DISPUTES, PRICES)
