"""Each function may do what it was seen to do in all end-to-end tests, and nothing else. Runs after them: conftest.py.

The stack writes down which function made which call (local/stack/calls.py). moto grants everything; this test, and
`make deploy-test` with an emulator that does not, stand for IAM.
"""

import json
from pathlib import Path

import pytest
from template import Right, functions, rights_of

from local.tools.child_stack import ChildStack

POLLERS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")  # Lambda's own calls
# What no end-to-end test makes happen, and where it is shown.
NOT_SEEN: set[tuple[str, str]] = {
    ("IssuerFunction", "ses:SendEmail"),  # mail goes by SMTP here: unit/test_mail_ses.py
    ("IssuerFunction", "ses:SendRawEmail"),
    ("DashboardFunction", "ses:SendEmail"),  # the test mail goes the same way
    ("DashboardFunction", "ses:SendRawEmail"),
    ("IssuerFunction", "sqs:ChangeMessageVisibility"),  # only when AWS or Stripe is busy: integration/test_worker.py
    ("FreezerFunction", "sqs:ChangeMessageVisibility"),
    ("ExpirerFunction", "sqs:ChangeMessageVisibility"),
}


def seen(stack: ChildStack) -> dict[str, set[Right]]:
    """The calls of each function, resources written as template.py does."""
    found: dict[str, set[Right]] = {name: set() for name in functions()}
    for line in (Path(stack.state_dir) / "logs" / "calls.jsonl").read_text().splitlines():
        function, action, resource = json.loads(line)
        if function in found:
            found[function].add((action, _as_written(action, resource)))
    return found


def _as_written(action: str, resource: str) -> str:
    if not action.startswith("ssm:"):
        return resource
    folder, _, name = resource.removeprefix("/keystack/local/").partition("/")
    return "parameter/keystack/${Stage}/" + (f"{folder}/*" if name else folder)


def given(function: str) -> set[Right]:
    return {each for each in rights_of(function) if not each[0].startswith("logs:") and each[0] not in POLLERS}


@pytest.mark.parametrize("function", sorted(functions()))
def test_a_function_may_do_all_that_it_does(stack: ChildStack, function: str) -> None:
    assert seen(stack)[function] - given(function) == set()


@pytest.mark.usefixtures("all_of_end_to_end")
@pytest.mark.parametrize("function", sorted(functions()))
def test_a_function_may_do_nothing_else(stack: ChildStack, function: str) -> None:
    not_used = given(function) - seen(stack)[function]
    assert {each for each in not_used if (function, each[0]) not in NOT_SEEN} == set()
