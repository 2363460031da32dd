"""The licenses table: orders with their licenses, references with the facts parked under them, customers, keys.

| pk                         | sk            | one for                                                      |
|----------------------------|---------------|--------------------------------------------------------------|
| {org}#{order}              | ORDER         | an order: its facts, settled lines, effects                  |
| {org}#{order}              | LICENSE#{id}  | a license                                                    |
| {org}#ref#{pi_ sub_ in_ …} | REF           | a Stripe id → its order, or the facts that wait for one      |
| {org}#ref#{cus_}           | REF           | a Stripe Customer → the keys its metadata should tell        |
| {org}#ref#key_{hash}       | REF           | an Idempotency-Key → the order that was issued with it       |
| {org}#customer#{hash}      | CUSTOMER      | a customer                                                   |
| #key#{SHA-256 of the key}  | KEY           | a key → its license; also what keeps two keys from colliding |

`version` grows with every change of an item, and is the condition of the next one.
"""

from typing import Any

from keystack import environment
from keystack.storage.dynamodb import Key

TABLE = environment.variable("LICENSES_TABLE", "")


def order_key(org: str, order: str) -> Key:
    return TABLE, f"{org}#{order}", "ORDER"


def reference_key(org: str, reference: str) -> Key:
    return TABLE, f"{org}#ref#{reference}", "REF"


def plain(value: Any) -> dict[str, Any]:
    """A flat dataclass as a map, without what it leaves open."""
    return {name: field for name, field in vars(value).items() if field is not None}


def unchanged(version: int) -> str:
    return "version = :version" if version else "attribute_not_exists(version)"


def versions(version: int) -> dict[str, int]:
    return {":next": version + 1, **({":version": version} if version else {})}
