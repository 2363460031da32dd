"""What the handlers reach outside AWS: Stripe over HTTP, with faults on order, and mail that is kept."""

import json
import time
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from typing import Any

from local.stripe.forms import decode_form
from local.stripe.objects import StripeError, StripeObjects
from local.stripe.server import StripeStandIn
from local.web import Request, Response

Fault = Callable[[Request], Response | None]
Json = dict[str, Any]
HOW = {"limit", "starting_after", "ending_before", "expand"}  # of a request: not what it asks for, but how


def error(status: int, message: str, kind: str = "invalid_request_error", code: str = "") -> Response:
    told = {"type": kind, "message": message, **({"code": code} if code else {})}
    return Response(status, json.dumps({"error": told}).encode(), (("Content-Type", "application/json"),))


class Stripe(StripeStandIn):
    """The stand-in, and what goes wrong with it."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[tuple[str, str, Fault]] = []
        self._answers: dict[str, Json] | None = None
        self._resets = 0

    def reset(self) -> None:
        self.objects = StripeObjects()
        self.requests.clear()
        self.faults.clear()
        self._answered.clear()
        self._answers = None
        self._resets += 1

    def answer(self, request: Request) -> Response:
        resets = self._resets
        for method, part, fault in list(self.faults):
            if request.method == method and part in request.path:
                response = fault(request)
                if response is not None and self._resets > resets:
                    return response  # it hung until its test was over: the next one must not find it kept
                if response is not None:
                    return self._kept(request, response)
        return super().answer(request)

    def _kept(self, request: Request, response: Response) -> Response:
        """Stripe keeps a 500 for its Idempotency-Key as it keeps a success ("Idempotent requests")."""
        if response.status >= 500 and (key := request.header("Idempotency-Key")):
            self.keep_answer(key, request, response)
        return response

    # --------------------------------------------------------------- faults

    def fails(self, method: str, part: str, response: Response) -> None:
        """Answer such requests with `response` from now on."""
        self.faults.append((method, part, lambda request: response))

    def hangs(self, method: str, part: str, seconds: float) -> None:
        """Answer such requests too late, with an error that nobody waits for."""

        def fault(request: Request) -> Response:
            time.sleep(seconds)
            return error(500, "too late", "api_error")

        self.faults.append((method, part, fault))

    def once(self, method: str, part: str, act: Callable[[], object]) -> None:
        """Let something happen right before the first such request is answered."""
        waiting = [act]

        def fault(request: Request) -> None:
            if waiting:
                waiting.pop()()

        self.faults.append((method, part, fault))

    def mended(self) -> None:
        self.faults.clear()

    # ----------------------------------------------------- written-down answers

    def says(self, answers: Mapping[str, Json]) -> None:
        """Answer these GET requests so from now on (by path and query), and no other ones.

        A customer is put in, for what is written to it is to be read again.
        """
        self._answers = {**(self._answers or {}), **answers}
        for path, answer in answers.items():
            if path.startswith("/v1/customers/"):
                self.objects.put(answer)

    def _called(self, request: Request, fields: Json, livemode: bool) -> Json:
        if self._answers is None or request.method != "GET" or request.path.startswith("/v1/customers/"):
            return super()._called(request, fields, livemode)
        asked = {name: value for name, value in fields.items() if name not in HOW}
        for place, answer in self._answers.items():
            path, _, query = place.partition("?")
            if path == request.path and decode_form(query) in ({}, asked):
                return answer
        raise StripeError(404, f"No such object: '{request.path}'", "resource_missing", "id")

    # ----------------------------------------------------------------- state

    def sell(self, event: dict[str, Any], *lines: tuple[str | None, int], product: str = "prod_1") -> None:
        """Put in the Checkout Session of `event`, its line items (price, quantity) and its Customer."""
        session = event["data"]["object"]
        self.objects.put({**session, "livemode": event["livemode"]})
        self.objects.put_line_items(
            session["id"], [self._line(session["id"], *line, number, product) for number, line in enumerate(lines, 1)]
        )
        customer = session["customer"]
        if customer and self.customer(customer) is None:
            self.objects.put({"id": customer, "object": "customer", "livemode": event["livemode"], "metadata": {}})

    def _line(self, session: str, price: str | None, quantity: int, number: int, product: str) -> dict[str, Any]:
        item = {"id": f"li_{session}_{number:04}", "object": "item", "quantity": quantity, "price": None}
        sold = {"id": price, "object": "price", "active": True, "product": product}
        return {**item, "price": sold} if price else item

    def customer(self, name: str, livemode: bool = False) -> dict[str, Any] | None:
        found = self.objects.list("customers", livemode, lambda item: item["id"] == name)
        return found[0] if found else None

    def metadata(self, customer: str, livemode: bool = False) -> dict[str, str]:
        found = self.customer(customer, livemode)
        return dict(found["metadata"]) if found else {}


class Mails:
    """A mail transport; the exceptions in `refusals` are raised first, one a mail."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, EmailMessage]] = []
        self.refusals: list[BaseException] = []

    def send(self, message: EmailMessage, recipient: str) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.sent.append((recipient, message))

    def texts(self) -> list[str]:
        return [message.get_body(("plain",)).get_content() for _, message in self.sent]  # type: ignore[union-attr]
