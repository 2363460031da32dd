"""Tells a scenario: what happens at Stripe one after the other, and what should come of it."""

import copy
from collections.abc import Mapping
from typing import Any

from scenarios.catalogue import SHOP
from scenarios.scenario import Json, Kind, Scenario, Step
from scenarios.telling import shapes

PATHS = {
    "charge": "charges",
    "checkout.session": "checkout/sessions",
    "customer": "customers",
    "dispute": "disputes",
    "invoice": "invoices",
    "payment_intent": "payment_intents",
    "refund": "refunds",
    "subscription": "subscriptions",
}
SUBSCRIPTIONS, DISPUTES = "/v1/subscriptions", "/v1/disputes"  # what the key may lack a permission for


class Story:
    """`now` is the moment at which what comes next happens, `api_version` that of the endpoint; the name makes all ids
    its own.
    """

    def __init__(self, name: str) -> None:
        self.name, self.now, self.api_version = name, shapes.BEGINNING, shapes.API_VERSION
        self._steps: list[Step] = []
        self._events = 0

    def passes(self, days: float = 0, hours: float = 0, seconds: int = 0) -> None:
        self.now += int(days * shapes.DAY + hours * shapes.HOUR) + seconds

    def at_stripe(self, *objects: Json, **lists: Json) -> None:
        """Let Stripe's API have these from now on."""
        self.answers({f"/v1/{PATHS[each['object']]}/{each['id']}": each for each in objects})

    def answers(self, answers: Mapping[str, Json]) -> None:
        self._step(Kind.ANSWERS, dict(answers))

    def event(self, kind: str, about: Json, previous: Json | None = None, **envelope: Any) -> str:
        """Let Stripe send an event; `envelope` changes its own fields, and None takes one away. Returns its id."""
        self._events += 1
        told = {**shapes.event(f"evt_{self.name}_{self._events}", kind, about, self.now, previous)}
        told |= {"api_version": self.api_version, **envelope}
        self._step(Kind.EVENT, {name: value for name, value in told.items() if value is not None})
        return str(told["id"])

    def calls(self, call: str) -> None:
        """Let the vendor call the API; {id} is the only license's."""
        self._step(Kind.CALL, call)

    def expect(self, licenses: Mapping[str, str] | None = None, **more: Any) -> None:
        """Say what should be so now: the licenses' statuses by plan, and what else (see judging.py)."""
        statuses = {} if licenses is None else {"licenses": dict(licenses)}
        self._step(Kind.EXPECT, {**statuses, **more})

    def as_scenario(self, title: str, **more: Any) -> Scenario:
        return Scenario(self.name, title, tuple(self._steps), catalogue=SHOP, **more)

    def _step(self, kind: Kind, what: Any) -> None:
        self._steps.append(Step(kind, copy.deepcopy(what)))


def without(about: Json, *fields: str) -> Json:
    return {name: value for name, value in about.items() if name not in fields}
