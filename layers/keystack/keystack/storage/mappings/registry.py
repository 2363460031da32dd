"""Which organizations there are: `#organizations` · `{slug}`, in the mappings table. The schedule goes through them.

No organization can be named so: a slug has no `#`.
"""

from keystack.storage import dynamodb, pages
from keystack.storage.attributes import to_item
from keystack.storage.mappings.table import TABLE
from keystack.storage.pages import Part

REGISTRY = "#organizations"


def put_organization(org: str) -> dynamodb.Action:
    """Describe how an organization is registered, once."""
    return dynamodb.put(TABLE, {"pk": REGISTRY, "sk": org}, "attribute_not_exists(pk)")


def organizations_after(org: str, size: int) -> Part[str]:
    """Name up to `size` organizations after `org` (empty: from the first on), in the order of their slugs."""
    part = pages.query_part(
        size,
        lambda item: str(item["sk"]),
        TableName=TABLE,
        KeyConditionExpression="pk = :registry" + (" AND sk > :org" if org else ""),
        ExpressionAttributeValues=to_item({":registry": REGISTRY, **({":org": org} if org else {})}),
        ConsistentRead=True,
    )
    return part.map(lambda item: str(item["sk"]))
