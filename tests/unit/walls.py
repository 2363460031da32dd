"""Find what the contracts in pyproject.toml (`[tool.importlinter]`) cannot see, read from the syntax tree.

Of the many ways to make an AWS client only one is allowed, `boto3.client("<service>")` after a plain `import boto3`:
so no other spelling needs to be known here. local/ and examples/ are other programs and are not looked at.
"""

import ast
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from template import ROOT

LAYER, FUNCTIONS = "layers/keystack/keystack", "functions"
DOMAIN = f"{LAYER}/domain/"

MAKERS = {  # the rooms that may make a client, and of which services
    f"{LAYER}/storage/": {"dynamodb", "ssm"},
    f"{LAYER}/queues/": {"sqs"},
    f"{LAYER}/mail/ses.py": {"sesv2"},
}
SDKS = {"boto3", "botocore", "aioboto3", "aiobotocore"}
HARMLESS = {"boto3.dynamodb.types", "boto3.dynamodb.conditions", "botocore.config", "botocore.exceptions"}  # no clients
IMPORTERS = {"importlib", "__import__"}  # what they import is not seen here
LOGGERS = {f"{LAYER}/logs.py"}  # names SDKs as loggers

FILES = sorted(str(path.relative_to(ROOT)) for folder in (LAYER, FUNCTIONS) for path in (ROOT / folder).rglob("*.py"))


def function_of(path: str) -> str:
    """Name the function whose file this is; empty for the layer's."""
    return path.split("/")[1] if path.startswith(f"{FUNCTIONS}/") else ""


FUNCTION_OF = {path: function_of(path) for path in FILES if function_of(path)}


def imports(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """List the full names imported anywhere in a file (`from a import b`: `a.b`), and whether it was `import name`."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((each.name, each.asname is None) for each in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                yield from ((f"{'.' * level}{module or ''}.{each.name}", False) for each in names)


def is_of(name: str, modules: Collection[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def broken_walls(path: str, source: str) -> list[str]:
    """Say what a file of the layer or the functions does that no wall lets through."""
    tree = ast.parse(source)
    names = [name for name, _ in imports(tree)]
    broken = [*of_clients(path, tree), *of_functions(path, names)]
    if path.startswith(DOMAIN):
        allowed = sys.stdlib_module_names | {"keystack.domain", "keystack.errors"}
        broken += [f"imports {name}: neither standard library nor domain" for name in names if not is_of(name, allowed)]
    return broken


def of_functions(path: str, names: Iterable[str]) -> Iterator[str]:
    """A function is deployed by itself: other functions' modules are not there. The layer is there without any."""
    own = {Path(file).stem for file, function in FUNCTION_OF.items() if function == function_of(path)}
    others = {Path(file).stem for file in FUNCTION_OF} - own
    yield from (f"imports {name} of another function" for name in names if is_of(name, others | {"functions"}))


def of_clients(path: str, tree: ast.AST) -> Iterator[str]:
    """Find AWS clients that this file must not make, and ways to come by one that cannot be checked."""
    services = next((made for room, made in MAKERS.items() if path.startswith(room)), set[str]())
    for name, plain in imports(tree):
        maker = name == "boto3" and plain and services
        sdk = (is_of(name, SDKS) and not is_of(name, HARMLESS)) or name.rpartition(".")[2] in SDKS
        if is_of(name, IMPORTERS) or (sdk and not maker):
            yield f"imports {name}"
    checked = set(bases_of_clients(tree, services))
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in SDKS | IMPORTERS and node not in checked:
                yield f"uses {name} otherwise than in boto3.client(<one of {sorted(services)}>)"
            case ast.Attribute(attr=name) if name in SDKS:
                yield f"takes {name} from another module"
            case ast.Constant(value=str(text)) if is_of(text, SDKS) and path not in LOGGERS:
                yield f"names {text} in a string"


def bases_of_clients(tree: ast.AST, services: Collection[str]) -> Iterator[ast.AST]:
    """Find the `boto3` of every `boto3.client("<one of services>")`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="boto3") as base, attr="client"),
                args=[ast.Constant(value=str(service)), *_],
            ) if service in services:
                yield base
