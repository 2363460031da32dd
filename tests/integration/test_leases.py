"""One handler at a time works on an order's effects; a second one waits for it, or takes over when it is dead."""

from clock import Clock
from samples import purchase
from world import World


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
