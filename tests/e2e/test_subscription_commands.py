"""make upgrade, pause, fail-payment and the others against a real stack: the license follows what Stripe has."""

import re

import pytest

from e2e.commands import Commands
from local.tools.child_stack import ChildStack

pytestmark = pytest.mark.slow

LICENSE = re.compile(r"license +(TEST-\S+)  (\w+), (\d+) seats?, (\w+)(?:, expires (\S+))?$", re.MULTILINE)


class Customer:
    """Somebody who bought a subscription, and their one license as the latest command has told it."""

    def __init__(self, run: Commands, name: str, **bought: str) -> None:
        self._run = run
        code, told = run("buy", EMAIL=f"{name}@subscription.example", **bought)
        assert code == 0, told
        self._order = run.order(told)
        self._read(told)
        self.first_key = self.key

    def _read(self, told: str) -> None:
        [found] = LICENSE.findall(told)
        self.key, self.plan, self.seats, self.status, self.ends = found
        self.told = told

    def __call__(self, command: str, **env: str) -> "Customer":
        code, told = self._run(command, ORDER=self._order, **env)
        assert code == 0, told
        self._read(told)
        assert self.key == self.first_key
        return self

    def billing(self) -> str:
        found = re.search(r"billing +(.+)$", self.told, re.MULTILINE)
        assert found, self.told
        return found[1].partition(",")[0]


@pytest.fixture
def run(stack: ChildStack, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(stack, capsys)


def test_plan_and_seats_follow_an_upgrade_and_a_downgrade_on_the_same_key(run: Commands) -> None:
    ada = Customer(run, "upgrade", PRICE="price_pro_monthly")
    assert (ada.plan, ada.seats) == ("pro", "1")
    ada("upgrade", PRICE="price_team", QUANTITY="5")
    assert (ada.plan, ada.seats, ada.status) == ("team", "5", "active")
    ada("downgrade")
    assert (ada.plan, ada.seats, ada.status) == ("team", "4", "active")
    ada("downgrade", PRICE="price_pro_monthly", QUANTITY="1")
    assert (ada.plan, ada.seats, ada.status) == ("pro", "1", "active")


def test_an_upgrade_to_a_price_without_mapping_fails_visibly(run: Commands) -> None:
    _, told = run("buy", PRICE="price_pro_monthly", EMAIL="unmapped@subscription.example")
    code, told = run("upgrade", ORDER=run.order(told), PRICE="price_nobody_mapped")
    assert code == 1
    assert re.search(r"failed +.*price_nobody_mapped.* not mapped", told)


def test_a_renewal_that_is_not_paid_freezes_once_stripe_gives_up_and_until_it_is_paid(run: Commands) -> None:
    ada = Customer(run, "unpaid", DAYS_AGO="30")
    ada("fail-payment")
    assert (ada.status, ada.billing()) == ("active", "past due")
    ada("fail-payment", UNPAID="1")
    assert (ada.status, ada.billing()) == ("frozen", "unpaid")
    ada("resume")
    assert (ada.status, ada.billing()) == ("active", "active")


def test_a_pause_freezes_from_the_end_of_what_was_paid(run: Commands) -> None:
    paid = Customer(run, "paused-early")("pause")
    assert (paid.status, paid.billing()) == ("active", "paused")
    over = Customer(run, "paused-late", DAYS_AGO="31")("pause")
    assert (over.status, over.billing()) == ("frozen", "paused")
    over("resume")
    assert (over.status, over.billing()) == ("active", "active")


def test_a_cancellation_at_the_periods_end_sets_an_end_that_can_be_taken_back(run: Commands) -> None:
    ada = Customer(run, "mind-changed")("cancel", AT_PERIOD_END="1")
    assert (ada.status, ada.ends[:2]) == ("active", "20")
    ada("resume")
    assert (ada.status, ada.ends) == ("active", "")


def test_what_is_never_paid_ends_at_once_when_nothing_paid_is_left(run: Commands) -> None:
    ada = Customer(run, "never-paid", DAYS_AGO="30")
    ada("fail-payment")
    ada("cancel", NOW="1")
    assert (ada.status, ada.billing()) == ("expired", "canceled")


def test_a_canceled_refund_lifts_its_freeze(run: Commands) -> None:
    ada = Customer(run, "refund-canceled")("refund")
    assert ada.status == "frozen"
    assert ada("refund", CANCELED="1").status == "active"


def test_a_dispute_freezes_until_it_is_won_and_again_if_it_is_lost_after_all(run: Commands) -> None:
    ada = Customer(run, "disputed")
    assert [ada("dispute").status, ada("dispute", OUTCOME="won").status] == ["frozen", "active"]
    assert ada("dispute", OUTCOME="lost").status == "frozen"


def test_the_refund_of_a_renewal_freezes_until_a_later_period_is_paid(run: Commands) -> None:
    ada = Customer(run, "renewal-refunded", DAYS_AGO="60")
    ada("fail-payment")
    ada("resume")
    assert ada("refund").status == "frozen"
    ada("fail-payment")
    assert ada("resume").status == "active"
