"""Mappings: what a Stripe price or product grants."""

from dataclasses import asdict
from functools import partial
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path
from cursors import Cursor, Limit, read_page
from keystack.domain.plans import Mapping
from keystack.inputs.catalogue import TARGET_PATTERN, Grant, MappingRequest
from keystack.management import catalogue
from keystack.storage.mappings.mappings import list_mappings
from models import ResponseModel
from routing import Routes, Scope

routes = Routes("Mappings")

Target = Annotated[
    str,
    Path(
        pattern=TARGET_PATTERN,
        description="The id of a Stripe price or, for all its prices that are not mapped themselves, of a product.",
        examples=["price_1PgafmB7WZ01zgkW6dKueIc5"],
    ),
]


class MappingResponse(ResponseModel):
    id: str
    grants: list[Grant]


class MappingList(ResponseModel):
    items: list[MappingResponse]
    cursor: str | None


@routes.get("/v1/mappings", Scope.READ)
def get_mappings(limit: Limit = 50, cursor: Cursor = "") -> MappingList:
    """List the mappings: prices by id, then products by id."""
    org = routes.caller.org
    load = partial(list_mappings, org)
    items, following = read_page(org, "mappings", cursor, limit, load, lambda found: list(map(to_response, found)))
    return MappingList(items=items, cursor=following)


@routes.get("/v1/mappings/<target>", Scope.READ)
def get_mapping(target: Target) -> MappingResponse:
    """Show what a price or product grants."""
    return to_response(catalogue.load_mapping(routes.caller.org, target))


@routes.put("/v1/mappings/<target>", Scope.ADMIN)
def put_mapping(target: Target, body: MappingRequest) -> MappingResponse:
    """Map a price or product to plans. In effect at once."""
    caller = routes.caller
    mapping = body.to_mapping(target)
    catalogue.store_mapping(caller.org, mapping, caller.name)
    return to_response(mapping)


@routes.delete("/v1/mappings/<target>", Scope.ADMIN)
def delete_mapping(target: Target) -> None:
    """Delete a mapping.

    What is bought of that price or product then waits as a failed delivery until it is mapped again.
    """
    caller = routes.caller
    catalogue.delete_mapping(caller.org, target, caller.name)


def to_response(mapping: Mapping) -> MappingResponse:
    return MappingResponse(id=mapping.target, grants=[Grant(**asdict(grant)) for grant in mapping.grants])
