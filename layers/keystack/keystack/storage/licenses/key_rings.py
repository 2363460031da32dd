"""Key rings: a Stripe Customer → the keys that its metadata should tell."""

from dataclasses import dataclass, field

from keystack.domain.customers import IssuedKey, KeyRing
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.licenses.table import plain, reference_key, unchanged, versions


@dataclass(frozen=True)
class StoredKeyRing:
    ring: KeyRing = field(default_factory=KeyRing)
    version: int = 0


def load_key_ring(org: str, stripe_customer: str) -> StoredKeyRing:
    key = reference_key(org, stripe_customer)
    return key_ring_from(dynamodb.get_items([key]).get(key))


def put_key_ring(org: str, stripe_customer: str, stored: StoredKeyRing) -> dynamodb.Action:
    """Write what a Stripe Customer's metadata should say; `stored.version` is the one that was read."""
    return dynamodb.update(
        reference_key(org, stripe_customer),
        "SET newest = :newest, license_count = :count, version = :next",
        unchanged(stored.version),  # two orders at once: none is lost
        {
            ":newest": [plain(issued) for issued in stored.ring.newest],
            ":count": stored.ring.license_count,
            **versions(stored.version),
        },
        {},
    )


def key_ring_is(org: str, stripe_customer: str, version: int) -> dynamodb.Action:
    """Require that the keys of a Stripe Customer are still those that its metadata was written from."""
    return dynamodb.check(reference_key(org, stripe_customer), "version = :version", {":version": version})


def key_ring_from(item: Item | None) -> StoredKeyRing:
    if item is None:
        return StoredKeyRing()
    newest = tuple(IssuedKey(**issued) for issued in item.get("newest", []))
    return StoredKeyRing(KeyRing(newest, item.get("license_count", 0)), item.get("version", 0))
