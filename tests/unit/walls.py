"""Find what the contracts in pyproject.toml (`[tool.importlinter]`) cannot see, read from the syntax tree.

AWS is reached through keystack.aws alone, and only from the rooms that know a service, which they name in one
spelling: `Service("<host>", …)`. So no other needs to be known here. local/ and examples/ are other programs and are
not looked at.
"""

import ast
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from template import ROOT

LAYER, FUNCTIONS = "layers/keystack/keystack", "functions"
DOMAIN = f"{LAYER}/domain/"

AWS = "keystack.aws"
SERVICES = {  # the rooms that may call AWS, and the hosts of which services
    f"{LAYER}/storage/": {"dynamodb", "ssm"},
    f"{LAYER}/queues/": {"sqs"},
    f"{LAYER}/mail/ses.py": {"email"},
}
SDKS = {"boto3", "botocore", "aioboto3", "aiobotocore"}
HTTP = {
    "http.client",
    "urllib.request",
    "urllib3",
    "requests",
    "httpx",
    "aiohttp",
    "socket",
    "asyncio",
}  # other ways out
SPEAKS_HTTP = f"{LAYER}/aws/"
IMPORTERS = {"importlib", "__import__"}  # what they import is not seen here

FILES = sorted(str(path.relative_to(ROOT)) for folder in (LAYER, FUNCTIONS) for path in (ROOT / folder).rglob("*.py"))


def function_of(path: str) -> str:
    """Name the function whose file this is; empty for the layer's."""
    return path.split("/")[1] if path.startswith(f"{FUNCTIONS}/") else ""


FUNCTION_OF = {path: function_of(path) for path in FILES if function_of(path)}


def imports(tree: ast.AST) -> Iterator[str]:
    """List the full names imported anywhere in a file (`from a import b`: `a.b`)."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                yield from (f"{'.' * level}{module or ''}.{each.name}" for each in names)


def is_of(name: str, modules: Collection[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def broken_walls(path: str, source: str) -> list[str]:
    """Say what a file of the layer or the functions does that no wall lets through."""
    tree = ast.parse(source)
    names = list(imports(tree))
    broken = [*of_services(path, tree, names), *of_ways_out(path, tree, names), *of_functions(path, names)]
    if path.startswith(DOMAIN):
        allowed = sys.stdlib_module_names | {"keystack.domain", "keystack.errors"}
        broken += [f"imports {name}: neither standard library nor domain" for name in names if not is_of(name, allowed)]
    return broken


def of_functions(path: str, names: Iterable[str]) -> Iterator[str]:
    """A function is deployed by itself: other functions' modules are not there. The layer is there without any."""
    own = {Path(file).stem for file, function in FUNCTION_OF.items() if function == function_of(path)}
    others = {Path(file).stem for file in FUNCTION_OF} - own
    yield from (f"imports {name} of another function" for name in names if is_of(name, others | {"functions"}))


def of_services(path: str, tree: ast.AST, names: Iterable[str]) -> Iterator[str]:
    """Find calls of AWS where none belong, and services that are another room's."""
    services = next((named for room, named in SERVICES.items() if path.startswith(room)), None)
    if services is None:
        if not path.startswith(SPEAKS_HTTP):
            yield from (f"imports {name}" for name in names if is_of(name, {AWS}))
        return
    checked = set(named_services(tree, services))
    for node in ast.walk(tree):
        match node:
            case ast.Name(id="Service") if node not in checked:
                yield f"uses Service otherwise than in Service(<one of {sorted(services)}>, …)"
            case ast.Attribute(attr="Service") | ast.alias(name="Service", asname=str()):
                yield "takes Service by another name"


def of_ways_out(path: str, tree: ast.AST, names: Iterable[str]) -> Iterator[str]:
    """Find AWS's own SDK, which costs every cold start, and other ways to speak HTTP than keystack.aws."""
    allowed = set[str]() if not path.startswith(SPEAKS_HTTP) else HTTP
    yield from (f"imports {name}" for name in names if is_of(name, (SDKS | HTTP | IMPORTERS) - allowed))
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in SDKS | IMPORTERS:
                yield f"uses {name}"
            case ast.Constant(value=str(text)) if is_of(text, SDKS):
                yield f"names {text} in a string"


def named_services(tree: ast.AST, services: Collection[str]) -> Iterator[ast.AST]:
    """Find the `Service` of every `Service("<one of services>", …)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Service") as base, args=[ast.Constant(value=str(host)), *_]) if (
                host in services
            ):
                yield base
