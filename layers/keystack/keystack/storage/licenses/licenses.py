"""Licenses in the licenses table, beside their order; and the look-up of each key."""

from dataclasses import dataclass
from typing import Self

from keystack.domain.grants import as_granted
from keystack.domain.holds import open_holds
from keystack.domain.keys import key_hash
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.plan_kinds import PlanKind
from keystack.storage import dynamodb
from keystack.storage.attributes import Item, to_item
from keystack.storage.licenses.fact_codec import facts_to_map, license_facts_from
from keystack.storage.licenses.orders import load_order
from keystack.storage.licenses.table import TABLE, plain, unchanged, versions
from keystack.storage.timestamps import to_iso

ACTIONS_PER_LICENSE = 2  # the license and the look-up of its key


@dataclass(frozen=True)
class StoredLicense:
    license: License
    order: str
    version: int = 0


@dataclass(frozen=True)
class FoundLicense:
    """A license, as it is granted now, with its order."""

    order: Order
    license: License

    @classmethod
    def of(cls, order: Order, license: License) -> Self:
        return cls(order, as_granted(order, license))


def load_licenses(org: str, order: str) -> list[License]:
    """Load the licenses of an order by line and unit."""
    items = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :license)",
        ExpressionAttributeValues=to_item({":pk": f"{org}#{order}", ":license": "LICENSE#"}),
        ConsistentRead=True,
    )
    return sorted(map(license_from, items), key=lambda license: (license.line, license.unit))


def find_license(org: str, license: str) -> StoredLicense | None:
    """Find one of the organization's licenses by its id, strongly consistent once the index knows it."""
    found = dynamodb.query(
        TableName=TABLE,
        IndexName="by_license",
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues=to_item({":id": license}),
    )
    keys = [(TABLE, item["pk"], item["sk"]) for item in found if item["pk"].startswith(f"{org}#")]
    for item in dynamodb.get_items(keys).values():
        return StoredLicense(license_from(item), item["pk"].removeprefix(f"{org}#"), item.get("version", 0))
    return None


def find_with_order(org: str, license: str) -> FoundLicense | None:
    """Find one of the organization's licenses by its id, and its order with it."""
    stored = find_license(org, license)
    order = load_order(org, stored.order) if stored else None
    return FoundLicense.of(order.order, stored.license) if stored and order else None


def put_license(order: Order, license: License, issued_at: int) -> list[dynamodb.Action]:
    """Write a license and the look-up of its key: two actions, neither of which may replace anything."""
    pk, sk = f"{order.org}#{order.id}", f"LICENSE#{license.id}"
    item = {
        **plain(license),
        "facts": facts_to_map(license.facts),
        "pk": pk,
        "sk": sk,
        "org": order.org,
        "customer": f"{order.org}#{order.customer}",
        "listed_at": f"{to_iso(issued_at)}#{license.id}",
        "issued_at": issued_at,
        "livemode": order.livemode,
    }
    look_up = {"pk": f"#key#{key_hash(license.key)}", "sk": "KEY", "license_pk": pk, "license_sk": sk}
    return [
        dynamodb.put(TABLE, item, "attribute_not_exists(pk)"),  # a key is written once
        dynamodb.put(TABLE, look_up, "attribute_not_exists(pk)"),  # no key is anybody else's
    ]


def update_license(org: str, stored: StoredLicense, changed: License) -> dynamodb.Action:
    """Write what a person decided about a license: its facts, and since when it is held by a person."""
    holds = () if "revoked" in changed.facts else open_holds(changed.facts)
    listed = {":held_org": org, ":held_at": f"{to_iso(holds[0].since)}#{changed.id}"} if holds else {}
    expression = "SET facts = :facts, version = :next"
    expression += ", held_org = :held_org, held_at = :held_at" if holds else " REMOVE held_org, held_at"
    return dynamodb.update(
        (TABLE, f"{org}#{stored.order}", f"LICENSE#{changed.id}"),
        expression,
        unchanged(stored.version),  # two decisions at once: the second sees the first
        {":facts": facts_to_map(changed.facts), **listed, **versions(stored.version)},
        {},
    )


def license_from(item: Item) -> License:
    return License(
        id=item["id"],
        key=item["key"],
        plan=item["plan"],
        kind=PlanKind(item["kind"]),
        seats=item["seats"],
        line=item["line"],
        unit=item["unit"],
        created_at=item["created_at"],
        duration_days=item.get("duration_days"),
        facts=license_facts_from(item.get("facts")),
    )
