"""make buy, upgrade, pause and the others: the stand-in has it so before the signed events come, and words tell it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from samples import signature

from local.state import write_state
from local.stripe.objects import StripeObjects
from local.stripe.server import StripeStandIn
from local.tools.purchase import COMMANDS, main
from local.web import Request, Response, Server, json_response

Json = dict[str, Any]
SECRET = "whsec_of_commands"


class Desk:
    """Runs the commands against a stand-in for Stripe and a webhook that notes what Stripe had when an event came."""

    def __init__(self) -> None:
        self.stripe = StripeStandIn()
        self.webhook = Server("127.0.0.1", 0, self.answer)
        self.webhook.start()
        url = f"http://127.0.0.1:{self.webhook.port}"
        self.state = {"url": url, "org": "acme", "webhook_secret": SECRET, "stripe_api_base": self.stripe.start()}

    def begin(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Forget the test before."""
        self.stripe.objects = StripeObjects()
        self.state_dir = state_dir
        self.capsys = capsys
        self.order = ""
        self.refuses = ""  # the type of an event
        self.received: list[tuple[str, Json, Json]] = []  # (type, the event's object, what Stripe had)
        write_state(state_dir, self.state)

    def answer(self, request: Request) -> Response:
        """Answer as KeyStack's webhook does."""
        body, sent = request.body or b"", request.header("Stripe-Signature")
        stamp = int(sent.partition(",")[0].removeprefix("t="))
        assert (request.path, sent) == ("/v1/webhooks/stripe/acme", signature(body, SECRET, stamp))
        event = json.loads(body)
        about = event["data"]["object"]
        self.received.append((event["type"], about, dict(self.stripe.objects._objects[about["id"]])))
        return json_response(503 if event["type"] == self.refuses else 200, {"received": True})

    def __call__(self, command: str, **given: str) -> tuple[int, str]:
        """Run a command about the latest purchase; return its exit code and what it told."""
        self.received.clear()
        code = main([command], {"STATE_DIR": str(self.state_dir), "ORDER": self.order, **given})
        out, err = self.capsys.readouterr()
        if command == "buy":
            self.order = re.findall(r"ORDER +(\S+)", out)[0]
        return code, out + err

    def types(self) -> list[str]:
        return [kind for kind, _, _ in self.received]

    def stripe_has(self, kind: str) -> Json:
        """Return the newest object of a type."""
        found: Json = [each for each in self.stripe.objects._objects.values() if each["object"] == kind][-1]
        return found


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    running = Desk()
    yield running
    running.webhook.shutdown()
    running.stripe.stop()


