"""A Lambda authorizer in front of a route (AWS: "Control access to HTTP APIs with AWS Lambda authorizers")."""

from typing import Any

from local.settings import ACCOUNT, REGION
from local.stack.functions import Functions
from local.stack.limits import INTERNAL_ERROR
from local.stack.runtime import FunctionError
from local.stack.specs import Json
from local.web import Response, json_response

UNAUTHORIZED = json_response(401, {"message": "Unauthorized"})
FORBIDDEN = json_response(403, {"message": "Forbidden"})


def authorize(authorizer: Json, event: dict[str, Any], functions: Functions) -> Response | None:
    """Ask the authorizer; add its context to the event and return None, or return the refusal."""
    values = [_source(source, event) for source in _sources(authorizer)]
    if not all(values):
        return UNAUTHORIZED
    route = event["routeKey"]
    question = {
        **{key: value for key, value in event.items() if key not in {"body", "isBase64Encoded"}},
        "type": "REQUEST",
        "routeArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:local/$default/{route.replace(' ', '')}",
        "identitySource": values,
    }
    try:
        answer = functions.invoke(authorizer["function"], question)
    except FunctionError:
        return INTERNAL_ERROR
    allowed = answer.get("isAuthorized") if isinstance(answer, dict) else None
    if allowed is None and isinstance(answer, dict) and "policyDocument" in answer:
        allowed = all(each["Effect"] == "Allow" for each in answer["policyDocument"]["Statement"])
    if allowed is not True:
        return FORBIDDEN
    event["requestContext"]["authorizer"] = {"lambda": answer.get("context") or {}}
    return None


def _sources(authorizer: Json) -> list[str]:
    sources = authorizer.get("identitySource") or ""
    return [part.strip() for part in sources.split(",") if part.strip()] if isinstance(sources, str) else list(sources)


def _source(source: str, event: dict[str, Any]) -> str:
    """Read `$request.header.Name` or `$request.querystring.name`."""
    _, kind, name = source.split(".", 2)
    values = event["headers"] if kind == "header" else event.get("queryStringParameters", {})
    return str(values.get(name.lower() if kind == "header" else name, ""))
