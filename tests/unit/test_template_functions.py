"""What template.yaml says of the functions: whose code each runs, for how long, with what, and how often."""

import re

import pytest
from keystack.fulfillment.worker import ENOUGH_TIME
from template import ROOT, TEMPLATE, expanded, functions, named, resources

WORKERS = ("IssueQueue", "FreezeQueue", "ExpireQueue")
GATEWAY_GIVES_UP = 30  # seconds: Amazon API Gateway, "Quotas for HTTP APIs"
STRIPE_GIVES_UP = 10


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_runs_its_own_code_with_both_layers(name: str) -> None:
    """DeadLettersFunction is functions/dead_letters, and its handler dead_letters.handler."""
    folder = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.removesuffix("Function")).lower()
    written = resources("AWS::Serverless::Function")[name]
    assert (written["CodeUri"], written["Handler"]) == (f"functions/{folder}", f"{folder}.handler")
    assert written["Layers"] == [{"Ref": "DependenciesLayer"}, {"Ref": "KeystackLayer"}]


@pytest.mark.parametrize("name", sorted([*functions(), "DependenciesLayer", "KeystackLayer"]))
def test_all_is_built_with_its_bytecode_by_packagings_makefile(name: str) -> None:
    metadata = TEMPLATE["Resources"][name]["Metadata"]
    assert (metadata["BuildMethod"], metadata["ContextPath"]) == ("makefile", "packaging")


def test_the_dependencies_are_built_for_the_architecture_that_is_chosen() -> None:
    folder = TEMPLATE["Resources"]["DependenciesLayer"]["Metadata"]["WorkingDirectory"]
    assert folder == {"Fn::Sub": "layers/dependencies/${Architecture}"}
    for each in TEMPLATE["Parameters"]["Architecture"]["AllowedValues"]:
        assert (ROOT / "layers/dependencies" / each / "platforms.txt").is_file()


# ------------------------------------------------------------------ numbers


def test_whoever_waits_for_an_answer_gets_one_before_it_gives_up() -> None:
    seconds = {name: each["Timeout"] for name, each in functions().items()}
    assert seconds["VerifierFunction"] <= STRIPE_GIVES_UP
    assert seconds["AuthorizerFunction"] <= STRIPE_GIVES_UP
    assert seconds["ApiFunction"] < GATEWAY_GIVES_UP
    assert seconds["DashboardFunction"] < GATEWAY_GIVES_UP


def test_a_worker_has_time_for_each_message_of_its_batch() -> None:
    """One with less than ENOUGH_TIME left is put back: each time that costs one of its eight attempts."""
    for each in expanded("AWS::Lambda::EventSourceMapping").values():
        if named(each["EventSourceArn"]) in WORKERS:
            timeout = functions()[named(each["FunctionName"])]["Timeout"]
            assert each["BatchSize"] * ENOUGH_TIME <= timeout * 1_000


def test_what_has_expired_is_looked_for_every_15_minutes() -> None:
    [schedule] = expanded("AWS::Scheduler::Schedule").values()
    assert schedule["ScheduleExpression"] == "rate(15 minutes)"
    assert schedule.get("State", "ENABLED") == "ENABLED"


# -------------------------------------------------------------- environment

FOR_ALL = {
    "STAGE": {"Ref": "Stage"},
    "POWERTOOLS_SERVICE_NAME": {"Fn::Sub": "keystack-${Stage}"},
    "POWERTOOLS_METRICS_NAMESPACE": "KeyStack",
    "POWERTOOLS_LOG_LEVEL": {"Ref": "LogLevel"},
    "URL_SUFFIX": {"Ref": "AWS::URLSuffix"},
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
    "AWS_ENDPOINT_URL": {"Fn::If": ["OtherAwsEndpoint", {"Ref": "AwsEndpointUrl"}, ""]},
    "STRIPE_API_BASE": {"Fn::If": ["OtherStripe", {"Ref": "StripeApiBase"}, ""]},
}
OF_ONE = {
    "DashboardFunction": {"MAIL_TRANSPORT": {"Ref": "MailTransport"}, "MAIL_FROM": {"Ref": "MailFrom"}},
    "IssuerFunction": {"MAIL_TRANSPORT": {"Ref": "MailTransport"}, "MAIL_FROM": {"Ref": "MailFrom"}},
    "OrganizationsFunction": {
        "API_URL": {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"},
    },
}


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_variable_holds_the_parameter_that_it_is_named_after(name: str) -> None:
    """Tables and queues: test_template.py."""
    written = resources("AWS::Serverless::Function")[name]["Environment"]["Variables"]
    others = {each: value for each, value in written.items() if not re.search("_TABLE$|_QUEUE_URL$", each)}
    assert others == OF_ONE.get(name, {})
    assert TEMPLATE["Globals"]["Function"]["Environment"]["Variables"] == FOR_ALL


def test_what_is_left_empty_is_left_out() -> None:
    """Mail by SMTP asks for no right, nobody's address for no alarm topic; other endpoints are for development."""
    assert TEMPLATE["Conditions"] == {
        "SendsBySes": {"Fn::Equals": [{"Ref": "MailTransport"}, "ses"]},
        "TellsSomeone": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}]},
        "OtherAwsEndpoint": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AwsEndpointUrl"}, ""]}]},
        "OtherStripe": {"Fn::Not": [{"Fn::Equals": [{"Ref": "StripeApiBase"}, ""]}]},
    }
    assert TEMPLATE["Resources"]["AlarmTopic"]["Condition"] == "TellsSomeone"


def test_logs_are_kept_as_long_as_the_operator_says() -> None:
    assert {str(each["RetentionInDays"]) for each in resources("AWS::Logs::LogGroup").values()} == {
        "{'Ref': 'LogRetentionDays'}"
    }
