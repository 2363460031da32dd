"""Which errors a route may answer, for the OpenAPI document: they follow from its method, path and scope."""

from typing import Any

from auth import PUBLIC
from problems import MEDIA_TYPE, Problem, title_of
from pydantic import BaseModel


class GatewayResponse(BaseModel):
    """What API Gateway answers without calling KeyStack."""

    message: str


def errors_of(method: str, path: str, scope: str) -> dict[int, Any]:
    """Name a route's errors: the gateway's and ours."""
    ours, gateways = {400, 409, 500, 503}, {429, 500, 503}
    if scope != PUBLIC:
        ours, gateways = ours | {401, 403}, gateways | {401, 403}
    if "<" in path:
        ours |= {404}
    if method in ("POST", "PUT"):
        ours, gateways = ours | {413, 415}, gateways | {413}
    return {status: _response(status, status in ours, status in gateways) for status in sorted(ours | gateways)}


def _response(status: int, ours: bool, gateways: bool) -> Any:
    content: dict[str, Any] = {MEDIA_TYPE: {"model": Problem}} if ours else {}
    if gateways:
        content["application/json"] = {"model": GatewayResponse}
    return {"description": title_of(status) + ".", "content": content}
