"""The functions as `sam build` made them: their code, layers and environment, by the template that it wrote."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from benchmarks.init.lambda_python import python_candidate
from benchmarks.init.sampling import Candidate
from local.stack.specs import FunctionSpec

ZIP_DATE = 315532800  # 1980-01-01: the date of every file that `sam deploy` packs, so of every file on Lambda


class BuildError(Exception):
    """There is nothing built to measure; the message says what to do."""


def function_candidates(build: Path, copies: Path) -> list[Candidate]:
    """Return every function of the built template, as deployed and without bytecode. Raises BuildError."""
    if not (build / "template.yaml").exists():
        raise BuildError(f"{build} holds no build: make bench-init runs sam build first")
    template = yaml_parse((build / "template.yaml").read_text("utf-8"))
    as_deployed, without = copies / "deployed", copies / "without_bytecode"
    shutil.rmtree(copies, ignore_errors=True)
    _copy(build, as_deployed)
    _copy(build, without, "__pycache__", "*.pyc")
    return [
        python_candidate(
            spec, [spec.code, *(root / layer / "python" for layer in layers)], bytecode=root == as_deployed
        )
        for root in (as_deployed, without)
        for spec, layers in _functions_of(template, root)
    ]


def _copy(build: Path, folder: Path, *left_out: str) -> None:
    """Copy a build with the dates that it has on Lambda: bytecode that goes by its source's date is void there."""
    shutil.copytree(build, folder, ignore=shutil.ignore_patterns(*left_out))
    for path in folder.rglob("*"):
        os.utime(path, (ZIP_DATE, ZIP_DATE))


def _functions_of(template: Any, root: Path) -> Iterator[tuple[FunctionSpec, list[str]]]:
    """Read each function and the names of its layers."""
    shared = template.get("Globals", {}).get("Function", {})
    parameters = {name: str(each.get("Default", "")) for name, each in template.get("Parameters", {}).items()}
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        own = resource["Properties"]
        variables = {key: value for each in (shared, own) for key, value in _variables_of(each).items()}
        spec = FunctionSpec(
            name=short_name(name),
            code=root / own["CodeUri"],
            handler=own["Handler"],
            timeout=own.get("Timeout", shared.get("Timeout", 3)),
            memory=own.get("MemorySize", shared.get("MemorySize", 128)),
            environment={key: _value(value, parameters) for key, value in variables.items()},
        )
        yield spec, [layer["Ref"] for each in (shared, own) for layer in each.get("Layers", [])]


def short_name(logical_id: str) -> str:
    """Return the folder's name: dead_letters for DeadLettersFunction."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", logical_id.removesuffix("Function")).lower()


def _variables_of(properties: Any) -> dict[str, Any]:
    variables: dict[str, Any] = properties.get("Environment", {}).get("Variables", {})
    return variables


def _value(value: Any, parameters: dict[str, str]) -> str:
    """Return a variable as in production; a name that AWS would give is any address."""
    if not isinstance(value, dict):
        return str(value)
    if "Fn::If" in value:  # only what development asks for stands behind a condition
        return _value(value["Fn::If"][2], parameters)
    return parameters.get(value.get("Ref", ""), "https://sqs.eu-west-1.amazonaws.com/123456789012/any")
