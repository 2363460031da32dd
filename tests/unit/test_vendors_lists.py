"""What a vendor selects at Stripe, events and permissions: README and the code name the same, with the same words."""

import re
from collections.abc import Iterator

import pytest
from keystack.stripe.event_routing import EVENTS, QUEUE_OF_TYPE
from keystack.stripe.permissions import TO_GIVE, Permission
from template import ROOT

README = (ROOT / "README.md").read_text("utf-8")
NEEDED = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
    "customer.subscription.deleted",
}
FIRST_GUIDE = {"Checkout Sessions: Read", "Customers: Write", "Invoices: Read", "Charges and Refunds: Read"}


def table(heading: str, first: str) -> Iterator[list[str]]:
    """Yield the rows of README's first table below `heading` whose first column is called `first`."""
    below = README.partition(heading)[2]
    found = re.search(rf"\n\| {first} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", below)
    assert found, (heading, first)
    for line in found[1].splitlines():
        yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def test_the_events_of_the_first_guide_are_needed_and_no_more() -> None:
    assert {name for name, heard in EVENTS.items() if heard.is_needed} == NEEDED


@pytest.mark.parametrize(("column", "needed"), [("needed", True), ("better", False)])
def test_readme_lists_every_event_with_what_it_is_for(column: str, needed: bool) -> None:
    listed = list(table("## What happens to each event", column))
    assert listed == [[name, heard.what_for] for name, heard in EVENTS.items() if heard.is_needed is needed]


def test_every_event_that_has_a_queue_is_listed_in_one_line_of_its_own() -> None:
    assert {name: heard.queue for name, heard in EVENTS.items()} == QUEUE_OF_TYPE
    words = [heard.what_for for heard in EVENTS.values()]
    assert len(set(words)) == len(words)
    assert all(10 < len(each) < 100 and each[0].islower() and each[-1] != "." for each in words)


def test_a_key_with_the_permissions_of_the_first_guide_has_all_that_are_needed() -> None:
    assert {each.name for each in TO_GIVE if each.is_needed} == FIRST_GUIDE


def test_readme_lists_the_permissions_and_what_is_not_exact_without_those_that_are_not_needed() -> None:
    step = "**2. A restricted key.**"
    assert list(table(step, "permission")) == [[each.name, each.what_for] for each in TO_GIVE if each.is_needed]
    below = README.partition(step)[2].partition("These make it better")[2]
    rows = [line for line in below.partition("**3.")[0].splitlines() if line.startswith("| ")][1:]
    assert rows == [f"| {each.name} | {each.what_for} | {each.without} |" for each in better()]


def test_whoever_reads_the_list_can_tell_what_a_missing_one_costs() -> None:
    assert {each.name for each in better()} == {
        "Subscriptions: Read",
        "Disputes: Read",
        "Prices: Read, Products: Read",
    }
    assert all(each.without and each.without[0].islower() for each in better())


def test_payment_intents_are_not_asked_for() -> None:
    """Whether a payment came is asked of its session, which tells it for every way to pay."""
    assert "Payment Intents: Read" not in README
    assert not any("Payment Intents" in each.name for each in TO_GIVE)


def better() -> list[Permission]:
    return [each for each in TO_GIVE if not each.is_needed]
