"""For every alarm on a metric of ours: what should ring it is counted under the name and dimension it watches."""

import json
from collections.abc import Callable
from typing import Any

import plan_routes
import pytest
from invocations import Context, sqs_event
from keystack.storage import dynamodb
from samples import purchase, request, sample, signature, stripe_event
from template import resources

from integration.aws import function
from integration.aws_calls import refused
from integration.dashboard_visitor import sign_in_as
from integration.stand_ins import error
from integration.vendor_api import api_with
from integration.world import World

Happening = Callable[[World, pytest.MonkeyPatch], None]


def a_message_gives_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    function("dead_letters").handler(sample("dead_letters.gave_up"), Context())


def a_price_is_not_mapped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.issue(*world.sold(1, price="price_nobody_mapped"))


def a_request_is_not_stripes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps(purchase(1)).encode()
    function("verifier").handler(request(body, signature(body, "whsec_other")), Context())


def stripe_is_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    events = world.sold(1)
    world.stripe.fails("GET", "/v1/", error(500, "sorry", "api_error"))
    assert world.issue(*events) != []


def a_refund_cannot_be_recorded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.before("BatchGetItem", no_connection):
        assert world.freeze(stripe_event("freezer.refund_full")) != []


def a_delivery_cannot_be_recorded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with refused(dynamodb.client(), "UpdateItem", "AccessDeniedException", about="DeliveriesTable"):
        world.issue(*world.sold(1))


def a_deletion_cannot_be_recorded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.before("BatchGetItem", no_connection):
        assert world.expire(stripe_event("expirer.subscription_deleted")) != []


def no_connection() -> None:
    raise ConnectionError


def the_api_has_a_bug(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(plan_routes, "list_plans", crash)
    assert api_with("read").get("/v1/plans").status == 500


def the_dashboard_has_a_bug(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any) -> None:
        raise ZeroDivisionError

    visitor = sign_in_as("read")
    monkeypatch.setattr("keystack.management.api_keys.list_all", crash)
    assert visitor.get("/dashboard/settings/api-keys").status == 500


def a_dead_letter_is_none_of_keystacks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    function("dead_letters").handler(sqs_event("no JSON", queue="IssueDeadLetterQueue"), Context())


RINGS: dict[str, list[Happening]] = {
    "DeadLettersAlarm": [a_message_gives_up, a_dead_letter_is_none_of_keystacks],
    "FailedDeliveriesAlarm": [a_price_is_not_mapped, a_message_gives_up],
    "RejectedSignaturesAlarm": [a_request_is_not_stripes],
    "RetryingAlarm": [
        stripe_is_down,
        a_refund_cannot_be_recorded,
        a_deletion_cannot_be_recorded,
        a_delivery_cannot_be_recorded,
    ],
    "ErrorsAlarm": [the_api_has_a_bug, the_dashboard_has_a_bug],
}


def watched(alarm: str) -> set[tuple[str, str]]:
    """Namespace and name of the metrics of ours that an alarm watches."""
    properties = resources("AWS::CloudWatch::Alarm")[alarm]
    metrics = [each["MetricStat"]["Metric"] for each in properties.get("Metrics", []) if "MetricStat" in each]
    ours = [each for each in metrics or [properties] if each["Namespace"] == "KeyStack"]
    for each in ours:
        assert each["Dimensions"] == [{"Name": "service", "Value": {"Fn::Sub": "keystack-${Stage}"}}]
    return {(each["Namespace"], each["MetricName"]) for each in ours}


def counted(output: str) -> dict[tuple[str, str], float]:
    """The metrics in EMF lines that have the dimension `service` and no other, with their sums.

    Source: Amazon CloudWatch User Guide, "Embedded metric format specification".
    """
    found: dict[tuple[str, str], float] = {}
    for line in output.splitlines():
        if line.startswith('{"_aws"'):
            emf = json.loads(line)
            for directive in emf["_aws"]["CloudWatchMetrics"]:
                if directive["Dimensions"] == [["service"]] and emf["service"] == "keystack-test":  # STAGE is test
                    for metric in directive["Metrics"]:
                        name = directive["Namespace"], metric["Name"]
                        found[name] = found.get(name, 0) + sum(emf[metric["Name"]])
    return found


def test_every_alarm_on_a_metric_of_ours_is_in_the_table() -> None:
    alarms = resources("AWS::CloudWatch::Alarm")
    assert set(RINGS) == {name for name, each in alarms.items() if "'KeyStack'" in str(each)}


@pytest.mark.parametrize(("alarm", "happening"), [(alarm, each) for alarm, them in RINGS.items() for each in them])
def test_what_should_ring_an_alarm_is_counted_where_it_looks(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    alarm: str,
    happening: Happening,
) -> None:
    happening(world, monkeypatch)
    told = counted(capsys.readouterr().out)
    assert [told[each] for each in watched(alarm) if each in told] == [1]


def test_a_good_day_rings_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.issue(*world.sold(1))
    api_with("read").get("/v1/plans")
    api_with("read").get("/v1/plans/nobody")
    told = counted(capsys.readouterr().out)
    assert told[("KeyStack", "LicensesIssued")] == 1
    assert not {each for alarm in RINGS for each in watched(alarm)} & set(told)
