"""Mappings: what a Stripe price or product grants."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from keystack.domain import plans
from keystack.domain.plans import MAX_GRANTS, Grant, Line
from keystack.errors import ActionNeededError, InvalidInputError
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.dynamodb import Key
from keystack.storage.mappings.table import TABLE, put, query_between, query_part
from keystack.storage.pages import Page, Part, gather

MAPPING = ("PRICE#", "PRODUCT$")  # prices, then products


def line_keys(org: str, lines: Iterable[Line]) -> list[Key]:
    prices = [(TABLE, org, f"PRICE#{line.price}") for line in lines if line.price]
    products = [(TABLE, org, f"PRODUCT#{line.product}") for line in lines if line.product]
    return prices + products


def mappings_from(items: Mapping[Key, Item]) -> dict[str, plans.Mapping]:
    """Read the mappings out of a batch, by price or product id."""
    found = {}
    for (table, _, sk), item in items.items():
        kind, _, target = sk.partition("#")
        if table == TABLE and kind in ("PRICE", "PRODUCT"):
            found[target] = read_mapping(item)
    return found


def load_mapping(org: str, target: str) -> plans.Mapping | None:
    """Read the mapping of a price or product. Raises InvalidInputError when `target` is neither."""
    key = (TABLE, org, _mapping_sort_key(target))
    item = dynamodb.get_items([key]).get(key)
    return read_mapping(item) if item else None


def list_mappings(org: str, limit: int, after: str | None = None) -> Page[plans.Mapping]:
    """List mappings, prices before products, by id. Raises InvalidInputError when `after` is no such id."""

    def read(mark: str | None) -> Part[plans.Mapping]:
        return query_part(org, MAPPING, limit, None if mark is None else _mapping_sort_key(mark)).map(read_mapping)

    return gather(limit, after, read)


def mapping_that_grants(org: str, code: str) -> str | None:
    """Find a price or product whose mapping grants the plan."""
    items = dynamodb.query(**query_between(org, MAPPING))
    return next((str(item["sk"]).partition("#")[2] for item in items if code in _granted(item)), None)


def _granted(item: Item) -> set[Any]:
    """A malformed mapping grants what can be read of it."""
    grants = item.get("grants")
    return {grant.get("plan") for grant in grants if isinstance(grant, dict)} if isinstance(grants, list) else set()


def put_mapping(org: str, mapping: plans.Mapping) -> dynamodb.Action:
    return put(_item(org, mapping))


def put_mapping_over(org: str, mapping: plans.Mapping, before: plans.Mapping | None) -> dynamodb.Action:
    """Describe a put that takes the place of exactly `before`, None: of no mapping."""
    if before is None:
        return dynamodb.put(TABLE, _item(org, mapping), "attribute_not_exists(pk)")
    return dynamodb.put(TABLE, _item(org, mapping), "grants = :before", {":before": _grants(before)})


def delete_mapping(org: str, target: str, before: plans.Mapping | None = None) -> dynamodb.Action:
    """Describe the deletion of a mapping; with `before`, of exactly that one."""
    key = TABLE, org, _mapping_sort_key(target)
    if before is None:
        return dynamodb.delete(key, "attribute_exists(pk)")
    return dynamodb.delete(key, "grants = :before", {":before": _grants(before)})


def _item(org: str, mapping: plans.Mapping) -> Item:
    return {"pk": org, "sk": _mapping_sort_key(mapping.target), "grants": _grants(mapping)}


def _grants(mapping: plans.Mapping) -> list[dict[str, Any]]:
    return [{name: value for name, value in asdict(each).items() if value is not None} for each in mapping.grants]


def _mapping_sort_key(target: str) -> str:
    return f"{target_kind(target)}#{target}"


def target_kind(target: str) -> str:
    """Tell whether a mapping is of a price or a product, by the id. Raises InvalidInputError for anything else."""
    for prefix, kind in (("price_", "PRICE"), ("plan_", "PRICE"), ("prod_", "PRODUCT")):
        if target.startswith(prefix) and len(target) <= 255:
            return kind
    raise InvalidInputError(f"{target[:100]!r} is neither a Stripe price (price_…) nor a product (prod_…)")


def read_mapping(item: Item) -> plans.Mapping:
    """Read a stored mapping. Raises ActionNeededError for a malformed one."""
    target = str(item["sk"]).partition("#")[2]
    try:
        return mapping_from(target, item)
    except InvalidInputError as error:
        raise ActionNeededError(f"the mapping of {target} is malformed ({error})", "store it again") from error


def mapping_from(target: str, values: Mapping[str, Any]) -> plans.Mapping:
    """Make a mapping of plain values, `{"grants": [{"plan", "keys"?, "seats"?, …}]}`. Raises InvalidInputError."""
    grants = values.get("grants")
    if not isinstance(grants, list) or len(grants) > MAX_GRANTS or not all(isinstance(grant, dict) for grant in grants):
        raise InvalidInputError(f"mapping of {target}: grants must be a list of at most 20 objects")
    known = set(Grant.__dataclass_fields__)
    for grant in grants:
        unknown = sorted(set(grant) - known)
        if unknown or "plan" not in grant or not isinstance(grant["plan"], str):
            problem = f"does not know {unknown[0]}" if unknown else "needs a plan"
            raise InvalidInputError(f"mapping of {target}: a grant {problem}")
    return plans.Mapping(target, tuple(Grant(**grant) for grant in grants))
