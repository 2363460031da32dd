"""Deliveries: the outcome of each Stripe event, and how to replay one."""

import json
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from cursors import Cursor, Limit, read_page
from keystack.domain.deliveries import DeliveryStatus
from keystack.errors import NotFoundError
from keystack.inputs.operations import ReplayRequest
from keystack.management import replay
from keystack.storage.attributes import Item
from keystack.storage.deliveries import deliveries
from keystack.storage.deliveries.lists import list_deliveries
from keystack.web.cursors import after_cursor, cursor_after
from models import ResponseModel
from pydantic import Field
from routing import Routes, Scope

routes = Routes("Deliveries")

EventId = Annotated[
    str,
    Path(
        pattern="^[A-Za-z0-9_:-]{1,255}$",
        description="The Stripe event's id.",
        examples=["evt_1PgafmB7WZ01zgkW6dKueIc5"],
    ),
]


class DeliveryResponse(ResponseModel):
    id: str = Field(description="The Stripe event's id; `rejected-…` counts the badly signed requests of a minute.")
    type: str | None = Field(description="The Stripe event's type.")
    status: DeliveryStatus
    reason: str = Field(description="Why, and what to do about it.")
    cause: str | None = Field(
        description="Of one that fails, a code that the others with this cause have too, as `price_unmapped:price_x`.",
    )
    order: str | None
    steps: dict[str, str] = Field(description="What became of each step.")
    attempts: int
    livemode: bool | None
    received_at: datetime
    updated_at: datetime


class WholeDeliveryResponse(DeliveryResponse):
    payload: dict[str, Any] | None = Field(description="The event as Stripe sent it; of a rejected request, null.")


class DeliveryList(ResponseModel):
    items: list[DeliveryResponse]
    cursor: str | None = Field(description="With a `status`, a page may be short and yet have a next one.")


class ReplayResponse(ResponseModel):
    id: str


class RefusedReplay(ResponseModel):
    id: str
    reason: str


class ReplayFailedResponse(ResponseModel):
    replayed: int = Field(description="How many are in their queues again.")
    refused: list[RefusedReplay]
    cursor: str | None = Field(description="Call again with it to go on; null: that was all.")


@routes.get("/v1/deliveries", Scope.READ)
def get_deliveries(
    status: Annotated[DeliveryStatus | None, Query(description="Only those.")] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> DeliveryList:
    """List the deliveries, newest first. They are kept for 90 days."""
    org, listing = routes.caller.org, f"deliveries:{status or ''}"
    load = partial(list_deliveries, org, status)
    items, following = read_page(
        org, listing, cursor, limit, load, lambda found: [DeliveryResponse(**_fields(item)) for item in found]
    )
    return DeliveryList(items=items, cursor=following)


@routes.get("/v1/deliveries/<event_id>", Scope.READ)
def get_delivery(event_id: EventId) -> WholeDeliveryResponse:
    """Show a delivery, with the event as it came."""
    item = deliveries.load(routes.caller.org, event_id)
    if item is None:
        raise NotFoundError(
            f"there is no delivery {event_id[:100]}: GET /v1/deliveries lists those of the last 90 days"
        )
    return WholeDeliveryResponse(**_fields(item), payload=_writable(deliveries.payload_of(item)))


@routes.post("/v1/deliveries/<event_id>/replay", Scope.ADMIN, 202)
def replay_delivery(event_id: EventId) -> ReplayResponse:
    """Replay a delivery: only what is missing is done. `GET /v1/deliveries/{event_id}` shows the outcome."""
    replay.replay(routes.caller.org, event_id)
    return ReplayResponse(id=event_id)


@routes.post("/v1/deliveries/replay", Scope.ADMIN, 202)
def replay_deliveries(body: ReplayRequest) -> ReplayFailedResponse:
    """Replay what has failed since a time, oldest first: up to 100 deliveries a call.

    Repeat the call with the answer's `cursor` until it is null. Making a call twice does no harm.
    """
    org, since = routes.caller.org, int(body.since.timestamp())
    listing = f"replay:{since}"
    done = replay.replay_failed(org, since, after_cursor(org, listing, body.cursor))
    return ReplayFailedResponse(
        replayed=done.count,
        refused=[RefusedReplay(id=each.event, reason=each.reason) for each in done.refused],
        cursor=cursor_after(org, listing, done.after),
    )


def _fields(item: Item) -> dict[str, Any]:
    return {
        "id": item["event"],
        "type": item.get("type"),
        "status": item["status"],
        "reason": item.get("reason") or "",
        "cause": item.get("cause"),
        "order": item.get("order"),
        "steps": item.get("steps") or {},
        "attempts": item.get("attempts") or 0,
        "livemode": item.get("livemode"),
        "received_at": item["received_at"],
        "updated_at": item["updated_at"],
    }


def _writable(payload: dict[str, Any] | None) -> Any:
    """Replace half characters (lone surrogates), which JSON lets in and no UTF-8 can write."""
    return json.loads(json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace"))
