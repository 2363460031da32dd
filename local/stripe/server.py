"""A stand-in for the Stripe API calls in use, over HTTP: Stripe-shaped JSON, errors, pages and idempotency.

Below /stand-in/ testers put objects in and read which calls came. What a key may not do stands in the key itself:
`rk_test_1_without_rak_customer_write`; and Stripe has never heard of one that begins with `rk_test_unknown`.
"""

import json
import re
import secrets
import threading
import time

from local.settings import own_address
from local.stripe.forms import decode_form
from local.stripe.keys import check_permission, livemode_of
from local.stripe.lists import expand_products, fits, page
from local.stripe.objects import COLLECTIONS, Json, StripeError, StripeObjects
from local.web import Request, Response, Server, json_response

MAX_REQUESTS = 10_000


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
            del self.requests[:-MAX_REQUESTS]
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
        livemode = livemode_of(request)
        check_permission(request)
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
            return page(request.path, self.objects.line_items(session[1], livemode), fields)
        if path in COLLECTIONS and request.method == "GET":
            found = page(request.path, self.objects.list(path, livemode, lambda item: fits(item, fields)), fields)
            return expand_products(found, self.objects) if path == "prices" else found
        if path == "customers" and request.method == "POST":
            return self.objects.create_customer(fields, livemode)
        collection, _, name = path.rpartition("/")
        if collection in COLLECTIONS and request.method in {"GET", "POST"}:
            item = self.objects.get(collection, name, livemode)
            return self.objects.update(item, fields) if request.method == "POST" else item
        raise StripeError(404, f"Unrecognized request URL ({request.method}: {request.path}).")
