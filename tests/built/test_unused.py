"""packaging/unused.txt: nothing that is kept imports what is left out, however late, but for what is listed here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from built.build import Built, unused
from local.settings import ROOT

pytestmark = pytest.mark.built

NEVER_RUN = {  # by file and what it names: why a function never comes there
    ("stripe/_util.py", "stripe.events"): "an answer of Stripe's API v2; KeyStack speaks v1",
    ("stripe/v2/core/_event.py", "stripe.events"): "an event of API v2",
    ("stripe/__init__.py", "stripe.events"): "the name stripe.events, which nobody asks for",
    ("stripe/__init__.py", "stripe.params"): "the name stripe.params, which nobody asks for",
    ("pydantic/_internal/_generate_schema.py", "pydantic.v1"): "a type with __get_validators__, as pydantic 1 had it",
    ("pydantic/_migration.py", "pydantic.v1"): "names of pydantic 1 that are gone",
}


def is_for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Walk through what can run."""
    yield node
    children = node.orelse if isinstance(node, ast.If) and is_for_type_checkers(node) else ast.iter_child_nodes(node)
    for child in children:
        yield from running(child)


def named(path: Path, root: Path) -> Iterator[str]:
    """Give every module that a file imports, and every string: it may be the name of one for import_module."""
    package = path.relative_to(root).parent.parts
    for node in running(ast.parse(path.read_bytes())):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                above = package[: len(package) - level + 1] if level else ()
                base = ".".join([*above, *([module] if module else [])])
                yield from (f"{base}.{each.name}" for each in names)
            case ast.Constant(value=str(text)):
                yield text.replace(":", ".")


def test_nothing_that_is_kept_imports_what_is_left_out(built: Built) -> None:
    modules = [each.removesuffix(".py").replace("/", ".") for each in unused() if "/" in each]
    found = set()
    for root in (built.dependencies, ROOT / "layers/keystack", *(ROOT / "functions").iterdir()):
        for path in root.rglob("*.py"):
            names = {name for name in named(path, root) if name.startswith(tuple(modules))}
            found |= {(str(path.relative_to(root)), m) for m in modules for n in names if f"{n}.".startswith(f"{m}.")}

    assert found == set(NEVER_RUN)
