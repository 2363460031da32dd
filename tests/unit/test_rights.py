"""Each function has a role of its own with nothing that a reader would not expect.

e2e/test_calls_and_rights.py compares the rights with the calls.
"""

import pytest
from template import TEMPLATE, expanded, functions, resources, rights_of

LOGS = {("logs:CreateLogStream", "Logs"), ("logs:PutLogEvents", "Logs")}
POLLED = {
    "IssuerFunction": {"IssueQueue"},
    "FreezerFunction": {"FreezeQueue"},
    "ExpirerFunction": {"ExpireQueue"},
    "DeadLettersFunction": {"IssueDeadLetterQueue", "FreezeDeadLetterQueue", "ExpireDeadLetterQueue"},
}
# AWS Lambda Developer Guide, "Execution role permissions" of SQS event source mappings
POLLERS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


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
        "stripe-key/*": {"IssuerFunction", "FreezerFunction", "ApiFunction"},
        "smtp-url": {"IssuerFunction"},
    }


def test_nobody_deletes_a_license_an_audit_entry_or_a_delivery_or_scans() -> None:
    given = {right for name in functions() for right in rights_of(name)}
    assert {resource for action, resource in given if action == "dynamodb:DeleteItem"} == {"MappingsTable"}
    assert {action for action, resource in given if resource == "AuditTable"} == {"dynamodb:PutItem", "dynamodb:Query"}
    assert not any("Scan" in action or ("Batch" in action and "Write" in action) for action, _ in given)
    assert set(resources("AWS::DynamoDB::Table")) >= {name for _, name in given if name.endswith("Table")}
