"""`python -m local.tools.tables_template`: prints template.yaml's tables and nothing else.

For a stack that takes over those of a deleted one (docs/operations.md, "Taking over the tables of a deleted stack").
"""

import json
import sys
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from local.settings import ROOT


def tables_template() -> dict[str, Any]:
    """Return a template of the four tables. An import takes what exists, and may not create anything beside it."""
    template: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    tables = {
        name: {key: value for key, value in each.items() if key != "DependsOn"}  # what they waited for is not here
        for name, each in template["Resources"].items()
        if each["Type"] == "AWS::DynamoDB::Table"
    }
    return {
        "AWSTemplateFormatVersion": template["AWSTemplateFormatVersion"],
        "Parameters": {"DeletionProtection": template["Parameters"]["DeletionProtection"]},
        "Resources": tables,
    }


if __name__ == "__main__":
    json.dump(tables_template(), sys.stdout, indent=2)
