"""Plans and mappings one by one and as lists, and how they go: what the API adds to mappings.py, same table."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from keystack.domain import plans
from keystack.domain.plans import Plan
from keystack.storage import dynamodb
from keystack.storage.dynamodb import Item, Page
from keystack.storage.mappings import TABLE, read_mapping, read_plan, target_kind

PLAN = ("PLAN#", "PLAN$")  # `$` follows `#`: between the two is every plan
MAPPING = ("PRICE#", "PRODUCT$")  # prices, then products


# ---------------------------------------------------------------- reading


def list_plans(org: str, limit: int, after: str | None = None) -> Page[Plan]:
    """List plans by code, a page at a time; `after` is the last code of the page before."""
    items, more = _page(org, PLAN, limit, None if after is None else f"PLAN#{after}")
    found = [read_plan(item) for item in items]
    return Page(found, found[-1].code if more else None)


def list_mappings(org: str, limit: int, after: str | None = None) -> Page[plans.Mapping]:
    """List mappings, prices before products, by id. Raises InvalidInputError when `after` is no such id."""
    items, more = _page(org, MAPPING, limit, None if after is None else _mapping_sort_key(after))
    found = [read_mapping(item) for item in items]
    return Page(found, found[-1].target if more else None)


def load_mapping(org: str, target: str) -> plans.Mapping | None:
    """Read the mapping of a price or product. Raises InvalidInputError when `target` is neither."""
    key = (TABLE, org, _mapping_sort_key(target))
    item = dynamodb.get_items([key]).get(key)
    return read_mapping(item) if item else None


def plan_version(org: str, code: str) -> str | None:
    """Read which version of a plan is stored; None if there is no such plan, "" for one written by hand."""
    key = (TABLE, org, f"PLAN#{code}")
    item = dynamodb.get_items([key]).get(key)
    return str(item.get("version") or "") if item else None


def mapping_that_grants(org: str, code: str) -> str | None:
    """Find a price or product whose mapping grants the plan."""
    items = dynamodb.query(**_query(org, MAPPING))
    return next((str(item["sk"]).partition("#")[2] for item in items if code in _granted(item)), None)


def _granted(item: Item) -> set[Any]:
    """A malformed mapping grants what can be read of it."""
    grants = item.get("grants")
    return {grant.get("plan") for grant in grants if isinstance(grant, dict)} if isinstance(grants, list) else set()


# ---------------------------------------------------------------- writing


def keep_plans(org: str, codes: Iterable[str]) -> list[dict[str, Any]]:
    """Describe the condition that plans are there, and give each a new version: now a mapping grants it."""
    return [
        dynamodb.update(
            TABLE, org, f"PLAN#{code}", "SET version = :version", "attribute_exists(pk)", {":version": uuid4().hex}, {}
        )
        for code in sorted(set(codes))
    ]


def delete_plan(org: str, code: str, version: str) -> dict[str, Any]:
    """Describe the deletion of a plan with which nothing was done since `version` was read."""
    if not version:
        return dynamodb.delete(TABLE, org, f"PLAN#{code}", "attribute_exists(pk) AND attribute_not_exists(version)")
    return dynamodb.delete(TABLE, org, f"PLAN#{code}", "version = :version", {":version": version})


def delete_mapping(org: str, target: str) -> dict[str, Any]:
    return dynamodb.delete(TABLE, org, _mapping_sort_key(target), "attribute_exists(pk)")


def _mapping_sort_key(target: str) -> str:
    return f"{target_kind(target)}#{target}"


def _page(org: str, between: tuple[str, str], limit: int, after: str | None) -> tuple[list[Item], bool]:
    start = None if after is None else {"pk": org, "sk": after}
    return dynamodb.query_page(limit, start, **_query(org, between))


def _query(org: str, between: tuple[str, str]) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :org AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": dynamodb.to_item({":org": org, ":first": between[0], ":last": between[1]}),
        "ConsistentRead": True,
    }
