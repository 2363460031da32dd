"""Every alarm of template.yaml, against a table written by hand: what it watches, and when it rings."""

from typing import Any

import pytest
from template import TEMPLATE, resources

ALARMS = resources("AWS::CloudWatch::Alarm")
SERVICE = [{"Name": "service", "Value": {"Fn::Sub": "keystack-${Stage}"}}]  # Powertools' dimension

# metric, seconds, threshold, how many periods (of how many)
OURS = {
    "DeadLettersAlarm": ("DeadLetters", 60, 1, (1, 1)),
    "FailedDeliveriesAlarm": ("DeliveriesFailed", 60, 1, (1, 1)),
    "RejectedSignaturesAlarm": ("SignaturesRejected", 300, 5, (1, 1)),
    "RetryingAlarm": ("DeliveriesRetrying", 300, 10, (2, 2)),
}
WORKERS = {"Issue": "IssueQueue", "Freeze": "FreezeQueue", "Expire": "ExpireQueue"}


def periods(alarm: dict[str, Any]) -> tuple[int, int]:
    return alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]), alarm["EvaluationPeriods"]


def metrics(alarm: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The metrics of an expression by their ids."""
    found = {}
    for each in alarm["Metrics"]:
        if "MetricStat" in each:
            stat, metric = each["MetricStat"], each["MetricStat"]["Metric"]
            assert each["ReturnData"] is False
            place = (metric["Namespace"], metric["MetricName"], metric["Dimensions"])
            found[each["Id"]] = (*place, stat["Stat"], stat["Period"])
    return found


def expression(alarm: dict[str, Any]) -> str:
    [told] = [each["Expression"] for each in alarm["Metrics"] if "Expression" in each]
    return str(told)


@pytest.mark.parametrize("name", OURS)
def test_an_alarm_of_our_own_metric_rings_at_its_threshold(name: str) -> None:
    metric, period, threshold, wanted = OURS[name]
    alarm = ALARMS[name]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Dimensions"]) == ("KeyStack", metric, SERVICE)
    assert (alarm["Statistic"], alarm["Period"], alarm["Threshold"]) == ("Sum", period, threshold)
    assert periods(alarm) == wanted


def test_the_service_dimension_is_what_powertools_writes() -> None:
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == {"Fn::Sub": "keystack-${Stage}"}
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "KeyStack"


def test_an_error_of_any_function_that_nobody_waits_for_by_hand_rings_at_once() -> None:
    def errors(function: str) -> tuple[Any, ...]:
        return "AWS/Lambda", "Errors", [{"Name": "FunctionName", "Value": {"Ref": function}}], "Sum", 300

    alarm = ALARMS["ErrorsAlarm"]
    assert metrics(alarm) == {
        "verifier": errors("VerifierFunction"),
        "authorizer": errors("AuthorizerFunction"),
        "api": errors("ApiFunction"),
        "answered": ("KeyStack", "ApiAnswered500", SERVICE, "Sum", 300),
        "dashboard": errors("DashboardFunction"),
        "shown": ("KeyStack", "DashboardAnswered500", SERVICE, "Sum", 300),
        "issuer": errors("IssuerFunction"),
        "freezer": errors("FreezerFunction"),
        "expirer": errors("ExpirerFunction"),
        "dead": errors("DeadLettersFunction"),
    }
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (1, 2, 1)


def test_a_message_that_has_waited_for_15_minutes_rings() -> None:
    alarm = ALARMS["BacklogAlarm"]
    assert metrics(alarm) == {
        key.lower(): (
            "AWS/SQS", "ApproximateAgeOfOldestMessage",
            [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}], "Maximum", 300,
        )
        for key, queue in WORKERS.items()
    }  # fmt: skip
    assert expression(alarm).startswith("MAX(")
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (900, 2, 1)


@pytest.mark.parametrize("queue", WORKERS)
def test_a_dead_letter_queue_that_nobody_reads_rings_after_a_quarter_of_an_hour(queue: str) -> None:
    """And an ordinary dead letter, which is read within seconds, does not: three periods in a row must have one."""
    alarm = ALARMS[f"{queue}DeadLetterQueueAlarm"]
    dimension = [{"Name": "QueueName", "Value": {"Fn::GetAtt": [f"{queue}DeadLetterQueue", "QueueName"]}}]
    assert metrics(alarm) == {
        "visible": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", dimension, "Maximum", 300),
        "hidden": ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", dimension, "Maximum", 300),
    }
    assert expression(alarm) == "FILL(visible, 0) + FILL(hidden, 0)"
    assert (alarm["Threshold"], periods(alarm)) == (1, (3, 3))


def test_the_door_rings_at_five_answers_of_5xx_in_five_minutes() -> None:
    alarm = ALARMS["DoorAlarm"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ApiGateway", "5xx")
    assert alarm["Dimensions"] == [{"Name": "ApiId", "Value": {"Ref": "Api"}}]
    assert (alarm["Statistic"], alarm["Period"], alarm["Threshold"], periods(alarm)) == ("Sum", 300, 5, (1, 1))


def test_every_number_that_may_be_missing_counts_as_none() -> None:
    """An expression over a metric that has no value may have none either: the alarm would never ring.

    FILL may hide a value that comes late, so what uses it looks at more than one period.
    """
    for name, alarm in ALARMS.items():
        if "Metrics" in alarm:
            assert all(f"FILL({each}, 0)" in expression(alarm) for each in metrics(alarm)), name
            assert alarm["EvaluationPeriods"] > 1, name


def test_every_alarm_is_in_one_of_these_tests_tells_somebody_and_says_what_happened() -> None:
    dead_letter_queues = {f"{queue}DeadLetterQueueAlarm" for queue in WORKERS}
    assert set(ALARMS) == {*OURS, *dead_letter_queues, "ErrorsAlarm", "BacklogAlarm", "DoorAlarm"}
    for name, alarm in ALARMS.items():
        assert alarm["AlarmActions"]["Fn::If"][:2] == ["TellsSomeone", [{"Ref": "AlarmTopic"}]], name
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold", name
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert len(alarm["AlarmDescription"]) > 40, name
