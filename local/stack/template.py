"""Reads template.yaml: the SAM transform, then how the expanded resources name one another."""

import re
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from local.settings import REGION
from local.stack.specs import Json, RouteSpec

NOWHERE = "s3://local/local"  # code is run from its folder
LAYERS = (
    "layers/keystack",
    "DependenciesLayer/python",
    "KeystackLayer/python",
)  # in the tree; as `sam build` leaves them
MANAGED_POLICIES: dict[str, str] = {}  # the real map would come over the network


def expand(path: Path, parameters: dict[str, str]) -> tuple[Json, dict[str, str]]:
    """Run the SAM transform; return plain CloudFormation and each function's code folder."""
    source: Json = yaml_parse(path.read_text())
    code: dict[str, str] = {}
    for name, resource in source["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            code[name] = properties["CodeUri"]
            properties["CodeUri"] = NOWHERE
        elif resource["Type"] == "AWS::Serverless::LayerVersion":
            properties["ContentUri"] = NOWHERE
    translator = Translator(MANAGED_POLICIES, Parser(), boto_session=boto3.session.Session(region_name=REGION))
    translated: Json = translator.translate(source, dict(parameters))
    translator.metrics.publish()  # to nowhere; else the library warns about them when it ends
    return translated, code


class Expanded:
    """The expanded template, and the few ways in which its resources name one another."""

    def __init__(self, template: Json, code: dict[str, str], root: Path) -> None:
        self.template = template
        self.resources: dict[str, Json] = template["Resources"]
        self.code = code
        self.root = root
        self.layers = tuple(root / each for each in LAYERS if (root / each).is_dir())

    def of_type(self, kind: str) -> list[tuple[str, Json]]:
        return [(name, item["Properties"]) for name, item in self.resources.items() if item["Type"] == kind]

    def function_named_by(self, value: Any) -> str:
        """Follow a reference (Ref, GetAtt, Sub or an integration's URI) to its function."""
        text = value if isinstance(value, str) else str(next(iter(value.values()), ""))
        for name in re.findall(r"\w+", text):
            if self.resources.get(name, {}).get("Type") == "AWS::Lambda::Function":
                return str(name)
        raise ValueError(f"template.yaml: {value} names no function of the template")

    def routes(self) -> list[RouteSpec]:
        """Read the routes from each API's OpenAPI document."""
        return [route for _, api in self.of_type("AWS::ApiGatewayV2::Api") for route in self._routes_of(api["Body"])]

    def _routes_of(self, document: Json) -> list[RouteSpec]:
        schemes = document.get("components", {}).get("securitySchemes", {})
        routes = []
        for path, operations in document.get("paths", {}).items():
            for method, operation in operations.items():
                if "x-amazon-apigateway-integration" not in operation:
                    continue  # shared parameters and the like
                names = [name for need in operation.get("security", document.get("security", [])) for name in need]
                authorizer = schemes.get(names[0], {}).get("x-amazon-apigateway-authorizer") if names else None
                routes.append(
                    RouteSpec(
                        method="ANY" if method == "x-amazon-apigateway-any-method" else method.upper(),
                        path=path,
                        function=self.function_named_by(operation["x-amazon-apigateway-integration"]["uri"]),
                        authorizer=authorizer
                        and {**authorizer, "function": self.function_named_by(authorizer["authorizerUri"])},
                    )
                )
        return routes
