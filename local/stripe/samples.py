"""What the stand-in knows from the start: the catalogue, and the objects that the samples in events/ are about.

`sam local invoke` finds them there. Where several samples tell of one object, it is as the first of them has it;
`make event` puts it in as its sample tells it.
"""

import json
from typing import Any

from local.settings import ROOT
from local.stripe.catalogue import catalogue
from local.stripe.objects import COLLECTIONS, StripeObjects
from local.stripe.purchases import Json, Purchase
from local.stripe.shapes import line_items, objects

BOUGHT = {"payment": "price_pro_lifetime", "subscription": "price_pro_monthly"}  # by the session's mode
KINDS = {kind for kind, _ in COLLECTIONS.values()}


def put_samples(stripe: StripeObjects) -> None:
    """Put in the prices and what the samples are about."""
    for price in catalogue():
        stripe.put(price)
        name = str(price["nickname"]).partition(",")[0]
        stripe.put({"id": price["product"], "object": "product", "active": True, "name": name, "livemode": False})
    for bought in sample_purchases():
        for item in objects(bought):
            stripe.put(item)
        stripe.put_line_items(bought.order, line_items(bought))
    for event in _events("*"):
        for item in objects_of(event):
            stripe.put_new(item)


def sample_purchases() -> list[Purchase]:
    """Return one purchase for each Checkout Session in events/."""
    found: dict[str, Purchase] = {}
    for event in _events("issuer"):
        about = event["data"]["object"]
        if about["object"] == "checkout.session":
            found.setdefault(about["id"], _purchase(about, event["created"]))
    return list(found.values())


def sample_events(sample: Json) -> list[Json]:
    """Return the events in a worker's sample, none if it is another function's."""
    return [json.loads(record["body"])["event"] for record in sample.get("Records", [])]


def objects_of(event: Json) -> list[Json]:
    """Return the object that an event is about, if it is one of Stripe's."""
    about = event["data"]["object"]
    return [about] if about["object"] in KINDS else []


def _events(function: str) -> list[Json]:
    """Return the events of a function's samples, the oldest first."""
    files = (ROOT / "events").glob(f"{function}.*.json")
    found = [event for file in files for event in sample_events(json.loads(file.read_text()))]
    return sorted(found, key=lambda event: (event["created"], event["id"]))


def _purchase(session: dict[str, Any], completed: int) -> Purchase:
    name = session["id"].removeprefix("cs_test_")
    return Purchase(
        order=session["id"],
        price=next(each for each in catalogue() if each["id"] == BOUGHT[session["mode"]]),
        quantity=1,
        email=session["customer_details"]["email"],
        customer=session["customer"],
        payment_intent=session["payment_intent"] or f"pi_{name}",
        charge=f"ch_{name}",
        amount=session["amount_total"],
        created=completed,
        subscription=session["subscription"],
        invoice=session["invoice"],
    )
