"""No secret, no whole key and no payload in any log line, whatever goes wrong."""

import ast
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from invocations import Context
from samples import purchase, request, signature, stripe_event
from template import ROOT

from integration.aws import function
from integration.dashboard_visitor import sign_in_as
from integration.log_lines import LogLines, logged
from integration.stand_ins import error
from integration.vendor_api import api_with
from integration.world import World

SESSION = "cs_test_1"
FUNCTIONS = sorted(path.name for path in (ROOT / "functions").glob("*/") if (path / f"{path.name}.py").exists())
SECRETS = ("rk_test_replace_me", "whsec_replace_me", "hunter2")
PAYLOAD = ("ada@example.com", "Ada Lovelace", "Analytical Engine")


@contextmanager
def all_output(capsys: pytest.CaptureFixture[str], level: int) -> Iterator[Callable[[], str]]:
    """The log, and standard output with the metrics."""
    with logged(level) as lines:
        yield lambda: lines.text + "".join(capsys.readouterr())


def secretive(text: str, world: World) -> list[str]:
    """Name what the log should not hold."""
    keys = world.keys(SESSION)
    return [each for each in (*SECRETS, *PAYLOAD, *keys) if each.lower() in text.lower()]


def event_sold(world: World) -> dict[str, Any]:
    event = purchase(1, client_reference_id="Analytical Engine")
    world.stripe.sell(event, ("price_pro_monthly", 1))
    return event


def a_purchase(world: World) -> None:
    event = event_sold(world)
    function("verifier").handler(request(event), Context())
    world.issue(event)


def a_crash_whose_message_quotes_a_key(world: World) -> None:
    event = event_sold(world)

    def quote() -> None:
        raise RuntimeError(f"could not do with {world.keys(SESSION)} and {event} and {SECRETS}")

    world.mails.send = lambda message, recipient: quote()  # type: ignore[method-assign]
    world.issue(event)


def a_crash_of_the_worker_itself(world: World) -> None:
    """An effect's failure is caught where it happens; this one is not."""
    event = event_sold(world)

    def quote() -> None:
        raise RuntimeError(f"could not do with {event} and {SECRETS}")

    with world.before("BatchGetItem", quote):
        assert world.issue(event) == ["evt_1"]
    record = str(world.delivery(event) | {"payload": ""})
    assert "KeyStack failed (RuntimeError)" in record
    assert secretive(record, world) == []


def a_failure_of_stripe(world: World) -> None:
    event = event_sold(world)
    world.stripe.fails("POST", "/v1/customers", error(500, "sorry", "api_error"))
    world.issue(event)


def a_refusal_of_stripe(world: World) -> None:
    event = event_sold(world)
    world.stripe.fails("POST", "/v1/customers", error(400, "Metadata can have at most 50 keys."))
    world.issue(event)


def an_event_of_no_shape(world: World) -> None:
    event = event_sold(world)
    event["data"]["object"]["customer"] = {"id": ["Analytical Engine"]}
    world.issue(event)


def a_rejection(world: World) -> None:
    body = str(purchase(1)).encode()
    function("verifier").handler(request(body, signature(body, "whsec_other")), Context())


def a_refund_and_a_deletion(world: World) -> None:
    world.issue(event_sold(world))
    world.freeze(stripe_event("freezer.refund_full", description="Analytical Engine"))
    world.expire(stripe_event("expirer.subscription_deleted", description="Analytical Engine"))


def a_configuration(world: World) -> None:
    world.configure()
    world.configure(stripe_keys=["hunter2"])


def a_connection_with_stripe(world: World) -> None:
    api = api_with("admin")
    for key in ("rk_test_hunter2", "rk_test_unknown_hunter2", "sk_test_hunter2", "hunter2_without_rak_charge_read"):
        api.put("/v1/settings/stripe-key", {"key": key})
    api.put("/v1/settings/webhook-secret", {"secrets": ["whsec_hunter2", "hunter2"]})
    world.stripe.fails("GET", "/v1/charges", error(500, "sorry", "api_error"))
    api.put("/v1/settings/stripe-key", {"key": "rk_test_hunter2"})


def a_delivery_that_is_looked_at_and_replayed(world: World) -> None:
    world.issue(event_sold(world))
    api = api_with("admin")
    assert "Analytical Engine" in api.get("/v1/deliveries/evt_1").text
    api.post("/v1/deliveries/evt_1/replay")


