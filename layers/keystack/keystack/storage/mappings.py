"""The mappings table: what an organization configures. pk is the organization.

| sk                      | one for                                         |
|-------------------------|-------------------------------------------------|
| ORG                     | name and settings                               |
| BRANDING                | how its mails look                              |
| PLAN#{code}             | a plan                                          |
| PRICE#{id} PRODUCT#{id} | what a Stripe price or product grants           |
| APIKEY#{id}             | an API key: api_keys.py                         |

An item that somebody wrote by hand may be malformed: that is a sentence for a person, never a stack trace.
"""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from keystack.domain import plans
from keystack.domain.organizations import Branding, Organization
from keystack.domain.plans import Grant, Line, Plan
from keystack.errors import ActionNeededError, InvalidInputError
from keystack.storage import dynamodb
from keystack.storage.dynamodb import Item, Key

TABLE = os.environ.get("MAPPINGS_TABLE", "")


# ------------------------------------------------------------------- keys


def organization_keys(org: str) -> list[Key]:
    return [(TABLE, org, "ORG"), (TABLE, org, "BRANDING")]


def plan_key(org: str, code: str) -> Key:
    return TABLE, org, f"PLAN#{code}"


def line_keys(org: str, lines: Iterable[Line]) -> list[Key]:
    prices = [(TABLE, org, f"PRICE#{line.price}") for line in lines if line.price]
    products = [(TABLE, org, f"PRODUCT#{line.product}") for line in lines if line.product]
    return prices + products


# ---------------------------------------------------------------- reading


def load_organization(org: str) -> Organization:
    return organization_from(org, dynamodb.get_items(organization_keys(org)))


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


def organization_from(org: str, items: Mapping[Key, Item]) -> Organization:
    """Read an organization out of a batch; one that was never set up has its defaults."""
    settings = items.get((TABLE, org, "ORG"), {})
    branding = items.get((TABLE, org, "BRANDING"), {})
    fields = {name: str(branding[name]) for name in asdict(Branding()) if branding.get(name)}
    return Organization(
        slug=org,
        name=str(settings.get("name") or org),
        freeze_on_partial_refund=settings.get("freeze_on_partial_refund") is True,
        branding=Branding(**fields),
    )


def mappings_from(items: Mapping[Key, Item]) -> dict[str, plans.Mapping]:
    """Read the mappings out of a batch, by price or product id."""
    found = {}
    for (table, _, sk), item in items.items():
        kind, _, target = sk.partition("#")
        if table == TABLE and kind in ("PRICE", "PRODUCT"):
            found[target] = read_mapping(item)
    return found


def read_mapping(item: Item) -> plans.Mapping:
    """Read a stored mapping. Raises ActionNeededError for a malformed one."""
    target = str(item["sk"]).partition("#")[2]
    try:
        return mapping_from(target, item)
    except InvalidInputError as error:
        raise ActionNeededError(
            f"the mapping of {target} is malformed ({error}): store it again, then replay"
        ) from error


def read_plan(item: Item) -> Plan:
    """Read a stored plan. Raises ActionNeededError for a malformed one."""
    code = str(item["sk"]).partition("#")[2]
    try:
        return plan_from(code, {**item, "entitlements": json.loads(item.get("entitlements") or "{}")})
    except (InvalidInputError, ValueError, TypeError) as error:
        raise ActionNeededError(f"plan {code} is malformed ({error}): store it again, then replay") from error


# --------------------------------------------------- from outside to values


def plan_from(code: str, values: Mapping[str, Any]) -> Plan:
    """Make a plan of plain values (of an item or of JSON). Raises InvalidInputError naming the field."""
    entitlements = values.get("entitlements") or {}
    if not isinstance(entitlements, dict) or len(json.dumps(entitlements)) > 4_000:
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


def mapping_from(target: str, values: Mapping[str, Any]) -> plans.Mapping:
    """Make a mapping of plain values, `{"grants": [{"plan", "keys"?, "seats"?, …}]}`. Raises InvalidInputError."""
    grants = values.get("grants")
    if not isinstance(grants, list) or len(grants) > 20 or not all(isinstance(grant, dict) for grant in grants):
        raise InvalidInputError(f"mapping of {target}: grants must be a list of at most 20 objects")
    known = set(Grant.__dataclass_fields__)
    for grant in grants:
        unknown = sorted(set(grant) - known)
        if unknown or "plan" not in grant or not isinstance(grant["plan"], str):
            problem = f"does not know {unknown[0]}" if unknown else "needs a plan"
            raise InvalidInputError(f"mapping of {target}: a grant {problem}")
    return plans.Mapping(target, tuple(Grant(**grant) for grant in grants))


# ---------------------------------------------------------------- writing


def ensure_organization(org: str) -> dict[str, Any]:
    """Describe how the item ORG is made if it is missing: the verifier knows by it that an organization exists."""
    expression = "SET #name = if_not_exists(#name, :name)"  # its default, as `organization_from` has it
    return dynamodb.update(TABLE, org, "ORG", expression, "", {":name": org}, {"#name": "name"})


def update_settings(org: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set the named ones of an organization's settings; the others, and what else is on its item, stay."""
    return _update(org, "ORG", values)


def update_branding(org: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set the named fields of an organization's branding; the others stay."""
    return _update(org, "BRANDING", values)


def put_branding(organization: Organization) -> dict[str, Any]:
    return _put({"pk": organization.slug, "sk": "BRANDING", **asdict(organization.branding)})


def put_plan(org: str, plan: Plan) -> dict[str, Any]:
    """`version` changes with every write: whoever deletes the plan must know of all that was done with it."""
    item = {**asdict(plan), "entitlements": json.dumps(dict(plan.entitlements)), "version": uuid4().hex}
    return _put({"pk": org, "sk": f"PLAN#{plan.code}", **item})


def put_mapping(org: str, mapping: plans.Mapping) -> dict[str, Any]:
    grants = [{name: value for name, value in asdict(g).items() if value is not None} for g in mapping.grants]
    return _put({"pk": org, "sk": f"{target_kind(mapping.target)}#{mapping.target}", "grants": grants})


def target_kind(target: str) -> str:
    """Tell whether a mapping is of a price or a product, by the id. Raises InvalidInputError for anything else."""
    for prefix, kind in (("price_", "PRICE"), ("plan_", "PRICE"), ("prod_", "PRODUCT")):
        if target.startswith(prefix) and len(target) <= 255:
            return kind
    raise InvalidInputError(f"{target[:100]!r} is neither a Stripe price (price_…) nor a product (prod_…)")


def _put(item: Item) -> dict[str, Any]:
    return dynamodb.put(TABLE, item, "attribute_not_exists(pk) OR pk = :pk", {":pk": item["pk"]})


def _update(org: str, sk: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set attributes one by one: two who set different ones at the same moment both succeed."""
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
    given = {f":{name}": value for name, value in values.items()}
    return dynamodb.update(TABLE, org, sk, expression, "", given, {f"#{name}": name for name in values})
