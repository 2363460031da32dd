"""Plans: what a license grants."""

from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path
from cursors import Cursor, Limit, read_page
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Plan
from keystack.inputs.catalogue import CODE_PATTERN, PlanRequest
from keystack.management import catalogue
from keystack.storage.mappings.plans import list_plans
from models import ResponseModel
from routing import Routes, Scope

routes = Routes("Plans")

PlanCode = Annotated[str, Path(pattern=CODE_PATTERN, description="The plan's code.", examples=["pro"])]


class PlanResponse(ResponseModel):
    code: str
    name: str
    kind: PlanKind
    duration_days: int | None
    seats: int
    key_prefix: str
    entitlements: dict[str, Any]


class PlanList(ResponseModel):
    items: list[PlanResponse]
    cursor: str | None


@routes.get("/v1/plans", Scope.READ)
def get_plans(limit: Limit = 50, cursor: Cursor = "") -> PlanList:
    """List the plans, by code."""
    org = routes.caller.org
    load = partial(list_plans, org)
    items, following = read_page(org, "plans", cursor, limit, load, lambda found: list(map(to_response, found)))
    return PlanList(items=items, cursor=following)


@routes.get("/v1/plans/<code>", Scope.READ)
def get_plan(code: PlanCode) -> PlanResponse:
    """Show a plan."""
    return to_response(catalogue.load_plan(routes.caller.org, code))


@routes.put("/v1/plans/<code>", Scope.ADMIN)
def put_plan(code: PlanCode, body: PlanRequest) -> PlanResponse:
    """Create or replace a plan.

    What is sold from now on gets it; licenses that are there already keep what they got.
    """
    caller = routes.caller
    plan = body.to_plan(code)
    catalogue.store_plan(caller.org, plan, caller.name)
    return to_response(plan)


@routes.delete("/v1/plans/<code>", Scope.ADMIN)
def delete_plan(code: PlanCode) -> None:
    """Delete a plan that no mapping grants."""
    caller = routes.caller
    catalogue.delete_plan(caller.org, code, caller.name)


def to_response(plan: Plan) -> PlanResponse:
    return PlanResponse(**asdict(plan))