@pytest.fixture
def run(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    desk.begin(tmp_path, capsys)
    return desk


@pytest.fixture
def subscribed(run: Desk) -> Desk:
    run("buy", PRICE="price_team", QUANTITY="3")
    return run


UPDATED = "customer.subscription.updated"
EVENTS = [  # commands in their order, and the events of the last one
    (["buy"], ["checkout.session.completed"]),
    (["upgrade"], [UPDATED]),
    (["downgrade"], [UPDATED]),
    (["pause"], ["customer.subscription.paused"]),
    (["pause", "resume"], ["customer.subscription.resumed"]),
    (["fail-payment"], ["invoice.payment_failed", UPDATED]),
    (["fail-payment", "fail-payment"], ["invoice.payment_failed"]),
    (["fail-payment UNPAID=1"], ["invoice.payment_failed", UPDATED, UPDATED]),
    (["fail-payment", "fail-payment UNPAID=1"], [UPDATED]),
    (["fail-payment", "resume"], ["invoice.paid", UPDATED]),
    (["fail-payment UNPAID=1", "resume"], ["invoice.paid", UPDATED]),
    (["refund"], ["charge.refunded"]),
    (["refund AMOUNT=500", "refund"], ["charge.refunded"]),
    (["refund", "refund CANCELED=1"], ["refund.updated"]),
    (["dispute"], ["charge.dispute.created", "charge.dispute.funds_withdrawn"]),
    (["dispute", "dispute OUTCOME=won"], ["charge.dispute.closed", "charge.dispute.funds_reinstated"]),
    (["dispute", "dispute OUTCOME=lost"], ["charge.dispute.closed"]),
    (
        ["dispute OUTCOME=lost"],
        ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"],
    ),
    (["cancel"], ["customer.subscription.deleted"]),
    (["cancel NOW=1"], ["customer.subscription.deleted"]),
    (["cancel AT_PERIOD_END=1"], [UPDATED]),
    (["cancel AT_PERIOD_END=1", "resume"], [UPDATED]),
]


def given(line: str) -> tuple[str, dict[str, str]]:
    command, *more = line.split()
    return command, dict(each.split("=", 1) for each in more)


@pytest.mark.parametrize(("lines", "expected"), EVENTS)
def test_a_command_sends_what_stripe_would_and_stripe_has_it_so_before(
    lines: list[str], expected: list[str], subscribed: Desk
) -> None:
    for line in lines:
        command, more = given(line)
        code, told = subscribed(command, **more)
        assert code == 0, told
    assert subscribed.types() == expected
    for kind in expected:
        assert f"{kind} 200" in " ".join(told.split())
    assert "cannot be shown without an API key of the organization" in told
    latest = {about["id"]: about for _, about, _ in subscribed.received}
    for _, about, had in subscribed.received:
        assert had == latest[about["id"]]


def test_every_command_is_tried() -> None:
    assert {given(line)[0] for lines, _ in EVENTS for line in lines} == set(COMMANDS)


def test_an_upgrade_without_more_is_one_unit_more_and_a_downgrade_one_less(subscribed: Desk) -> None:
    for command, quantity in (("upgrade", 4), ("upgrade", 5), ("downgrade", 4)):
        subscribed(command)
        assert subscribed.stripe_has("subscription")["items"]["data"][0]["quantity"] == quantity


def test_an_upgrade_to_another_price_keeps_the_quantity_unless_it_is_given(run: Desk) -> None:
    run("buy", PRICE="price_pro_monthly", QUANTITY="2")
    for more, expected in (({}, ("price_team", 2)), ({"QUANTITY": "7"}, ("price_plus_monthly", 7))):
        run("upgrade", PRICE=expected[0], **more)
        item = run.stripe_has("subscription")["items"]["data"][0]
        assert (item["price"]["id"], item["quantity"]) == expected


def test_a_price_that_nobody_knows_is_made_up_so_that_the_delivery_fails_visibly(subscribed: Desk) -> None:
    assert subscribed("upgrade", PRICE="price_new")[0] == 0
    item = subscribed.stripe_has("subscription")["items"]["data"][0]
    assert (item["price"]["id"], item["price"]["type"]) == ("price_new", "recurring")


def test_a_purchase_of_a_month_ago_has_its_period_behind_it(run: Desk) -> None:
    assert run("buy", DAYS_AGO="30")[0] == 0
    assert "nothing is paid any more" in run("pause")[1]
    assert run("resume")[0] == 0
    assert run.types() == ["invoice.paid", "customer.subscription.resumed"]


def test_a_later_refund_is_of_the_latest_payment(subscribed: Desk) -> None:
    first = subscribed.stripe_has("charge")["id"]
    subscribed("fail-payment")
    subscribed("resume")
    _, told = subscribed("refund")
    assert "45.00 of 45.00 USD go back" in told
    assert subscribed.received[0][1]["id"] not in {first, ""}


def test_an_event_that_is_refused_ends_the_command(subscribed: Desk) -> None:
    subscribed.refuses = "charge.dispute.created"
    code, told = subscribed("dispute")
    assert (code, subscribed.types()) == (1, ["charge.dispute.created"])
    assert "charge.dispute.created 503" in told


TEAM = "price_pro_monthly, price_plus_monthly, price_team"
MISTAKES = [  # what was done before, the mistake, what is said of it
    ([], "upgrade QUANTITY=3", "It is 3 x price_team already: give another PRICE= or QUANTITY=."),
    (["downgrade QUANTITY=1"], "downgrade", "It is 1 x price_team already: give another PRICE=, or make cancel."),
    ([], "upgrade QUANTITY=0", "QUANTITY=0 is no whole number above zero."),
    (
        [],
        "upgrade PRICE=price_pro_lifetime",
        f"price_pro_lifetime is paid once, so no subscription can change to it. Try one of {TEAM}.",
    ),
    (["pause"], "pause", "SUB is paused, only an active one can pause: make resume comes first."),
    (["fail-payment"], "pause", "SUB is past due, only an active one can pause: make resume comes first."),
    ([], "resume", "SUB is active and goes on by itself: there is nothing to resume."),
    (["pause"], "fail-payment", "SUB is paused, so nothing is asked for: make resume comes first."),
    (["fail-payment UNPAID=1"], "fail-payment", "SUB is unpaid, so nothing is asked for: make resume comes first."),
    (["cancel"], "upgrade", "SUB has ended: there is nothing to change. make buy begins a new one."),
    (["cancel"], "cancel", "SUB has ended: there is nothing to cancel. make buy begins a new one."),
    (
        ["cancel AT_PERIOD_END=1"],
        "cancel AT_PERIOD_END=1",
        "SUB ends with its period already: make resume takes that back.",
    ),
    (
        ["refund"],
        "refund",
        "All of 45.00 USD went back to ada@example.com already: CANCELED=1 cancels the refund.",
    ),
    (
        [],
        "refund CANCELED=1",
        "Nothing of ORDER went back yet: make refund first, then CANCELED=1 cancels it.",
    ),
    (
        ["refund", "refund CANCELED=1"],
        "refund CANCELED=1",
        "The latest refund is canceled already: make refund makes another one.",
    ),
    ([], "dispute OUTCOME=draw", "OUTCOME=draw is unknown: a dispute ends with OUTCOME=won or OUTCOME=lost."),
    (["dispute"], "dispute", "The payment is disputed already: OUTCOME=won or OUTCOME=lost ends the dispute."),
    (
        ["dispute OUTCOME=won"],
        "dispute OUTCOME=won",
        "The dispute is won already: OUTCOME=lost lets it end the other way after all.",
    ),
]


@pytest.mark.parametrize(("earlier", "line", "said"), MISTAKES)
def test_a_mistake_is_answered_with_what_to_do(earlier: list[str], line: str, said: str, subscribed: Desk) -> None:
    for each in earlier:
        assert subscribed(given(each)[0], **given(each)[1])[0] == 0
    code, told = subscribed(given(line)[0], **given(line)[1])
    named = said.replace("SUB", subscribed.stripe_has("subscription")["id"]).replace("ORDER", subscribed.order)
    assert (code, told, subscribed.received) == (2, named + "\n", [])


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"buy", "refund", "dispute"}))
def test_what_was_paid_once_is_no_subscription(command: str, run: Desk) -> None:
    run("buy", PRICE="price_pro_lifetime")
    code, told = run(command)
    assert (code, run.received) == (2, [])
    assert f"{run.order} is no subscription: there is nothing to" in told


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"buy"}))
def test_an_order_must_be_named_and_known(command: str, run: Desk) -> None:
    assert run(command) == (2, "Name the order: ORDER=cs_test_... (make buy has printed it).\n")
    code, told = run(command, ORDER="cs_test_elsewhere")
    assert (code, "cs_test_elsewhere was not bought with `make buy` here" in told) == (2, True)


def test_a_command_that_is_none_is_answered_with_all_there_are(run: Desk) -> None:
    code, told = run("sell")
    assert code == 2
    assert [command for command in COMMANDS if command not in told] == []


def test_an_order_that_was_remembered_before_there_were_steps_is_known(subscribed: Desk) -> None:
    file = subscribed.state_dir / "orders.json"
    known = json.loads(file.read_text())
    file.write_text(json.dumps({order: sale["bought"] for order, sale in known.items()}))
    assert subscribed("upgrade")[0] == 0
    assert subscribed.types() == [UPDATED]


def test_without_a_stand_in_the_events_are_sent_all_the_same(subscribed: Desk) -> None:
    write_state(subscribed.state_dir, {**subscribed.state, "stripe_api_base": ""})
    assert subscribed("cancel")[0] == 0
    assert subscribed.types() == ["customer.subscription.deleted"]
    assert subscribed.stripe_has("subscription")["status"] == "active"