HISTORIES = [
    a_purchase,
    a_crash_whose_message_quotes_a_key,
    a_crash_of_the_worker_itself,
    a_failure_of_stripe,
    a_refusal_of_stripe,
    an_event_of_no_shape,
    a_rejection,
    a_refund_and_a_deletion,
    a_configuration,
    a_connection_with_stripe,
    a_delivery_that_is_looked_at_and_replayed,
]


@pytest.mark.parametrize("history", HISTORIES)
def test_no_secret_key_or_payload_is_logged(
    world: World, capsys: pytest.CaptureFixture[str], history: Callable[[World], None]
) -> None:
    with all_output(capsys, logging.INFO) as text:
        history(world)
        told = text()
    assert told
    assert secretive(told, world) == []


@pytest.mark.parametrize("history", [a_purchase, a_connection_with_stripe, a_delivery_that_is_looked_at_and_replayed])
def test_not_at_the_level_debug_either(
    world: World, capsys: pytest.CaptureFixture[str], history: Callable[[World], None]
) -> None:
    with all_output(capsys, logging.DEBUG) as text:
        history(world)
        told = text()
    assert "answered" in told or "taken" in told
    assert secretive(told, world) == []


def test_lambda_can_read_the_level_and_the_time_of_every_line(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """It takes a line for INFO otherwise. Source: AWS Lambda Developer Guide, "Log-level filtering"."""
    with all_output(capsys, logging.INFO) as text:
        a_purchase(world)
        a_rejection(world)
        api_with("admin").get("/v1/plans")
        lines = [json.loads(line) for line in text().splitlines() if line.startswith("{")]
    told = [line for line in lines if "_aws" not in line]  # the others are metrics
    assert {"INFO", "WARNING"} <= {line["level"] for line in told}
    for line in told:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", line["timestamp"]), line
    assert {line["location"].partition(":")[0] for line in told} >= {"handler", "_log_outcome", "_take", "reject"}


@pytest.mark.parametrize(
    ("level", "libraries"), [("DEBUG", "INFO"), ("INFO", "INFO"), ("WARN", "WARNING"), ("ERROR", "ERROR")]
)
def test_the_log_level_counts_for_libraries_too_and_lets_no_library_debug(level: str, libraries: str) -> None:
    """In a process of its own, for levels are those of the whole process."""
    asked = (
        "import logging, keystack.logs as ours; "
        "ours.configure_logging(); print(ours.logger.log_level, *(logging.getLogger(n).getEffectiveLevel() for n in "
        "('pydantic', 'urllib3.x', 'stripe', 'aws_lambda_powertools')))"
    )
    env = {**os.environ, "POWERTOOLS_LOG_LEVEL": level, "AWS_LAMBDA_LOG_LEVEL": "TRACE"}
    env["PYTHONPATH"] = str(ROOT / "layers" / "keystack")
    told = subprocess.run([sys.executable, "-c", asked], env=env, capture_output=True, text=True, check=True)
    ours, others, *talkative = (logging.getLevelName(int(each)) for each in told.stdout.split())
    assert logging.getLevelNamesMapping()[level] == logging.getLevelNamesMapping()[ours]
    assert (others, set(talkative)) == (ours, {libraries})
    assert "WARN" not in told.stderr.upper()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_configures_logging_at_its_start(name: str) -> None:
    statements = ast.parse((ROOT / "functions" / name / f"{name}.py").read_text("utf-8")).body
    assert "configure_logging()" in {ast.unparse(each) for each in statements if isinstance(each, ast.Expr)}


def test_what_a_person_needs_is_logged(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with all_output(capsys, logging.INFO) as text:
        a_purchase(world)
        told = text()
    for each in ('"event_id":"evt_1"', '"org":"acme"', f'"order":"{SESSION}"', '"status":"succeeded"'):
        assert each in told
    for metric in ("Answered200", "LicensesIssued", "SecondsToEmail", "DeliveriesSucceeded"):
        assert f'"Name":"{metric}"' in told


def test_the_dashboards_line_says_who_asked_for_what_and_nothing_of_the_query(world: World, log: LogLines) -> None:
    sign_in_as("read", name="Ada").get("/dashboard/licenses?email=eve@example.com")
    line = json.loads([each for each in log.text.splitlines() if each.startswith("{")][-1])
    assert (line["message"], line["route"], line["status"]) == ("answered", "/dashboard/licenses", 200)
    assert (line["org"], line["by"]) == ("acme", "Ada")
    assert "eve@example.com" not in log.text
