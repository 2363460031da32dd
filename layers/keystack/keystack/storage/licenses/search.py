"""Find licenses: by key, by time, by customer, by open hold. An index only names them; what it names is read afresh."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from keystack.domain.keys import key_hash
from keystack.domain.licenses import License
from keystack.domain.orders import Order, licenses_of
from keystack.errors import InvalidInputError
from keystack.storage import dynamodb
from keystack.storage.attributes import Item, to_item
from keystack.storage.dynamodb import Key
from keystack.storage.licenses.licenses import FoundLicense, license_from
from keystack.storage.licenses.orders import order_from
from keystack.storage.licenses.table import TABLE
from keystack.storage.pages import Part, query_part
from keystack.storage.timestamps import from_iso

LICENSE = "LICENSE#"


@dataclass(frozen=True)
class _Index:
    """An index: its partition key, its sort key, and how what follows a mark compares with it."""

    name: str
    partition: str
    sort: str
    compare: str = "<"


BY_HOLD = _Index("by_hold", "held_org", "held_at", "<=")


@dataclass(frozen=True)
class Named:
    """A license as an index names it."""

    order: str
    license: str


@dataclass(frozen=True)
class Held:
    """An order with an open hold; or the one license of it, if the hold is that license's own."""

    order: Order
    license: License | None = None


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
    return FoundLicense.of(order_from(items[order]).order, license_from(items[license]))


def load_named(org: str, part: Part[Named]) -> Part[FoundLicense]:
    """Read what an index named, and the orders, strongly consistent; what is gone is left out."""
    wanted = [named for _, named in part.entries if named]
    licenses = {each: (TABLE, f"{org}#{each.order}", LICENSE + each.license) for each in wanted}
    orders = {each: (TABLE, f"{org}#{each.order}", "ORDER") for each in wanted}
    items = dynamodb.get_items([*licenses.values(), *orders.values()])
    known = {key: order_from(items[key]).order for key in set(orders.values()) if key in items}
    found = {
        each: FoundLicense.of(known[orders[each]], license_from(items[licenses[each]]))
        for each in wanted
        if orders[each] in known and licenses[each] in items
    }
    return part.map(found.get)


def newest(org: str, size: int, after: str | None) -> Part[Named]:
    """Name the organization's licenses, the newest first."""
    return _query(_Index("by_time", "org", "listed_at"), org, size, after).map(lambda item: _named(org, item))


def newest_of_customers(org: str, customers: Iterable[str], size: int, after: str | None) -> Part[Named]:
    """Name the licenses of customers, all together, the newest first."""
    index = _Index("by_customer", "customer", "listed_at")
    parts = [_query(index, f"{org}#{each}", size, after) for each in customers]
    entries = sorted((entry for part in parts for entry in part.entries), key=itemgetter(0), reverse=True)
    more = len(entries) > size or any(part.after for part in parts)
    return Part(entries[:size], entries[:size][-1][0] if more else None).map(lambda item: _named(org, item))


def time_of_mark(mark: str) -> int:
    """Read from a mark of these lists the time (Unix seconds) of what it stands after: of a license, or of a hold."""
    return from_iso(mark.rpartition("@")[2].partition("#")[0])


def orders_with_open_holds(org: str, size: int) -> list[Order]:
    """Load the orders of the newest open holds, theirs or of one of their licenses."""
    part = _query(BY_HOLD, org, size, None)
    keys = [(TABLE, item["pk"], "ORDER") for _, item in part.entries if item]
    return [order_from(item).order for item in dynamodb.get_items(keys).values()]


def open_holds(org: str, size: int, after: str | None = None) -> Part[Held]:
    """Load what has an open hold, the newest hold first: orders, and licenses with a hold of their own."""
    part = _query(BY_HOLD, org, size, after)
    places = [(item["pk"], item["sk"]) for _, item in part.entries if item]
    items = dynamodb.get_items((TABLE, pk, each) for pk, sk in places for each in dict.fromkeys((sk, "ORDER")))
    return part.map(lambda named: _held(named, items))


def _held(named: Item, items: Mapping[Key, Item]) -> Held | None:
    """None: it is gone or lifted meanwhile."""
    order, own = items.get((TABLE, named["pk"], "ORDER")), items.get((TABLE, named["pk"], named["sk"]))
    if order is None or own is None or "held_org" not in own:
        return None
    return Held(order_from(order).order) if named["sk"] == "ORDER" else _held_license(order, own)


def _held_license(order: Item, own: Item) -> Held:
    found = FoundLicense.of(order_from(order).order, license_from(own))
    return Held(found.order, found.license)


def with_open_holds(org: str, size: int, after: str | None) -> Part[Named]:
    """Name the licenses of orders with an open hold, and those with one of their own, by hold, the newest first.

    A thousand of one order may be named: a mark says how many of the last hold's were (`12@2026-…`).
    """
    skipped, _, start = (after or "").partition("@")
    if after is not None and not (skipped.isdecimal() and len(skipped) <= 4 and start):
        raise InvalidInputError("cursor is none of this list's: leave it out to begin with the first page")
    part = _query(BY_HOLD, org, size, start or None)
    holds = [item for _, item in part.entries if item]
    orders = dynamodb.get_items((TABLE, item["pk"], "ORDER") for item in holds)
    entries: list[tuple[str, Named]] = []
    for item in holds:
        done = int(skipped) if item["held_at"] == start else 0
        named = list(_named_by_hold(org, item, orders.get((TABLE, item["pk"], "ORDER"))))[done:]
        entries += named[: size - len(entries)]
        if len(entries) == size and (item is not holds[-1] or part.after or entries[-1] != named[-1]):
            return Part(entries, entries[-1][0])
    return Part(entries, f"9999@{part.after}" if part.after else None)


def _named_by_hold(org: str, item: Item, order: Item | None) -> Iterator[tuple[str, Named]]:
    """A license with a hold of its own is named with its order, if that is listed too."""
    if item["sk"] != "ORDER":
        if not order or "held_org" not in order:
            yield f"1@{item['held_at']}", _named(org, item)
    elif order:
        name = item["pk"].removeprefix(f"{org}#")
        for place, (license, _) in enumerate(licenses_of(order_from(order).order), 1):
            yield f"{place}@{item['held_at']}", Named(name, license.id)


def _query(index: _Index, value: str, size: int, after: str | None) -> Part[Item]:
    """Read a part of an index backwards. The sort keys are unique, so one alone says where to go on."""
    if after == "":
        raise InvalidInputError("cursor is none of this list's: leave it out to begin with the first page")
    condition, values = f"{index.partition} = :partition", {":partition": value}
    if after is not None:
        condition, values = f"{condition} AND {index.sort} {index.compare} :after", {**values, ":after": after}
    return query_part(
        size,
        lambda item: str(item[index.sort]),
        TableName=TABLE,
        IndexName=index.name,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=to_item(values),
        ScanIndexForward=False,
    )


def _named(org: str, item: Item) -> Named:
    return Named(item["pk"].removeprefix(f"{org}#"), item["sk"].removeprefix(LICENSE))
