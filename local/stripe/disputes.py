"""Stripe's disputes: one that took the money, and how it ends. Pure."""

from local.stripe.purchases import Json

FEE = 1500  # cents, which a dispute costs the vendor besides


def dispute(name: str, charge: Json, now: int) -> Json:
    """Return a dispute that waits for the vendor's answer; its money is not taken yet."""
    return {
        "id": name,
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }


def closed(known: Json, outcome: str) -> Json:
    """Return the dispute won or lost."""
    return {**known, "status": outcome}


def withdrawn(known: Json, now: int) -> Json:
    """Return the dispute with its money taken from the vendor."""
    return _balanced(known, -known["amount"], now)


def reinstated(known: Json, now: int) -> Json:
    """Return the dispute with its money given back to the vendor."""
    return _balanced(known, 0, now)


def _balanced(known: Json, wanted: int, now: int) -> Json:
    done = known["balance_transactions"]
    amount = wanted - sum(each["amount"] for each in done)
    if not amount:
        return known
    fee = 0 if done else FEE
    transaction = {
        "id": f"txn_{known['id']}_{len(done)}",
        "object": "balance_transaction",
        "amount": amount,
        "created": now,
        "currency": known["currency"],
        "fee": fee,
        "net": amount - fee,
        "type": "adjustment",
    }
    return {**known, "balance_transactions": [*done, transaction]}
