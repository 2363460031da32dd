"""Find licenses: by key, by time, by customer, by open hold. An index only names them; what it names is read afresh."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from keystack.domain.keys import key_hash
from keystack.domain.orders import licenses_of
from keystack.errors import InvalidInputError
from keystack.storage import dynamodb
from keystack.storage.dynamodb import Item
from keystack.storage.licenses.licenses import FoundLicense, license_from
from keystack.storage.licenses.orders import order_from
from keystack.storage.licenses.table import TABLE

LICENSE = "LICENSE#"


@dataclass(frozen=True)
class _Index:
    """An index of the table: its name, and the attributes that are its keys."""

    name: str
    partition: str
    sort: str


_BY_TIME = _Index("by_time", "org", "listed_at")
_BY_CUSTOMER = _Index("by_customer", "customer", "listed_at")
_BY_HOLD = _Index("by_hold", "held_org", "held_at")


@dataclass(frozen=True)
class Named:
    """A license as an index names it; a list goes on `after` it."""

    order: str
    license: str
    after: str


@dataclass(frozen=True)
class Names:
    """A part of a list, and after what the next part begins; None at the end."""

    names: list[Named]
    after: str | None


def find_by_key(typed: str) -> FoundLicense | None:
    """Find the license of a key, however a person typed it: whose it is, the order says."""
    look_up = (TABLE, f"#key#{key_hash(typed)}", "KEY")
    found = dynamodb.get_items([look_up]).get(look_up)
    if not found:
        return None
    order = (TABLE, found["license_pk"], "ORDER")
    license = (TABLE, found["license_pk"], found["license_sk"])
    items = dynamodb.get_items([order, license])
    if order not in items or license not in items:
        return None
    return FoundLicense(order_from(items[order]).order, license_from(items[license]))


def load_named(org: str, names: Iterable[Named]) -> dict[Named, FoundLicense]:
    """Read what an index named, and the orders, strongly consistent; what is gone is left out."""
    wanted = list(names)
    licenses = {each: (TABLE, f"{org}#{each.order}", LICENSE + each.license) for each in wanted}
    orders = {each: (TABLE, f"{org}#{each.order}", "ORDER") for each in wanted}
    items = dynamodb.get_items([*licenses.values(), *orders.values()])
    known = {key: order_from(items[key]).order for key in set(orders.values()) if key in items}
    return {
        each: FoundLicense(known[orders[each]], license_from(items[licenses[each]]))
        for each in wanted
        if orders[each] in known and licenses[each] in items
    }


def newest(org: str, limit: int, after: str | None) -> Names:
    """Name the organization's licenses, the newest first."""
    items, more = _page(_BY_TIME, org, limit, after)
    return _names(org, items, more)


def newest_of_customers(org: str, customers: Iterable[str], limit: int, after: str | None) -> Names:
    """Name the licenses of customers, all together, the newest first."""
    pages = [_page(_BY_CUSTOMER, f"{org}#{each}", limit, after) for each in customers]
    items = sorted((item for page, _ in pages for item in page), key=lambda item: str(item["listed_at"]), reverse=True)
    return _names(org, items[:limit], len(items) > limit or any(more for _, more in pages))


def held(org: str, limit: int, after: str | None) -> Names:
    """Name the licenses of held orders, and those held by themselves, by hold, the newest first.

    A thousand of one order may be named: a cursor says how many of the last hold's were (`12@2026-…`).
    """
    skipped, _, start = (after or "").partition("@")
    if after is not None and not (skipped.isdecimal() and len(skipped) <= 4 and start):
        raise InvalidInputError("cursor is none of this list's: leave it out to begin with the first page")
    items, more = _page(_BY_HOLD, org, limit, start or None, "<=")
    orders = dynamodb.get_items((TABLE, item["pk"], "ORDER") for item in items)
    names: list[Named] = []
    for item in items:
        done = int(skipped) if item["held_at"] == start else 0
        named = list(_named_by_hold(org, item, orders.get((TABLE, item["pk"], "ORDER"))))[done:]
        names += named[: limit - len(names)]
        if len(names) == limit and (item is not items[-1] or more or names[-1] != named[-1]):
            return Names(names, names[-1].after)
    return Names(names, f"9999@{items[-1]['held_at']}" if more else None)


def _named_by_hold(org: str, item: Item, order: Item | None) -> Iterator[Named]:
    """A license that is held by itself is named with its order, if that is listed too."""
    name = item["pk"].removeprefix(f"{org}#")
    if item["sk"] != "ORDER":
        if not order or "held_org" not in order:
            yield Named(name, item["sk"].removeprefix(LICENSE), f"1@{item['held_at']}")
    elif order:
        for place, (license, _) in enumerate(licenses_of(order_from(order).order), 1):
            yield Named(name, license.id, f"{place}@{item['held_at']}")


def _page(index: _Index, value: str, limit: int, after: str | None, compare: str = "<") -> tuple[list[Item], bool]:
    """Read a page of an index backwards. The sort keys are unique, so one alone says where to go on."""
    if after == "":
        raise InvalidInputError("cursor is none of this list's: leave it out to begin with the first page")
    condition, values = f"{index.partition} = :partition", {":partition": value}
    if after is not None:
        condition, values = f"{condition} AND {index.sort} {compare} :after", {**values, ":after": after}
    request: dict[str, Any] = {
        "TableName": TABLE,
        "IndexName": index.name,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": dynamodb.to_item(values),
        "ScanIndexForward": False,
    }
    return dynamodb.query_page(limit, None, **request)


def _names(org: str, items: list[Item], more: bool) -> Names:
    names = [
        Named(item["pk"].removeprefix(f"{org}#"), item["sk"].removeprefix(LICENSE), item["listed_at"]) for item in items
    ]
    return Names(names, names[-1].after if names and more else None)
