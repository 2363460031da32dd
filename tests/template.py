"""What template.yaml says: as written, and as SAM expands it."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from local.stack.template import expand

ROOT = Path(__file__).parents[1]
TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
Right = tuple[str, str]  # IAM action, resource as `named` writes it


@cache
def resources(kind: str) -> dict[str, Any]:
    return {name: each.get("Properties", {}) for name, each in TEMPLATE["Resources"].items() if each["Type"] == kind}


@cache
def expanded(kind: str) -> dict[str, Any]:
    """The resources of a kind after the SAM transform, with what it adds."""
    found, _ = expand(ROOT / "template.yaml", {"Stage": "test"})
    return {name: each["Properties"] for name, each in found["Resources"].items() if each["Type"] == kind}


def create_tables(client: Any) -> None:
    for name, properties in resources("AWS::DynamoDB::Table").items():
        wanted = ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
        client.create_table(TableName=name, **{key: properties[key] for key in wanted if key in properties})


def functions() -> dict[str, Any]:
    return expanded("AWS::Lambda::Function")


def rights_of(function: str) -> set[Right]:
    """What the role of a function may do: each action on each resource, conditions left out."""
    role = expanded("AWS::IAM::Role")[functions()[function]["Role"]["Fn::GetAtt"][0]]
    return {right for policy in role["Policies"] for right in _rights_in(policy["PolicyDocument"])}


def _rights_in(document: dict[str, Any]) -> Iterator[Right]:
    for statement in document["Statement"]:
        if "Fn::If" in statement:
            statement = statement["Fn::If"][1]  # what is there when its condition holds
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield action, named(resource)


def named(reference: Any) -> str:
    """Write a resource short: LicensesTable, LicensesTable/index/by_time, parameter/keystack/${Stage}/smtp-url, *."""
    if isinstance(reference, str):
        return reference
    kind, value = next(iter(reference.items()))
    if kind == "Ref":
        return str(value)
    if kind == "Fn::GetAtt":
        return str(value[0])
    text = re.sub(r"\$\{(\w+)\.Arn\}", r"\1", value)
    return re.sub(r"^arn:\$\{AWS::Partition\}:ssm:\$\{AWS::Region\}:\$\{AWS::AccountId\}:", "", text)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
