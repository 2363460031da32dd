"""Stripe's lists: filters and pages."""

from typing import Any

from local.stripe.objects import Json, StripeError, StripeObjects


def fits(item: Json, fields: Json) -> bool:
    """Tell whether an object matches a list's filters (pages and expansions aside)."""
    for name, wanted in fields.items():
        if name in {"limit", "starting_after", "ending_before", "expand"}:
            continue
        value: Any = item.get(name)
        if isinstance(wanted, dict):
            if not isinstance(value, dict) or not fits(value, wanted):
                return False
        elif str(value).lower() != str(wanted).lower():
            return False
    return True


def page(url: str, items: list[Json], fields: Json) -> Json:
    """Cut a page (Stripe: "Pagination")."""
    limit = str(fields.get("limit", "10"))
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        raise StripeError(400, f"Invalid integer: {limit}", "parameter_invalid_integer", "limit")
    first = 0
    if after := fields.get("starting_after"):
        places = [place for place, item in enumerate(items) if item["id"] == after]
        if not places:
            raise StripeError(400, f"No such object: '{after}'", "resource_missing", "starting_after")
        first = places[0] + 1
    cut = items[first : first + int(limit)]
    return {"object": "list", "url": url, "has_more": first + len(cut) < len(items), "data": cut}


def expand_products(found: Json, objects: StripeObjects) -> Json:
    """Put each price's product in place of its id, as `expand[]=data.product` asks (Stripe: "Expanding Responses")."""
    return {**found, "data": [{**price, "product": objects.product(price["product"])} for price in found["data"]]}
