"""One handler at a time works on an order's effects; a second one waits for it, or takes over when it is dead."""

import time

from keystack.storage.licenses.orders import load_order
from samples import purchase

from integration.clock import Clock
from integration.world import World


def test_while_another_handler_works_on_an_order_nobody_else_does(world: World) -> None:
    first, second = world.sold(1)[0], {**purchase(1), "id": "evt_second"}
    answers: list[list[str]] = []
    world.stripe.once("POST", "/v1/customers", lambda: answers.append(world.issue(second)))
    assert world.issue(first) == []
    assert answers == [["evt_second"]]
    assert world.delivery(second)["status"] == "retrying"
    assert world.issue(second) == []
    assert (len(world.mails.sent), world.delivery(second)["status"]) == (1, "succeeded")


def test_a_duplicate_outlasts_the_lease_of_a_worker_that_died(world: World, clock: Clock) -> None:
    # Given a worker that died between its transaction and its effects
    [event] = world.sold(1)
    with world.crash("TransactWriteItems", at=2):
        world.issue(event)
    # When another event of the same session comes, and comes back as its worker asks
    duplicate = {**purchase(1), "id": "evt_second"}
    waits: list[int] = []
    while len(waits) < 8 and (wait := world.waits(duplicate, len(waits) + 1)):
        waits.append(wait)
        clock.forward(wait)
    # Then it is done before the queue gives it up
    assert world.delivery(duplicate)["status"] == "succeeded", f"given up after {waits}"


def test_a_lease_outlasts_its_invocation_whatever_two_clocks_say(world: World) -> None:
    """Lambda ends a function when its time is up; another may go on a few seconds after that, and not before."""
    [event] = world.sold(1)
    ends = int(time.time()) + 60  # what the invocation has left
    found: list[int] = []

    def look() -> None:
        stored = load_order("acme", "cs_test_1")
        assert stored is not None
        found.append(stored.lease.until)

    world.stripe.once("POST", "/v1/customers", look)
    assert world.issue(event) == []
    assert 5 <= found[0] - ends <= 6
