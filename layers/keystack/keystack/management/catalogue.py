"""Change plans and mappings, each with its audit entry in the same transaction. `by` is the key's or person's name."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from keystack.domain import plans
from keystack.domain.audit import Action, configuration_entry
from keystack.domain.plans import Plan
from keystack.domain.versions import version_of
from keystack.errors import ActionNeededError, ChangedError, ConflictError, NotFoundError, RetryLaterError
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.mappings import mappings as stored_mappings
from keystack.storage.mappings import plans as stored_plans
from keystack.storage.pages import Page

CHOICE = 100  # plans
ATTEMPTS = 3  # against others who change the same

Change = dynamodb.Action


def load_plan(org: str, code: str) -> Plan:
    """Load a plan. Raises NotFoundError."""
    found = stored_plans.load_plans(org, [code])
    if code not in found:
        raise NotFoundError(f"there is no plan {code}: GET /v1/plans lists them, PUT /v1/plans/{code} creates it")
    return found[code]


def list_plans(org: str, limit: int, after: str | None = None) -> Page[Plan]:
    """List plans by code; `after` is the last code of the page before."""
    return stored_plans.list_plans(org, limit, after)


def plans_to_choose_from(org: str) -> list[Plan]:
    """List the plans that a choice offers, by code: CHOICE at most."""
    return stored_plans.list_plans(org, CHOICE).items


def store_plan(org: str, plan: Plan, by: str, expected: str | None = None) -> None:
    """Create or replace a plan. Licenses that it was minted for keep what they got.

    `expected`: the version of the plan that `by` saw (`version_of`); None: whatever is there is replaced. Raises
    ChangedError when another one is there.
    """
    for _ in range(ATTEMPTS):  # a mapping that is stored meanwhile gives the plan a version, and changes nothing in it
        version, before = stored_plans.load_version(org, plan.code) or (None, None)
        if before == plan:
            return  # whatever `by` has seen: the form was sent twice, or somebody else had the same in mind
        if expected is not None:
            _require_unchanged(f"plan {plan.code}", before, expected)
        put = stored_plans.put_plan(org, plan)
        if expected is not None:
            put = stored_plans.put_plan_over(org, plan, version)
        action = Action.PLAN_CHANGED if before else Action.PLAN_CREATED
        detail = {**_plan_detail(plan), **_before(before), "by": by}
        try:
            entry = configuration_entry(action, plan.code, uuid4().hex, detail)
            dynamodb.write([put, *put_entries(org, [entry], by)])
        except ConditionFailedError:
            continue
        return
    raise RetryLaterError(f"plan {plan.code} is being changed by others", after=1)


def delete_plan(org: str, code: str, by: str, expected: str | None = None, reason: str = "") -> None:
    """Delete a plan. Raises NotFoundError, and ConflictError while a mapping grants it.

    `expected`: the version that `by` saw; raises ChangedError when the plan has another one.
    """
    why = {"reason": reason} if reason else {}
    for _ in range(ATTEMPTS):
        stored = stored_plans.load_version(org, code)
        if stored is None:
            raise NotFoundError(f"there is no plan {code}: GET /v1/plans lists them")
        if expected is not None:
            _require_unchanged(f"plan {code}", stored[1], expected)
        user = stored_mappings.mapping_that_grants(org, code)
        if user:
            raise ConflictError(f"plan {code} is granted by the mapping of {user}: change or delete that one first")
        try:
            version, before = stored
            entry = configuration_entry(Action.PLAN_DELETED, code, uuid4().hex, {**_before(before), **why, "by": by})
            dynamodb.write([stored_plans.delete_plan(org, code, version), *put_entries(org, [entry], by)])
        except ConditionFailedError:
            continue
        return
    raise RetryLaterError(f"plan {code} is being changed by others", after=1)


def mapping_that_grants(org: str, code: str) -> str | None:
    """Find a price or product whose mapping grants the plan."""
    return stored_mappings.mapping_that_grants(org, code)


def load_mapping(org: str, target: str) -> plans.Mapping:
    """Load the mapping of a price or product. Raises NotFoundError."""
    found = stored_mappings.load_mapping(org, target)
    if found is None:
        raise NotFoundError(
            f"{target} is not mapped: GET /v1/mappings lists what is, PUT /v1/mappings/{target} maps it"
        )
    return found


def find_mapping(org: str, target: str) -> plans.Mapping | None:
    """Load the mapping of a price or product; None if it is not mapped. Raises InvalidInputError for another id."""
    return stored_mappings.load_mapping(org, target)


def store_mapping(org: str, mapping: plans.Mapping, by: str, expected: str | None = None) -> None:
    """Create or replace a mapping; in effect at once. Raises ConflictError when a plan of it does not exist.

    `expected`: the version that `by` saw (`version_of`); raises ChangedError when another one is there.
    """
    codes = {grant.plan for grant in mapping.grants}
    for _ in range(ATTEMPTS):
        missing = sorted(codes - set(stored_plans.load_plans(org, codes)))
        if missing:
            raise ConflictError(f"the mapping grants plan {missing[0]}, which does not exist: create it first")
        before = _known(lambda: stored_mappings.load_mapping(org, mapping.target))
        if before == mapping:
            return  # as in store_plan
        if expected is not None:
            _require_unchanged(f"the mapping of {mapping.target}", before, expected)
        action = Action.MAPPING_CHANGED if before else Action.MAPPING_CREATED
        put = stored_mappings.put_mapping(org, mapping)
        if expected is not None:
            put = stored_mappings.put_mapping_over(org, mapping, before)
        actions = [put, *stored_plans.keep_plans(org, codes)]
        detail = {**_mapping_detail(mapping), **_before(before), "by": by}
        try:
            entry = configuration_entry(action, mapping.target, uuid4().hex, detail)
            dynamodb.write([*actions, *put_entries(org, [entry], by)])
        except ConditionFailedError:
            continue
        return
    raise RetryLaterError("the plans are being changed by others", after=1)


def delete_mapping(org: str, target: str, by: str, expected: str | None = None, reason: str = "") -> None:
    """Delete a mapping: its price or product then fails deliveries, until it is mapped again. Raises NotFoundError.

    `expected`: the version that `by` saw; raises ChangedError when another one is there.
    """
    before = _known(lambda: stored_mappings.load_mapping(org, target))
    if expected is not None:
        _require_unchanged(f"the mapping of {target}", before, expected)
    why = {"reason": reason} if reason else {}
    try:
        entry = configuration_entry(Action.MAPPING_DELETED, target, uuid4().hex, {**_before(before), **why, "by": by})
        delete = stored_mappings.delete_mapping(org, target, before if expected is not None else None)
        dynamodb.write([delete, *put_entries(org, [entry], by)])
    except ConditionFailedError:
        if expected is not None:
            raise _changed(f"the mapping of {target}") from None
        raise NotFoundError(f"{target} is not mapped: GET /v1/mappings lists what is") from None


def _require_unchanged(what: str, stored: Plan | plans.Mapping | None, expected: str) -> None:
    if version_of(stored) != expected:
        raise _changed(what)


def _changed(what: str) -> ChangedError:
    return ChangedError(f"{what} was changed by somebody else meanwhile")


def _known(load: Callable[[], Any]) -> Any:
    """A stored value that is malformed is none: it is about to be replaced."""
    try:
        return load()
    except ActionNeededError:
        return None


def _before(stored: Plan | plans.Mapping | None) -> dict[str, Any]:
    """Say in an entry what was stored before, as it was read for the change; nothing if nothing is known."""
    match stored:
        case Plan():
            return {"before": _plan_detail(stored)}
        case plans.Mapping():
            return {"before": _mapping_detail(stored)}
    return {}


def _plan_detail(plan: Plan) -> dict[str, Any]:
    return {**asdict(plan), "entitlements": json.dumps(dict(plan.entitlements))}  # DynamoDB knows no floats


def _mapping_detail(mapping: plans.Mapping) -> dict[str, Any]:
    return {"grants": [_without_none(grant) for grant in mapping.grants]}


def _without_none(grant: plans.Grant) -> dict[str, Any]:
    return {name: value for name, value in asdict(grant).items() if value is not None}
