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
