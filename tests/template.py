"""What template.yaml says of tables and queues."""

from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[1]


@cache
def resources(kind: str) -> dict[str, Any]:
    found = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]
    return {name: each.get("Properties", {}) for name, each in found.items() if each["Type"] == kind}


def create_tables(client: Any) -> None:
    for name, properties in resources("AWS::DynamoDB::Table").items():
        wanted = ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
        client.create_table(TableName=name, **{key: properties[key] for key in wanted if key in properties})
