"""What template.yaml must say and no linter looks for."""

import json
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

TEMPLATE = yaml_parse((Path(__file__).parents[2] / "template.yaml").read_text())


def test_log_levels_are_those_that_lambda_knows() -> None:
    levels = TEMPLATE["Parameters"]["LogLevel"]["AllowedValues"]
    assert set(levels) <= {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}


def test_sam_local_can_resolve_every_variable() -> None:
    """It leaves a variable empty when an Fn::If has AWS::NoValue in it."""
    functions = [TEMPLATE["Globals"]["Function"], *(each["Properties"] for each in TEMPLATE["Resources"].values())]
    variables = [each.get("Environment", {}).get("Variables", {}) for each in functions]
    assert any("AWS_ENDPOINT_URL" in each for each in variables)
    assert "AWS::NoValue" not in json.dumps(variables)
