"""A stand-in for the Stripe API calls in use, over HTTP: Stripe-shaped JSON, errors, pages and idempotency.

Below /stand-in/ testers put objects in and read which calls came. What a key may not do stands in the key itself:
`rk_test_1_without_rak_customer_write`; and Stripe has never heard of one that begins with `rk_test_unknown`.
"""

import json
import re
import secrets
import threading
import time
from typing import Any
from urllib.parse import parse_qsl

from local.settings import own_address
from local.stripe.objects import COLLECTIONS, Json, StripeError, StripeObjects
from local.web import Request, Response, Server, json_response

KEPT_REQUESTS = 10_000
PERMISSION_OF = {
    "checkout/sessions": "checkout_session",
    "customers": "customer",
    "charges": "charge",
    "invoices": "invoice",
    "invoice_payments": "invoice",
}


def decode_form(text: str) -> Json:
    """Decode Stripe's bracket style: `metadata[k]=v`, `payment[type]=x`, `expand[]=a`."""
    found: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *inner = re.findall(r"[^\[\]]+", name) or [name]
        place = found
        for step in inner:
            nested = place.get(head)
            if not isinstance(nested, dict):
                nested = place[head] = {}
            place, head = nested, step
        if name.endswith("[]") or (inner and inner[-1].isdecimal()):
            continue  # lists (expand[]) are of no use here
        place[head] = value
    return found


class StripeStandIn:
    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.objects = StripeObjects()
        self.requests: list[Json] = []
        self._answered: dict[str, tuple[bytes, Response]] = {}
        self._lock = threading.Lock()
        self._server = Server(host, port, self.answer)

    def start(self) -> str:
        """Start answering; return the base URL."""
        self._server.start()
        return f"http://{own_address(str(self._server.server_address[0]))}:{self._server.port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> Response:
        """Answer one request at a time: objects are simple dictionaries."""
        number = "req_" + secrets.token_hex(7)
        with self._lock:
            try:
                if request.path.startswith("/stand-in/"):
                    return self._by_tester(request)
                response = self._by_client(request, number)
            except StripeError as error:
                response = json_response(error.status, error.body)
            self.requests.append(
                {
                    "method": request.method,
                    "path": request.path,
                    "query": request.query,
                    "body": (request.body or b"").decode("utf-8", "replace"),
                    "idempotency_key": request.header("Idempotency-Key"),
                    "stripe_version": request.header("Stripe-Version"),
                    "status": response.status,
                    "time": time.time(),
                }
            )
            del self.requests[:-KEPT_REQUESTS]
        return Response(response.status, response.body, (*response.headers, ("Request-Id", number)))

    # ------------------------------------------------------------- testers

    def _by_tester(self, request: Request) -> Response:
        parts = request.path.removeprefix("/stand-in/").strip("/").split("/")
        body = json.loads(request.body) if request.body else None
        match request.method, parts:
            case "PUT", ["objects", name] if isinstance(body, dict):
                self.objects.put({**body, "id": name})
            case "DELETE", ["objects", name]:
                self.objects.remove(name)
            case "PUT", ["sessions", name, "line_items"] if isinstance(body, list):
                self.objects.put_line_items(name, body)
            case "GET", ["requests"]:
                return json_response(200, self.requests)
            case "DELETE", ["requests"]:
                self.requests.clear()
            case _:
                return json_response(404, {"message": "No such call of the stand-in, or no JSON of the right type"})
        return Response(204)

    # ------------------------------------------------------------- clients

    def _by_client(self, request: Request, number: str) -> Response:
        livemode = _livemode(request)
        _check_permission(request)
        key = request.header("Idempotency-Key") if request.method == "POST" else ""
        if key and key in self._answered:
            body, response = self._answered[key]
            if body != request.raw_path.encode() + b"?" + (request.body or b""):
                raise StripeError(
                    400,
                    f"Keys for idempotent requests can only be used with the same parameters they were first used "
                    f"with. Try using a key other than '{key}' if you meant to execute a different request.",
                    kind="idempotency_error",
                )
            return Response(response.status, response.body, (*response.headers, ("Idempotent-Replayed", "true")))
        fields = decode_form(request.query)
        if request.method == "POST":
            fields = decode_form((request.body or b"").decode())
        response = json_response(200, self._called(request, fields, livemode))
        if key:
            self.keep_answer(key, request, response)
        return response

    def keep_answer(self, idempotency_key: str, request: Request, response: Response) -> None:
        """Give the same answer again when the same request comes with this key."""
        self._answered[idempotency_key] = (request.raw_path.encode() + b"?" + (request.body or b""), response)

    def _called(self, request: Request, fields: Json, livemode: bool) -> Json:
        path = request.path.removeprefix("/v1/").strip("/")
        if (request.method, path) == ("GET", "account"):
            return {"id": "acct_standin", "object": "account", "charges_enabled": True, "country": "US"}
        session = re.fullmatch(r"checkout/sessions/([^/]+)/line_items", path)
        if request.method == "GET" and session:
            return _page(request.path, self.objects.line_items(session[1], livemode), fields)
        if path in COLLECTIONS and request.method == "GET":
            return _page(request.path, self.objects.list(path, livemode, lambda item: _fits(item, fields)), fields)
        if path == "customers" and request.method == "POST":
            return self.objects.create_customer(fields, livemode)
        collection, _, name = path.rpartition("/")
        if collection in COLLECTIONS and request.method in {"GET", "POST"}:
            item = self.objects.get(collection, name, livemode)
            return self.objects.update(item, fields) if request.method == "POST" else item
        raise StripeError(404, f"Unrecognized request URL ({request.method}: {request.path}).")


