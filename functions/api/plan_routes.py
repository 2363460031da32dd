"""Plans: what a license grants."""

import time
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path
from cursors import Cursor, Limit, read_page
from keystack.domain.plans import CODE, MAX_SEATS, Plan
from keystack.management import catalogue
from keystack.storage.mappings.plans import list_plans, plan_from
from models import Answered, Asked
from pydantic import Field, JsonValue
from routing import ADMIN, READ, Routes

routes = Routes("Plans")

PlanCode = Annotated[str, Path(pattern=f"^{CODE.pattern}$", description="The plan's code.", examples=["pro"])]
Kind = Literal["perpetual", "subscription", "fixed"]


class PlanBody(Asked):
    """What a plan grants."""

    name: str = Field(min_length=1, max_length=100, examples=["Acme Studio Pro"])
    kind: Kind = "perpetual"
    duration_days: int | None = Field(None, ge=1, le=36_500, description="Of kind `fixed`, and of no other.")
    seats: int = Field(1, ge=1, le=MAX_SEATS)
    key_prefix: str = Field("KEY", pattern="^[A-Z0-9]{1,12}$", description="What its license keys begin with.")
    entitlements: dict[str, JsonValue] = Field({}, description="Free JSON, at most 4,000 characters.")


class PlanAnswer(Answered):
    code: str
    name: str
    kind: Kind
    duration_days: int | None
    seats: int
    key_prefix: str
    entitlements: dict[str, Any]


class PlanList(Answered):
    items: list[PlanAnswer]
    cursor: str | None


@routes.get("/v1/plans", READ)
def get_plans(limit: Limit = 50, cursor: Cursor = "") -> PlanList:
    """List the plans, by code."""
    org = routes.caller.org
    load = partial(list_plans, org)
    items, following = read_page(org, "plans", cursor, limit, load, lambda found: list(map(_told, found)))
    return PlanList(items=items, cursor=following)


@routes.get("/v1/plans/<code>", READ)
def get_plan(code: PlanCode) -> PlanAnswer:
    """Show a plan."""
    return _told(catalogue.load_plan(routes.caller.org, code))


@routes.put("/v1/plans/<code>", ADMIN)
def put_plan(code: PlanCode, body: PlanBody) -> PlanAnswer:
    """Create or replace a plan.

    What is sold from now on gets it; licenses that are there already keep what they got.
    """
    caller = routes.caller
    plan = plan_from(code, body.model_dump())
    catalogue.store_plan(caller.org, plan, caller.name, int(time.time()))
    return _told(plan)


@routes.delete("/v1/plans/<code>", ADMIN)
def delete_plan(code: PlanCode) -> None:
    """Delete a plan that no mapping grants."""
    caller = routes.caller
    catalogue.delete_plan(caller.org, code, caller.name, int(time.time()))


def _told(plan: Plan) -> PlanAnswer:
    return PlanAnswer(**asdict(plan))
