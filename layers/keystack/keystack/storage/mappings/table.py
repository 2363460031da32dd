"""The mappings table: what an organization configures. pk is the organization.

| sk                      | one for                                         |
|-------------------------|-------------------------------------------------|
| ORG                     | name and settings                               |
| BRANDING                | how its mails look                              |
| PLAN#{code}             | a plan                                          |
| PRICE#{id} PRODUCT#{id} | what a Stripe price or product grants           |
| APIKEY#{id}             | an API key: api_keys.py                         |
| SESSION#…               | a session of the dashboard, or what belongs to  |
|                         | signing in: sessions.py; pk may be another      |

Only those of sessions.py have the attribute `expires`: DynamoDB deletes an item by it some time after (template.yaml).
pk `#organizations` lists the organizations: registry.py.

An item that somebody wrote by hand may be malformed: that is a sentence for a person, never a stack trace.
"""

from collections.abc import Mapping
from typing import Any

from keystack import environment
from keystack.storage import dynamodb, pages
from keystack.storage.attributes import Item, to_item
from keystack.storage.pages import Part

TABLE = environment.variable("MAPPINGS_TABLE", "")


def put(item: Item) -> dynamodb.Action:
    return dynamodb.put(TABLE, item, "attribute_not_exists(pk) OR pk = :pk", {":pk": item["pk"]})


def update(org: str, sk: str, values: Mapping[str, Any], seen: Mapping[str, Any] | None = None) -> dynamodb.Action:
    """Set attributes one by one: two who set different ones at the same moment both succeed.

    `seen`: attributes as they were read, None for one that was not there; they must be so still.
    """
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
    given = {f":{name}": value for name, value in values.items()}
    seen = seen or {}
    condition = " AND ".join(
        f"attribute_not_exists(#{name})" if value is None else f"#{name} = :seen_{name}" for name, value in seen.items()
    )
    given |= {f":seen_{name}": value for name, value in seen.items() if value is not None}
    return dynamodb.update(
        (TABLE, org, sk), expression, condition, given, {f"#{name}": name for name in {**values, **seen}}
    )


def query_part(org: str, between: tuple[str, str], size: int, start: str | None) -> Part[Item]:
    """Read items of one kind after the sort key `start`; the mark of each is its code or id."""
    key = None if start is None else {"pk": org, "sk": start}
    return pages.query_part(size, _name, key, **query_between(org, between))


def _name(item: Item) -> str:
    return str(item["sk"]).partition("#")[2]


def query_between(org: str, between: tuple[str, str]) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :org AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": to_item({":org": org, ":first": between[0], ":last": between[1]}),
        "ConsistentRead": True,
    }
