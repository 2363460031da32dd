"""What template.yaml must say and no linter looks for."""

import json
import re
from typing import Any

import pytest
from template import TEMPLATE, expanded, functions, named, resources

WORKERS = {"IssueQueue": "IssuerFunction", "FreezeQueue": "FreezerFunction", "ExpireQueue": "ExpirerFunction"}
DEAD_LETTERS = {"IssueDeadLetterQueue", "FreezeDeadLetterQueue", "ExpireDeadLetterQueue"}


def mappings() -> list[dict[str, Any]]:
    return list(expanded("AWS::Lambda::EventSourceMapping").values())


# ------------------------------------------------------------- going live


def test_nothing_stands_between_a_caller_and_the_newest_code() -> None:
    """An alias names a published version, and none is published for a change of a layer or a parameter."""
    assert expanded("AWS::Lambda::Alias") == {}
    assert expanded("AWS::Lambda::Version") == {}
    assert all("SnapStart" not in each for each in functions().values())


def test_every_caller_names_the_function_itself() -> None:
    targets = [each["FunctionName"] for each in mappings()]
    targets += [each["Target"]["Arn"] for each in expanded("AWS::Scheduler::Schedule").values()]
    targets += [each["FunctionName"] for each in expanded("AWS::Lambda::Permission").values()]
    assert {named(target) for target in targets} == set(functions()) - {"OrganizationsFunction"}


# ---------------------------------------------------------- several stages

NAMES = {"TableName", "QueueName", "FunctionName", "RoleName", "LogGroupName", "TopicName", "AlarmName", "Name"}
OF_THE_STAGE = {"/keystack/${Stage}", "/aws/vendedlogs/keystack/${Stage}", "/keystack/${Stage}/stack"}


def test_a_physical_name_carries_the_stage_or_is_left_to_cloudformation() -> None:
    kinds = {
        "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::IAM::Role", "AWS::Logs::LogGroup",
        "AWS::SNS::Topic", "AWS::CloudWatch::Alarm", "AWS::Scheduler::Schedule", "AWS::SSM::Parameter",
    }  # fmt: skip
    given = [each[name] for kind in kinds for each in expanded(kind).values() for name in NAMES & set(each)]
    assert {each["Fn::Sub"] for each in given} == OF_THE_STAGE


def test_what_a_deleted_stack_leaves_is_not_made_before_the_stage_is_known_to_be_free() -> None:
    """A second stack of the same stage must fail before it has made tables that nobody wants."""
    kept = {name for name, each in TEMPLATE["Resources"].items() if each.get("DeletionPolicy") == "Retain"}
    assert kept == {"LicensesTable", "MappingsTable", "AuditTable", "DeliveriesTable"}
    for name in [*kept, "Logs", "AccessLogs"]:
        assert TEMPLATE["Resources"][name]["DependsOn"] == "OneStackPerStage", name
    claim = resources("AWS::SSM::Parameter")["OneStackPerStage"]
    assert claim["Value"] == {"Ref": "AWS::StackName"}  # so that the other stack is named


# ------------------------------------------------------------- environment


def test_log_levels_are_those_that_python_knows() -> None:
    assert TEMPLATE["Parameters"]["LogLevel"]["AllowedValues"] == ["DEBUG", "INFO", "WARN", "ERROR"]


