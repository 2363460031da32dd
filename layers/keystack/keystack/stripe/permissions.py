"""The permissions that a restricted key needs, by their names in the Stripe Dashboard. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Permission:
    name: str
    what_for: str


CHECKOUT_SESSIONS = Permission("Checkout Sessions: Read", "what was bought")
CUSTOMERS_READ = Permission("Customers: Read", "the e-mail address of a customer whose Checkout Session has none")
CUSTOMERS_WRITE = Permission("Customers: Write", "the license key in the customer's metadata; it includes Read")
INVOICES = Permission("Invoices: Read", "from the refund of a renewal to its license")
PRICES = Permission("Prices: Read, Products: Read", "prices by their names, where you map them; optional")
CHARGES = Permission("Charges and Refunds: Read", "from a dispute without payment intent to its charge")
