"""API Gateway's HTTP API payload, version 2.0, both ways (AWS: "Working with AWS Lambda proxy integrations")."""

import base64
import json
import time
import uuid
from typing import Any
from urllib.parse import parse_qsl

from local.settings import ACCOUNT
from local.stack.limits import INTERNAL_ERROR
from local.web import Request, Response


def to_event(request: Request, route_key: str, parameters: dict[str, str]) -> dict[str, Any]:
    """Build the event of a request that matched a route."""
    headers: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        if key != "cookie":
            headers[key] = f"{headers[key]},{value}" if key in headers else value
    cookies = [part.strip() for name, value in request.headers if name.lower() == "cookie" for part in value.split(";")]
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    now = time.time()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": headers.get("host", "").partition(":")[0],
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.version,
                "sourceIp": request.client,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": uuid.uuid4().hex[:15] + "=",
            "routeKey": route_key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = query
    if parameters:
        event["pathParameters"] = parameters
    if request.body:
        event["body"], event["isBase64Encoded"] = _encode(request.body, headers.get("content-type", ""))
    return event


def _encode(body: bytes, content_type: str) -> tuple[str, bool]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind in {"application/json", "application/xml", "application/javascript"}:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def from_answer(answer: Any) -> Response:
    """Turn what a handler returned into a response; a malformed answer is a 500."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return Response(200, json.dumps(answer).encode(), (("Content-Type", "application/json"),))
    try:
        body = answer.get("body") or ""
        data = base64.b64decode(body) if answer.get("isBase64Encoded") else str(body).encode()
        headers = [(str(name), str(value)) for name, value in (answer.get("headers") or {}).items()]
        status = int(answer["statusCode"])
    except (TypeError, ValueError, AttributeError):
        return INTERNAL_ERROR
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "text/plain; charset=utf-8"))
    headers = [(name, value) for name, value in headers if name.lower() not in {"content-length", "connection"}]
    headers += [("Set-Cookie", str(cookie)) for cookie in answer.get("cookies") or []]
    return Response(status, data, tuple(headers))