def test_lambda_drops_no_line_whatever_the_log_level() -> None:
    """A metric is a line without level, which Lambda takes for INFO: at WARN it would drop them, and alarms with them.

    Source: AWS Lambda Developer Guide, "Log-level filtering".
    """
    for name, each in functions().items():
        assert each["LoggingConfig"] == {
            "LogFormat": "JSON", "ApplicationLogLevel": "TRACE", "LogGroup": {"Ref": "Logs"},
        }, name  # fmt: skip
        assert each["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == {"Ref": "LogLevel"}, name


def test_sam_local_can_resolve_every_variable() -> None:
    """It leaves a variable empty when an Fn::If has AWS::NoValue in it."""
    written = [TEMPLATE["Globals"]["Function"], *resources("AWS::Serverless::Function").values()]
    variables = [each.get("Environment", {}).get("Variables", {}) for each in written]
    assert any("AWS_ENDPOINT_URL" in each for each in variables)
    assert "AWS::NoValue" not in json.dumps(variables)


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_variable_for_a_table_or_queue_holds_its_namesake(name: str) -> None:
    """LICENSES_TABLE is LicensesTable, ISSUE_QUEUE_URL is IssueQueue."""
    for variable, value in functions()[name]["Environment"]["Variables"].items():
        if found := re.fullmatch(r"(\w+)_TABLE|(\w+)_QUEUE_URL", variable):
            kind = "Table" if found[1] else "Queue"
            assert value == {"Ref": (found[1] or found[2]).title() + kind}, variable


# ------------------------------------------------------------------ queues


def test_each_queue_has_exactly_one_reader() -> None:
    readers = sorted((named(each["EventSourceArn"]), named(each["FunctionName"])) for each in mappings())
    assert readers == sorted([*WORKERS.items(), *((queue, "DeadLettersFunction") for queue in DEAD_LETTERS)])
    assert {queue for queue, _ in readers} == set(resources("AWS::SQS::Queue"))


def test_a_failed_message_of_a_batch_comes_again_alone() -> None:
    """Without ReportBatchItemFailures a batch that a handler answered is deleted whole, and a failed message lost."""
    assert all(each["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for each in mappings())


def test_a_message_stays_hidden_for_six_times_the_functions_timeout() -> None:
    """Source: AWS Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping"."""
    for each in mappings():
        queue, function = named(each["EventSourceArn"]), named(each["FunctionName"])
        assert resources("AWS::SQS::Queue")[queue]["VisibilityTimeout"] >= 6 * functions()[function]["Timeout"], queue


@pytest.mark.parametrize("queue", sorted(WORKERS))
def test_what_gives_up_goes_to_the_queues_own_dead_letter_queue_after_eight_attempts(queue: str) -> None:
    redrive = resources("AWS::SQS::Queue")[queue]["RedrivePolicy"]
    assert named(redrive["deadLetterTargetArn"]) == queue.replace("Queue", "DeadLetterQueue")
    assert redrive["maxReceiveCount"] == 8


def test_no_message_is_lost_before_14_days() -> None:
    assert {each["MessageRetentionPeriod"] for each in resources("AWS::SQS::Queue").values()} == {14 * 86_400}


def test_what_is_queued_is_encrypted() -> None:
    assert all(each["SqsManagedSseEnabled"] is True for each in resources("AWS::SQS::Queue").values())


# ---------------------------------------------------------- small accounts


def test_the_workers_leave_four_of_a_new_accounts_ten_executions_for_the_door_and_the_api() -> None:
    caps = {named(each["EventSourceArn"]): each["ScalingConfig"]["MaximumConcurrency"]["Ref"] for each in mappings()}
    assert caps == {
        "IssueQueue": "IssuerConcurrency",
        "FreezeQueue": "FreezerConcurrency",
        "ExpireQueue": "ExpirerConcurrency",
        **dict.fromkeys(DEAD_LETTERS, "DeadLettersConcurrency"),
    }
    defaults = {name: TEMPLATE["Parameters"][name]["Default"] for name in set(caps.values())}
    assert set(defaults.values()) == {2}  # the least that SQS's ScalingConfig takes
    assert 10 - sum(defaults[caps[queue]] for queue in WORKERS) == 4


# ------------------------------------------------------------------- doors

THROTTLED = {  # routes without authorizer that are in every version, and their requests a second
    "POST /v1/webhooks/stripe/{org}": 200,
    "POST /v1/licenses/validate": 100,
    "GET /v1/docs": 2,
    "GET /v1/openapi.json": 2,
}
PREFLIGHT = "OPTIONS /v1/licenses/validate"


def routes() -> dict[str, bool]:
    """Each route of the API, and whether it asks for an API key."""
    found = {}
    for path, operations in expanded("AWS::ApiGatewayV2::Api")["Api"]["Body"]["paths"].items():
        for method, operation in operations.items():
            name = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            found[f"{name} {path}"] = "security" in operation
    return found


def test_every_route_asks_for_an_api_key_but_five_and_the_dashboards_which_asks_for_a_session() -> None:
    dashboard = {"ANY /dashboard": False, "ANY /dashboard/{proxy+}": False}
    assert routes() == {"ANY /v1/{proxy+}": True, PREFLIGHT: False, **dashboard, **dict.fromkeys(THROTTLED, False)}


def test_a_deleted_api_key_works_for_a_minute_at_most() -> None:
    """API Gateway remembers what the authorizer answered, by the header that it was asked with."""
    [scheme] = expanded("AWS::ApiGatewayV2::Api")["Api"]["Body"]["components"]["securitySchemes"].values()
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    assert authorizer["authorizerResultTtlInSeconds"] == 60
    assert authorizer["identitySource"] == ["$request.header.Authorization"]
    assert (authorizer["authorizerPayloadFormatVersion"], authorizer["enableSimpleResponses"]) == ("2.0", True)


def test_each_open_route_that_is_in_every_version_has_a_throttle_of_its_own() -> None:
    """The others are not in the version before. With settings for them, API Gateway would refuse to deploy that one."""
    [stage] = expanded("AWS::ApiGatewayV2::Stage").values()
    assert {route: each["ThrottlingRateLimit"] for route, each in stage["RouteSettings"].items()} == THROTTLED
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 500


def test_the_api_has_no_cors_for_all_its_routes() -> None:
    assert "x-amazon-apigateway-cors" not in expanded("AWS::ApiGatewayV2::Api")["Api"]["Body"]


def test_the_access_log_says_who_asked_for_what_and_no_header_or_query_string() -> None:
    [stage] = expanded("AWS::ApiGatewayV2::Stage").values()
    line = json.loads(stage["AccessLogSettings"]["Format"])
    assert set(line.values()) == {
        "$context.requestTime", "$context.requestId", "$context.identity.sourceIp", "$context.httpMethod",
        "$context.path", "$context.routeKey", "$context.status", "$context.responseLength",
        "$context.responseLatency", "$context.error.responseType", "$context.integrationStatus",
    }  # fmt: skip
    assert "log-group:${AccessLogs}" in stage["AccessLogSettings"]["DestinationArn"]["Fn::Sub"]


# ------------------------------------------------------------------ tables


def test_deliveries_sessions_and_what_waits_for_no_order_go_when_their_time_is_over_and_nothing_else_does() -> None:
    """What writes `expires`: tests/integration/test_deliveries.py, test_sign_in_links.py and test_parked.py."""
    tables = resources("AWS::DynamoDB::Table")
    lifetimes = {name: each.get("TimeToLiveSpecification") for name, each in tables.items()}
    assert lifetimes == {
        "AuditTable": None,
        "LicensesTable": {"AttributeName": "expires", "Enabled": True},
        "MappingsTable": {"AttributeName": "expires", "Enabled": True},
        "DeliveriesTable": {"AttributeName": "expires", "Enabled": True},
    }  # fmt: skip


def test_tables_can_be_put_back_to_any_second_and_are_hard_to_delete() -> None:
    for name, each in resources("AWS::DynamoDB::Table").items():
        assert each["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert each["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}, name
        assert each["SSESpecification"] == {"SSEEnabled": True}, name
        assert TEMPLATE["Resources"][name]["UpdateReplacePolicy"] == "Retain", name
    assert TEMPLATE["Parameters"]["DeletionProtection"]["Default"] == "true"
