"""Each function has a role of its own with nothing that a reader would not expect.

e2e/test_calls_and_rights.py compares the rights with the calls.
"""

from typing import Any

import pytest
from template import TEMPLATE, expanded, functions, named, resources, rights_of

LOGS = {("logs:CreateLogStream", "Logs"), ("logs:PutLogEvents", "Logs")}
POLLED = {
    "IssuerFunction": {"IssueQueue"},
    "FreezerFunction": {"FreezeQueue"},
    "ExpirerFunction": {"ExpireQueue"},
    "DeadLettersFunction": {"IssueDeadLetterQueue", "FreezeDeadLetterQueue", "ExpireDeadLetterQueue"},
}
# AWS Lambda Developer Guide, "Execution role permissions" of SQS event source mappings
POLLERS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
SOONER = "sqs:ChangeMessageVisibility"  # the workers': "try again in a few seconds"


def test_each_function_has_a_role_of_its_own() -> None:
    roles = [each["Role"]["Fn::GetAtt"] for each in functions().values()]
    assert roles == [[name.replace("Function", "Role"), "Arn"] for name in functions()]


def test_no_role_has_a_managed_policy_or_lets_another_service_take_it() -> None:
    """AWSLambdaSQSQueueExecutionRole, which SAM would add, may read and delete every queue of the account."""
    roles = expanded("AWS::IAM::Role")
    assert set(roles) == {each.replace("Function", "Role") for each in functions()} | {"ExpirerFunctionSweepRole"}
    for name, role in roles.items():
        assert "ManagedPolicyArns" not in role, name
        [trust] = role["AssumeRolePolicyDocument"]["Statement"]
        schedule = name == "ExpirerFunctionSweepRole"
        services = ["scheduler.amazonaws.com"] if schedule else "lambda.amazonaws.com"
        assert trust["Principal"]["Service"] == services, name


def test_the_schedule_may_invoke_the_expirer_and_nothing_else() -> None:
    [policy] = expanded("AWS::IAM::Role")["ExpirerFunctionSweepRole"]["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (
        "lambda:InvokeFunction",
        {"Fn::GetAtt": ["ExpirerFunction", "Arn"]},
    )


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_writes_logs_to_our_group_and_polls_its_own_queues_only(name: str) -> None:
    rights = rights_of(name)
    assert {right for right in rights if right[0].startswith("logs:")} == LOGS
    polled = {(action, queue) for action in POLLERS for queue in POLLED.get(name, ())}
    assert {right for right in rights if right[0] in POLLERS} == polled


@pytest.mark.parametrize("name", ["IssuerFunction", "FreezerFunction", "ExpirerFunction"])
def test_a_worker_may_have_a_message_back_before_its_visibility_timeout_is_over(name: str) -> None:
    """Without the right it works all the same, six minutes late each time; no end-to-end test is sure to need it."""
    assert {right for right in rights_of(name) if right[0] == SOONER} == {(SOONER, *POLLED[name])}


def test_a_row_of_the_mappings_table_is_narrowed_to_what_is_needed() -> None:
    """The verifier learns whether an organization exists, the expirer which ones there are. The authorizer notes a use,
    and gives nobody a scope."""
    assert conditions("VerifierRole", "MappingsTable") == [
        {
            "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk"]},
            "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
        }
    ]
    assert conditions("ExpirerRole", "MappingsTable") == [
        {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["#organizations"]}}
    ]
    assert conditions("AuthorizerRole", "MappingsTable") == [
        {
            "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "last_used_at"]},
            "StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"},
        }
    ]


def conditions(role: str, table: str) -> list[dict[str, Any]]:
    [policy] = expanded("AWS::IAM::Role")[role]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    return [each["Condition"] for each in statements if "Condition" in each and named(each["Resource"]) == table]


@pytest.mark.parametrize("name", sorted(functions()))
def test_no_right_is_on_everything(name: str) -> None:
    """A path of secrets ends in a star: there is one for each organization."""
    paths = ("parameter/keystack/${Stage}/webhook-secret/*", "parameter/keystack/${Stage}/stripe-key/*")
    for action, resource in rights_of(name):
        assert "*" not in action, action
        assert "*" not in resource or resource in paths, (action, resource)


def test_mail_may_be_sent_from_one_identity_if_the_operator_names_it() -> None:
    sending = {right for right in rights_of("IssuerFunction") if right[0].startswith("ses:")}
    assert sending == {("ses:SendEmail", "SesIdentityArn"), ("ses:SendRawEmail", "SesIdentityArn")}
    assert TEMPLATE["Parameters"]["SesIdentityArn"]["Default"] == "*"


def test_secrets_are_read_by_whom_they_concern() -> None:
    readers = {
        resource.removeprefix("parameter/keystack/${Stage}/"): {
            name for name in functions() if ("ssm:GetParameter", resource) in rights_of(name)
        }
        for name in functions()
        for action, resource in rights_of(name)
        if action == "ssm:GetParameter"
    }
    assert readers == {
        "webhook-secret/*": {"VerifierFunction"},
        "stripe-key/*": {
            "IssuerFunction",
            "FreezerFunction",
            "ExpirerFunction",
            "ApiFunction",
            "DashboardFunction",
        },
        "smtp-url": {"IssuerFunction", "DashboardFunction"},
    }


def test_secrets_are_written_by_whoever_connects_an_organization_and_smtps_by_the_operator() -> None:
    written = {(name, right[1]) for name in functions() for right in rights_of(name) if right[0] == "ssm:PutParameter"}
    assert written == {
        (name, f"parameter/keystack/${{Stage}}/{path}/*")
        for name in ("ApiFunction", "DashboardFunction", "OrganizationsFunction")
        for path in ("webhook-secret", "stripe-key")
    }


def test_nobody_deletes_a_license_an_audit_entry_or_a_delivery_or_scans() -> None:
    given = {right for name in functions() for right in rights_of(name)}
    assert {resource for action, resource in given if action == "dynamodb:DeleteItem"} == {"MappingsTable"}
    assert {action for action, resource in given if resource == "AuditTable"} == {"dynamodb:PutItem", "dynamodb:Query"}
    assert not any("Scan" in action or ("Batch" in action and "Write" in action) for action, _ in given)
    assert set(resources("AWS::DynamoDB::Table")) >= {name for _, name in given if name.endswith("Table")}
