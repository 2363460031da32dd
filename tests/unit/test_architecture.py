"""docs/architecture.md, held against the code: its paths, its names, its table of imports, and the ten changes."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from unit.architecture import CHANGES, PACKAGE, ROOT, TEXT, files_of, place_of, section

MAX_FILES = 3
MAX_FILES_OF_A_FACT = 6  # its words for people are two of them
TEN = [
    "A new Stripe event",
    "A new plan kind",
    "A new fact",
    "Another audit action",
    "Another API call",
    "Another e-mail",
    "Another setting",
    "The key format",
    "A retry delay",
    "An IAM right",
]
WORDS = ["order", "line", "settled", "fact", "observation", "parked", "hold", "lease", "key ring", "effect", "delivery"]

PATH = re.compile(r"[\w./-]*/[\w./-]*|[\w-]+\.(?:py|yaml|md|html|txt)")
NAME = re.compile(r"[A-Za-z_]\w*")


def quoted(text: str) -> list[str]:
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.findall(r"`([^`]+)`", prose)


def paths() -> list[str]:
    linked = re.findall(r"\]\(([^)#]+)\)", TEXT)
    return sorted({each for each in quoted(TEXT) if PATH.fullmatch(each)} | {f"docs/{each}" for each in linked})


def sources() -> list[Path]:
    return sorted([*PACKAGE.rglob("*.py"), *(ROOT / "functions").rglob("*.py")])


@cache
def names_in(path: Path) -> frozenset[str]:
    """Every name that a file has as code; of a file that is not Python, every word."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        return frozenset(NAME.findall(text))
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Name(id=name):
                found.add(name)
            case ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
                found.add(name)
    return frozenset(found)


def room_of(module: str) -> str:
    return module.split(".")[1]


def rooms() -> set[str]:
    found = {each.name for each in PACKAGE.iterdir() if each.is_dir()}
    found |= {each.stem for each in PACKAGE.glob("*.py")}
    return {each for each in found if not each.startswith("__")} | {"functions"}


def imported(path: Path) -> Iterator[str]:
    """Name the modules of the package that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "keystack":
            yield from (f"keystack.{each.name}" for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def imports_of_rooms() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {room: set() for room in rooms()}
    for path in sources():
        if path == PACKAGE / "__init__.py":
            continue
        room = "functions" if PACKAGE not in path.parents else path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        ours = {room_of(each) for each in imported(path) if each.startswith("keystack.")}
        found[room] |= ours - {room}
    return found


def rooms_in_the_document() -> dict[str, set[str]]:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]*)\|$", section("The rooms"), re.MULTILINE)
    return {room: set(quoted(may_import)) for room, may_import in rows}


@pytest.mark.parametrize("path", paths())
def test_every_path_exists(path: str) -> None:
    assert place_of(path).exists()


def test_every_name_is_in_the_code() -> None:
    known = frozenset().union(*(names_in(path) for path in [*sources(), ROOT / "template.yaml"])) | rooms()
    names = {each for each in quoted(TEXT) if NAME.fullmatch(each)}
    assert len(names) > 50
    assert names - known == set()


def test_the_names_of_a_step_are_in_the_file_that_it_names() -> None:
    missing = []
    steps = re.findall(r"`([\w/]+\.py)`: ((?:(?!`[\w/]+\.py`).)*)", section("The way of one event"))
    for path, said in steps:
        missing += [(path, each) for each in quoted(said) if each not in names_in(place_of(path))]
    assert len(steps) > 10
    assert missing == []


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_the_names_of_a_change_are_in_the_files_that_it_names(change: str) -> None:
    elsewhere = rooms() | {"put_entries", "RetryLaterError"}
    here = frozenset().union(*(names_in(place_of(path)) for path in files_of(change)))
    names = {each for each in quoted(CHANGES[change]) if NAME.fullmatch(each)}
    assert names - here - elsewhere == set()


def test_the_ten_changes_are_there() -> None:
    assert list(CHANGES) == TEN


@pytest.mark.parametrize("change", TEN)
def test_a_change_touches_few_files(change: str) -> None:
    assert 1 <= len(files_of(change)) <= (MAX_FILES_OF_A_FACT if change == "A new fact" else MAX_FILES)


def test_every_word_is_explained_in_one_sentence() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| ([A-Z][^|]+\.) \|$", section("The words"), re.MULTILINE)
    assert [word for word, _ in rows] == WORDS
    assert all(". " not in meaning for _, meaning in rows)


def test_every_room_is_described_with_what_it_imports_and_nothing_else() -> None:
    assert rooms_in_the_document() == imports_of_rooms()


def test_the_domain_imports_the_standard_library_only() -> None:
    roots = {each.split(".")[0] for path in (PACKAGE / "domain").rglob("*.py") for each in imported(path)}
    assert roots - set(sys.stdlib_module_names) == {"keystack"}


def test_the_document_is_found_from_the_readme_and_is_two_pages() -> None:
    assert "(docs/architecture.md)" in (ROOT / "README.md").read_text("utf-8")
    assert len(TEXT.split()) < 1_500
