"""Mappings: what a Stripe price or product grants."""

import time
from dataclasses import asdict
from functools import partial
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path
from cursors import Cursor, Limit, read_page
from keystack.domain.plans import CODE, MAX_LICENSES, MAX_SEATS, Mapping
from keystack.management import catalogue
from keystack.storage.mappings.mappings import list_mappings, mapping_from
from models import Answered, Asked
from pydantic import Field
from routing import ADMIN, READ, Routes

routes = Routes("Mappings")

Target = Annotated[
    str,
    Path(
        pattern="^(price|plan|prod)_[A-Za-z0-9_.-]{1,240}$",
        description="The id of a Stripe price or, for all its prices that are not mapped themselves, of a product.",
        examples=["price_1PgafmB7WZ01zgkW6dKueIc5"],
    ),
]
Quantity = Annotated[int, Field(ge=1, le=MAX_SEATS)]


class Grant(Asked):
    """One plan of a mapping."""

    plan: str = Field(pattern=f"^{CODE.pattern}$", description="A plan's code; the plan must exist.", examples=["pro"])
    keys: Literal["per_line", "per_unit"] | Annotated[int, Field(ge=1, le=MAX_LICENSES)] = Field(
        "per_line", description="One key for the line, one for each unit of its quantity, or a number."
    )
    seats: Literal["plan", "quantity"] | Quantity = Field(
        "plan", description="Of each key: the plan's, the line's quantity, or a number."
    )
    min_quantity: Quantity | None = Field(None, description="The grant holds from this quantity on.")
    max_quantity: Quantity | None = Field(None, description="The grant holds up to this quantity.")


class MappingBody(Asked):
    """Several grants make a bundle; none says on purpose "not licensed"."""

    grants: list[Grant] = Field(max_length=20)


class MappingAnswer(Answered):
    id: str
    grants: list[Grant]


class MappingList(Answered):
    items: list[MappingAnswer]
    cursor: str | None


@routes.get("/v1/mappings", READ)
def get_mappings(limit: Limit = 50, cursor: Cursor = "") -> MappingList:
    """List the mappings: prices by id, then products by id."""
    org = routes.caller.org
    load = partial(list_mappings, org)
    items, following = read_page(org, "mappings", cursor, limit, load, lambda found: list(map(_told, found)))
    return MappingList(items=items, cursor=following)


@routes.get("/v1/mappings/<target>", READ)
def get_mapping(target: Target) -> MappingAnswer:
    """Show what a price or product grants."""
    return _told(catalogue.load_mapping(routes.caller.org, target))


@routes.put("/v1/mappings/<target>", ADMIN)
def put_mapping(target: Target, body: MappingBody) -> MappingAnswer:
    """Map a price or product to plans. In effect at once."""
    caller = routes.caller
    mapping = mapping_from(target, body.model_dump())
    catalogue.store_mapping(caller.org, mapping, caller.name, int(time.time()))
    return _told(mapping)


@routes.delete("/v1/mappings/<target>", ADMIN)
def delete_mapping(target: Target) -> None:
    """Delete a mapping.

    What is bought of that price or product then waits as a failed delivery until it is mapped again.
    """
    caller = routes.caller
    catalogue.delete_mapping(caller.org, target, caller.name, int(time.time()))


def _told(mapping: Mapping) -> MappingAnswer:
    return MappingAnswer(id=mapping.target, grants=[Grant(**asdict(grant)) for grant in mapping.grants])