def _livemode(request: Request) -> bool:
    """Return the mode of the request's key; StripeError 401 without a key."""
    scheme, _, key = request.header("Authorization").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise StripeError(401, "You did not provide an API key. Set the Authorization header to 'Bearer YOUR_KEY'.")
    if not re.match(r"(sk|rk)_(test|live)_", key):
        raise StripeError(401, f"Invalid API Key provided: {key[:3]}****")
    if key[8:].startswith("unknown"):
        raise StripeError(401, f"Invalid API Key provided: {key[:8]}****")
    return "_live_" in key[:8]


def _check_permission(request: Request) -> None:
    """Refuse with 403 what the key may not do; who may not read may not write either."""
    part = next((part for part in PERMISSION_OF if f"/v1/{part}" in request.path), None)
    verbs = ("read", "write") if request.method == "POST" else ("read",)
    for verb in verbs if part else ():
        permission = f"rak_{PERMISSION_OF[str(part)]}_{verb}"
        if f"_without_{permission}" in request.header("Authorization"):
            raise StripeError(
                403,
                "The provided key 'rk_****' does not have the required permissions for this endpoint on account "
                f"'acct_standin'. Having the '{permission}' permission would allow this request to continue.",
            )


def _fits(item: Json, fields: Json) -> bool:
    """Tell whether an object matches a list's filters (pages and expansions aside)."""
    for name, wanted in fields.items():
        if name in {"limit", "starting_after", "ending_before", "expand"}:
            continue
        value: Any = item.get(name)
        if isinstance(wanted, dict):
            if not isinstance(value, dict) or not _fits(value, wanted):
                return False
        elif str(value).lower() != str(wanted).lower():
            return False
    return True


def _page(url: str, items: list[Json], fields: Json) -> Json:
    """Cut a page (Stripe: "Pagination")."""
    limit = str(fields.get("limit", "10"))
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        raise StripeError(400, f"Invalid integer: {limit}", "parameter_invalid_integer", "limit")
    first = 0
    if after := fields.get("starting_after"):
        places = [place for place, item in enumerate(items) if item["id"] == after]
        if not places:
            raise StripeError(400, f"No such object: '{after}'", "resource_missing", "starting_after")
        first = places[0] + 1
    page = items[first : first + int(limit)]
    return {"object": "list", "url": url, "has_more": first + len(page) < len(items), "data": page}
