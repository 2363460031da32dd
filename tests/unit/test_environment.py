"""A function's environment: typed, read once, in one place; what is missing is named at the start."""

import re
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path

import pytest
from keystack import environment
from keystack.errors import InvalidInputError

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Declared:
    mail_transport: str
    mail_from: str = "nobody"


def test_a_field_is_read_from_the_variable_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_TRANSPORT", "ses")
    monkeypatch.setenv("MAIL_FROM", "ada@example.com")
    assert environment.read(Declared) == Declared("ses", "ada@example.com")


@pytest.mark.parametrize("empty", [True, False])
def test_what_is_empty_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, empty: bool) -> None:
    monkeypatch.setenv("MAIL_TRANSPORT", "ses")
    monkeypatch.delenv("MAIL_FROM", raising=False)
    if empty:
        monkeypatch.setenv("MAIL_FROM", "")
    assert environment.read(Declared) == Declared("ses", "nobody")


@pytest.mark.parametrize("empty", [True, False])
def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch, empty: bool) -> None:
    monkeypatch.delenv("MAIL_TRANSPORT", raising=False)
    if empty:
        monkeypatch.setenv("MAIL_TRANSPORT", "")
    with pytest.raises(InvalidInputError, match="MAIL_TRANSPORT is not set"):
        environment.read(Declared)


def test_what_was_read_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Declared("ses").mail_from = "other"  # type: ignore[misc]


def test_nothing_else_reads_the_environment() -> None:
    files = [*(ROOT / "layers" / "keystack").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    readers = {file.name for file in files if re.search(r"\benviron\b|\bgetenv\b", file.read_text())}
    assert readers == {"environment.py", "logs.py"}  # logs.py removes a variable that Powertools would read
