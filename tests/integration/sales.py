"""A sale as the stand-in for Stripe has it, step by step: its events go to the workers, its objects stay at Stripe."""

import time
from collections.abc import Callable
from typing import Any

from keystack.domain.queues import Queue
from keystack.stripe.event_routing import queue_of

from integration.world import World
from local.stripe import shapes
from local.stripe.catalogue import catalogue
from local.stripe.purchases import Json, monthly_price, new_purchase
from local.stripe.sales import Sale, Step, new_sale, subscription_step

ADA = "ada@example.com"
WORKERS = {Queue.ISSUE: "issuer", Queue.FREEZE: "freezer", Queue.EXPIRE: "expirer"}


def price_of(name: str) -> Json:
    """Return a price of the catalogue, else a monthly one of that id."""
    known = {price["id"]: price for price in catalogue()}
    return known.get(name) or {**monthly_price(name), "active": True}


def with_subscription(sale: Sale, changed: Json, now: int) -> Step:
    """Let fields of the subscription change, as its `updated` tells."""
    return subscription_step(sale, "customer.subscription.updated", {**(sale.subscription or {}), **changed}, now)


class PlayedSale:
    """A sale that the world has seen up to now."""

    def __init__(self, world: World, price: str, quantity: int = 1, email: str = ADA) -> None:
        """Sell it an hour ago: what happens next lies behind, too."""
        self.world = world
        self.now = int(time.time()) - 3_600
        bought = new_purchase(price_of(price), email, quantity, self.now)
        self.sale: Sale = new_sale(bought)
        for item in shapes.objects(bought):
            world.stripe.objects.put(item)
        world.stripe.objects.put_line_items(bought.order, shapes.line_items(bought))
        self.tell(shapes.event("checkout.session.completed", shapes.session(bought), created=self.now))

    @property
    def order(self) -> str:
        return self.sale.bought.order

    @property
    def license(self) -> str:
        """The id of its first license."""
        return self.world.licenses(self.order)[0].id

    def happens(self, step: Callable[..., Step], *given: Any, after: int = 1) -> Json:
        """Let a step of local/stripe happen, some seconds after the one before; returns its last event."""
        self.now += after
        done = step(self.sale, *given, self.now)
        self.sale = done.sale
        for item in self.sale.objects():
            self.world.stripe.objects.put(item)
        for event in done.events:
            self.tell(event)
        return done.events[-1]

    def tell(self, event: Json) -> None:
        queue = queue_of(event)
        assert queue, event["type"]
        assert self.world.deliver(WORKERS[queue], event) == []
