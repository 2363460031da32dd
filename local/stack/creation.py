"""Creates what template.yaml says: tables and queues in moto's CloudFormation, all other values resolved there too.

Only tables and queues are handed over. Every other value that the stack needs (a function's environment, a mapping's
queue) is requested as an Output, so intrinsic functions are resolved by CloudFormation and not here.
"""

import json
import re
from typing import Any

from local.settings import REGION, STAGE
from local.stack.aws import Aws
from local.stack.specs import FunctionSpec, Json, MappingSpec, ScheduleSpec, StackSpec
from local.stack.template import Expanded

STACK_NAME = f"keystack-{STAGE}"
DATA = {"AWS::DynamoDB::Table", "AWS::SQS::Queue"}


def create(aws: Aws, expanded: Expanded, parameters: dict[str, str], url: str) -> StackSpec:
    """Create tables and queues; return what else the stack consists of, all values resolved."""
    wanted: Json = {}  # output key -> expression

    def want(expression: Any) -> str:
        key = f"Value{len(wanted)}"
        wanted[key] = expression
        return key

    environments = {
        name: {key: want(value) for key, value in function.get("Environment", {}).get("Variables", {}).items()}
        for name, function in expanded.of_type("AWS::Lambda::Function")
    }
    mappings = expanded.of_type("AWS::Lambda::EventSourceMapping")
    arns = {name: want(each["EventSourceArn"]) for name, each in mappings}
    caps = {name: want(each["ScalingConfig"]["MaximumConcurrency"]) for name, each in mappings}
    tables = {_short(name, "Table"): want({"Ref": name}) for name, _ in expanded.of_type("AWS::DynamoDB::Table")}
    queues = {_short(name, "Queue"): want({"Ref": name}) for name, _ in expanded.of_type("AWS::SQS::Queue")}
    urls_by_arn = {want({"Fn::GetAtt": [n, "Arn"]}): want({"Ref": n}) for n, _ in expanded.of_type("AWS::SQS::Queue")}

    values = _resolve(aws, expanded, parameters, wanted, url)
    queue_urls = {values[arn]: values[ref] for arn, ref in urls_by_arn.items()}
    return StackSpec(
        functions={
            name: FunctionSpec(
                name=name,
                code=expanded.root / expanded.code[name],
                handler=properties["Handler"],
                timeout=float(properties.get("Timeout", 3)),
                memory=int(properties.get("MemorySize", 128)),
                environment={key: values[at] for key, at in environments[name].items() if at in values},
                layers=expanded.layers,
            )
            for name, properties in expanded.of_type("AWS::Lambda::Function")
        },
        mappings=[
            MappingSpec(
                function=expanded.function_named_by(each["FunctionName"]),
                queue_url=queue_urls[values[arns[name]]],
                queue_arn=values[arns[name]],
                batch_size=min(int(each.get("BatchSize", 10)), 10),  # one ReceiveMessage brings ten at most
                window=float(each.get("MaximumBatchingWindowInSeconds", 0)),
                partial_failures="ReportBatchItemFailures" in each.get("FunctionResponseTypes", []),
                concurrency=int(values[caps[name]]),
            )
            for name, each in mappings
            if each.get("Enabled", True)
        ],
        routes=expanded.routes(),
        schedules=[
            ScheduleSpec(
                name=str(each.get("Name", name)),
                function=expanded.function_named_by(each["Target"]["Arn"]),
                expression=str(each["ScheduleExpression"]),
                input=each["Target"].get("Input"),
            )
            for name, each in expanded.of_type("AWS::Scheduler::Schedule")
            if each.get("State", "ENABLED") == "ENABLED"
        ],
        tables={key: values[at] for key, at in tables.items()},
        queues={key: values[at] for key, at in queues.items()},
    )


def _short(name: str, kind: str) -> str:
    """IssueDeadLetterQueue -> issue_dead_letter, LicensesTable -> licenses."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.removesuffix(kind)).lower()


def _resolve(aws: Aws, expanded: Expanded, parameters: dict[str, str], wanted: Json, url: str) -> dict[str, str]:
    others = {name for name, item in expanded.resources.items() if item["Type"] not in DATA}
    template = {
        **{key: expanded.template[key] for key in ("AWSTemplateFormatVersion", "Parameters", "Conditions")},
        "Resources": {name: _named(name, item) for name, item in expanded.resources.items() if name not in others},
        "Outputs": {key: {"Value": _without(others, value)} for key, value in wanted.items()},
    }
    aws.cloudformation.create_stack(
        StackName=STACK_NAME,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    stack = aws.cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    if not stack["StackStatus"].endswith("_COMPLETE") or "ROLLBACK" in stack["StackStatus"]:
        raise RuntimeError(f"template.yaml could not be created: {stack['StackStatus']}")
    found = {each["OutputKey"]: each.get("OutputValue") for each in stack.get("Outputs", [])}
    apis = [name for name, _ in expanded.of_type("AWS::ApiGatewayV2::Api")]
    return {key: _with_local_api(str(value), apis, url) for key, value in found.items() if value is not None}


def _named(name: str, item: Json) -> Json:
    """Name a table or queue by its logical id: `sam local invoke` gives a function just that for a Ref."""
    attribute = {"AWS::DynamoDB::Table": "TableName", "AWS::SQS::Queue": "QueueName"}[item["Type"]]
    return {**item, "Properties": {attribute: name, **item.get("Properties", {})}}


def _without(others: set[str], value: Any) -> Any:
    """Put names in place of references to resources that are not created here."""
    if isinstance(value, list):
        return [_without(others, each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("Ref") in others:
        return value["Ref"]
    if "Fn::GetAtt" in value and value["Fn::GetAtt"][0] in others:
        return ".".join(value["Fn::GetAtt"])
    if "Fn::Sub" in value:
        return {"Fn::Sub": _without_in_sub(others, value["Fn::Sub"])}
    return {key: _without(others, each) for key, each in value.items()}


def _without_in_sub(others: set[str], value: Any) -> Any:
    if isinstance(value, list):
        return [_without_in_sub(others, value[0]), _without(others, value[1])]
    names = "|".join(sorted(others))
    return re.sub(rf"\$\{{(({names})(\.\w+)?)\}}", r"\1", value)


def _with_local_api(value: str, apis: list[str], url: str) -> str:
    for api in apis:
        value = value.replace(f"https://{api}.execute-api.{REGION}.amazonaws.com", url)
    return value
