"""make buy, refund and cancel against a real stack: each ends by saying what became of it."""

import re
from pathlib import Path

import pytest

from e2e.commands import Commands
from e2e.own_organization import own_organization
from local.tools.child_stack import ChildStack

pytestmark = pytest.mark.slow


@pytest.fixture
def run(stack: ChildStack, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(stack, capsys)


def test_a_purchase_ends_with_its_license_and_a_refund_with_its_status(run: Commands) -> None:
    code, told = run("buy", PRICE="price_team", EMAIL="team@commands.example", QUANTITY="3")
    assert code == 0
    assert re.search(r"license +TEST-TEAM-\S+  team, 3 seats, active$", told, re.MULTILINE)
    code, told = run("refund", ORDER=run.order(told))
    assert code == 0
    assert re.search(r"license +TEST-TEAM-\S+  team, 3 seats, frozen$", told, re.MULTILINE)


@pytest.mark.parametrize(("now", "status"), [("", "active"), ("1", "expired")])
def test_a_cancellation_ends_with_the_expiry(run: Commands, now: str, status: str) -> None:
    _, told = run("buy", PRICE="price_pro_monthly", EMAIL=f"{status}@commands.example")
    code, told = run("cancel", ORDER=run.order(told), NOW=now)
    assert code == 0
    assert re.search(rf"license +TEST-PRO-\S+  pro, 1 seat, {status}, expires 20\d\d-", told)


def test_a_purchase_that_earns_no_license_says_so(run: Commands) -> None:
    code, told = run("buy", PRICE="price_tshirt", EMAIL="shirt@commands.example")
    assert code == 0
    assert re.search(r"license +none$", told, re.MULTILINE)


def test_a_purchase_that_fails_ends_with_the_reason_and_an_error(run: Commands) -> None:
    code, told = run("buy", PRICE="price_nobody_knows", EMAIL="fail@commands.example")
    assert code == 1
    assert re.search(r"failed +price price_nobody_knows is not mapped to a plan", told)


def test_without_an_api_key_the_outcome_is_not_shown(run: Commands, stack: ChildStack) -> None:
    own_organization(stack, "commands")
    code, told = run("buy", ORG="commands")
    assert code == 1  # its webhook has another secret
    assert "checkout.session.completed 4" in told
    code, told = run("buy", URL=stack.state["url"].replace("127.0.0.1", "localhost"), EMAIL="no-key@commands.example")
    assert code == 0
    assert "cannot be shown without an API key of the organization: API_KEY=ks_..." in told


def test_a_wrong_api_key_is_named(run: Commands) -> None:
    code, told = run("buy", API_KEY="ks_acme_first_wrong", EMAIL="wrong-key@commands.example")
    assert code == 1
    assert "What became of it cannot be shown: GET /v1/deliveries/evt_" in told


def test_another_webhook_has_no_delivery_here(run: Commands, stack: ChildStack) -> None:
    code, told = run("buy", WEBHOOK_URL=f"{stack.state['url']}/v1/webhooks/stripe/acme", EMAIL="x@commands.example")
    assert (code, "license " in told) == (0, False)


def test_a_mistake_is_answered_with_what_to_do(run: Commands, tmp_path: Path) -> None:
    assert run("refund") == (2, "Name the order: ORDER=cs_test_... (make buy has printed it).\n")
    code, told = run("buy", STATE_DIR=str(tmp_path))
    assert code == 2
    assert "start one with `make dev`" in told
