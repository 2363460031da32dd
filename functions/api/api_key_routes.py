"""API keys: list, create and delete them."""

import time
from datetime import datetime
from functools import partial
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path
from cursors import Cursor, Limit, read_page
from keystack.domain.api_keys import ApiKey
from keystack.inputs.access import ApiKeyRequest
from keystack.management import api_keys
from keystack.storage.mappings.api_keys import list_api_keys
from models import ResponseModel, moment
from pydantic import Field
from routing import Routes, Scope

routes = Routes("API keys")

KeyId = Annotated[str, Path(pattern="^[A-Za-z0-9]{1,32}$", description="The key's id.", examples=["4f0c2a9d81be"])]


class ApiKeyResponse(ResponseModel):
    id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None = Field(description="To the hour.")


class NewApiKeyResponse(ApiKeyResponse):
    key: str = Field(description="Shown this once: only a hash of it is kept.")


class ApiKeyList(ResponseModel):
    items: list[ApiKeyResponse]
    cursor: str | None


@routes.get("/v1/api-keys", Scope.ADMIN)
def get_api_keys(limit: Limit = 50, cursor: Cursor = "") -> ApiKeyList:
    """List the API keys, by id."""
    org = routes.caller.org
    load = partial(list_api_keys, org)
    items, following = read_page(org, "api-keys", cursor, limit, load, lambda found: list(map(to_response, found)))
    return ApiKeyList(items=items, cursor=following)


@routes.post("/v1/api-keys", Scope.ADMIN, 201)
def create_api_key(body: ApiKeyRequest) -> NewApiKeyResponse:
    """Create an API key. It is shown this once."""
    caller = routes.caller
    new = api_keys.create(caller.org, body.name, body.scopes, caller.name, int(time.time()))
    return NewApiKeyResponse(**to_response(new.key).model_dump(), key=new.text)


@routes.delete("/v1/api-keys/<key_id>", Scope.ADMIN)
def delete_api_key(key_id: KeyId) -> None:
    """Delete an API key, even the one that makes this request; the last one with the scope `admin` stays.

    It is refused within a minute.
    """
    caller = routes.caller
    api_keys.delete(caller.org, key_id, caller.name)


def to_response(key: ApiKey) -> ApiKeyResponse:
    return ApiKeyResponse(
        id=key.id,
        name=key.name,
        scopes=list(key.scopes),
        created_at=moment(key.created_at),
        last_used_at=None if key.last_used_at is None else moment(key.last_used_at),
    )
