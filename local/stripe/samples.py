"""What the stand-in knows from the start: the catalogue, and the purchases that the samples in events/ are about.

`sam local invoke` finds them there.
"""

import json
from typing import Any

from local.settings import ROOT
from local.stripe.catalogue import catalogue
from local.stripe.objects import StripeObjects
from local.stripe.purchases import Purchase
from local.stripe.shapes import line_items, objects

BOUGHT = {"payment": "price_pro_lifetime", "subscription": "price_pro_monthly"}  # by the session's mode


def put_samples(stripe: StripeObjects) -> None:
    """Put in the prices and the samples' purchases."""
    for price in catalogue():
        stripe.put(price)
        name = str(price["nickname"]).partition(",")[0]
        stripe.put({"id": price["product"], "object": "product", "active": True, "name": name, "livemode": False})
    for bought in sample_purchases():
        for item in objects(bought):
            stripe.put(item)
        stripe.put_line_items(bought.order, line_items(bought))


def sample_purchases() -> list[Purchase]:
    """Return one purchase for each Checkout Session in events/."""
    found = {}
    for file in sorted((ROOT / "events").glob("issuer.*.json")):
        for record in json.loads(file.read_text())["Records"]:
            about = json.loads(record["body"])["event"]["data"]["object"]
            if about["object"] == "checkout.session":
                found[about["id"]] = _purchase(about)
    return list(found.values())


def _purchase(session: dict[str, Any]) -> Purchase:
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
        created=session["created"],
        subscription=session["subscription"],
        invoice=session["invoice"],
    )
