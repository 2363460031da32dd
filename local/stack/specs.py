"""What the stack consists of, as read from template.yaml, all values resolved."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class FunctionSpec:
    name: str
    code: Path
    handler: str
    timeout: float  # seconds
    memory: int  # MB
    environment: dict[str, str]
    layers: tuple[Path, ...] = ()  # imported from before what is installed here


@dataclass(frozen=True)
class MappingSpec:
    """A queue that a function is fed from."""

    function: str
    queue_url: str
    queue_arn: str
    batch_size: int
    window: float  # seconds to wait for a fuller batch
    partial_failures: bool
    concurrency: int


@dataclass(frozen=True)
class RouteSpec:
    method: str  # upper case, or ANY
    path: str  # `$default` or a path with {name} and {name+}
    function: str
    authorizer: Json | None  # OpenAPI's x-amazon-apigateway-authorizer, `function` added


@dataclass(frozen=True)
class ScheduleSpec:
    name: str
    function: str
    expression: str
    input: str | None


@dataclass(frozen=True)
class StackSpec:
    functions: dict[str, FunctionSpec]
    mappings: list[MappingSpec]
    routes: list[RouteSpec]
    schedules: list[ScheduleSpec]
    tables: dict[str, str]  # short key -> name
    queues: dict[str, str]  # short key -> URL
