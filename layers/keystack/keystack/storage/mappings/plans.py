"""Plans: one by one, as lists, and how they are written and deleted."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from keystack.domain.plans import MAX_ENTITLEMENTS, Plan
from keystack.errors import ActionNeededError, InvalidInputError
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.dynamodb import Key
from keystack.storage.mappings.table import TABLE, put, query_part
from keystack.storage.pages import Page, Part, gather

PLAN = ("PLAN#", "PLAN$")  # `$` follows `#`: between the two is every plan


def plan_key(org: str, code: str) -> Key:
    return TABLE, org, f"PLAN#{code}"


def load_plans(org: str, codes: Iterable[str]) -> dict[str, Plan]:
    items = dynamodb.get_items(plan_key(org, code) for code in codes)
    return {code: read_plan(item) for (_, _, sk), item in items.items() if (code := sk.partition("#")[2])}


def load_entitlements(org: str, codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Load what plans entitle to, as they are now; a plan that is gone or malformed is left out."""
    found = {}
    for (_, _, sk), item in dynamodb.get_items(plan_key(org, code) for code in codes).items():
        with suppress(ActionNeededError):
            found[sk.partition("#")[2]] = dict(read_plan(item).entitlements)
    return found


def list_plans(org: str, limit: int, after: str | None = None) -> Page[Plan]:
    """List plans by code, a page at a time; `after` is the last code of the page before."""

    def read(mark: str | None) -> Part[Plan]:
        return query_part(org, PLAN, limit, None if mark is None else f"PLAN#{mark}").map(read_plan)

    return gather(limit, after, read)


def load_version(org: str, code: str) -> tuple[str, Plan | None] | None:
    """Load a plan's version ("" if it was written by hand) and the plan (None if malformed); None if there is none."""
    key = plan_key(org, code)
    item = dynamodb.get_items([key]).get(key)
    if item is None:
        return None
    plan = None
    with suppress(ActionNeededError):
        plan = read_plan(item)
    return str(item.get("version") or ""), plan


def put_plan(org: str, plan: Plan) -> dynamodb.Action:
    """`version` changes with every write: whoever deletes the plan must know of all that was done with it."""
    return put(_item(org, plan))


def put_plan_over(org: str, plan: Plan, version: str | None) -> dynamodb.Action:
    """Describe how a plan takes the place of the one whose `version` was read; None: there was none."""
    if version is None:
        return dynamodb.put(TABLE, _item(org, plan), "attribute_not_exists(pk)")
    return dynamodb.put(TABLE, _item(org, plan), *_unchanged(version))


def keep_plans(org: str, codes: Iterable[str]) -> list[dynamodb.Action]:
    """Describe the condition that plans are there, and give each a new version: now a mapping grants it."""
    return [
        dynamodb.update(
            plan_key(org, code), "SET version = :version", "attribute_exists(pk)", {":version": uuid4().hex}, {}
        )
        for code in sorted(set(codes))
    ]


def delete_plan(org: str, code: str, version: str) -> dynamodb.Action:
    """Describe the deletion of a plan with which nothing was done since `version` was read."""
    return dynamodb.delete(plan_key(org, code), *_unchanged(version))


def _item(org: str, plan: Plan) -> Item:
    values = {**asdict(plan), "entitlements": json.dumps(dict(plan.entitlements)), "version": uuid4().hex}
    return {"pk": org, "sk": f"PLAN#{plan.code}", **values}


def _unchanged(version: str) -> tuple[str, dict[str, Any]]:
    if not version:
        return "attribute_exists(pk) AND attribute_not_exists(version)", {}
    return "version = :version", {":version": version}


def read_plan(item: Item) -> Plan:
    """Read a stored plan. Raises ActionNeededError for a malformed one."""
    code = str(item["sk"]).partition("#")[2]
    try:
        return plan_from(code, {**item, "entitlements": json.loads(item.get("entitlements") or "{}")})
    except (InvalidInputError, ValueError, TypeError) as error:
        raise ActionNeededError(f"plan {code} is malformed ({error})", "store it again") from error


def plan_from(code: str, values: Mapping[str, Any]) -> Plan:
    """Make a plan of plain values (of an item or of JSON). Raises InvalidInputError naming the field."""
    entitlements = values.get("entitlements") or {}
    if not isinstance(entitlements, dict) or len(json.dumps(entitlements)) > MAX_ENTITLEMENTS:
        raise InvalidInputError(f"plan {code!r}: entitlements must be a JSON object of at most 4,000 characters")
    for name in ("name", "kind", "key_prefix"):
        if name in values and not isinstance(values[name], str):
            raise InvalidInputError(f"plan {code!r}: {name} must be text")
    return Plan(
        code=code,
        name=values.get("name") or code,
        kind=values.get("kind", "perpetual"),
        duration_days=values.get("duration_days"),
        seats=values.get("seats", 1),
        key_prefix=values.get("key_prefix", "KEY"),
        entitlements=entitlements,
    )
