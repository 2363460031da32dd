"""Takes rights from a deployed function's role, and puts them back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deploy.deployed import Deployed


@contextmanager
def without(stack: Deployed, function: str, action: str) -> Iterator[None]:
    """Take one action out of the role's own policies for a while; AssertionError if no statement grants it."""
    iam = stack.emulator.client("iam")
    role = stack.configuration(function)["Role"].rpartition("/")[2]
    granted = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    assert any(action in _actions(each) for document in granted.values() for each in document["Statement"])
    try:
        for name, document in granted.items():
            _put(stack, role, name, {**document, "Statement": _kept(document, action)})
        yield
    finally:
        for name, document in granted.items():
            _put(stack, role, name, document)


def _kept(document: dict[str, Any], action: str) -> list[dict[str, Any]]:
    reduced = [{**each, "Action": [one for one in _actions(each) if one != action]} for each in document["Statement"]]
    return [each for each in reduced if each["Action"]]


def _actions(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


def _put(stack: Deployed, role: str, name: str, document: dict[str, Any]) -> None:
    iam = stack.emulator.client("iam")
    if document["Statement"]:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
