"""Changes that docs/architecture.md describes, made to a copy: they touch the files it names, and the new thing works.

The patches and what must then hold are in `patches`. mypy finds what a change forgot.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from unit.architecture import CHANGES, ROOT, files_of, place_of

PATCHES = Path(__file__).parent / "patches"
SAMPLES = {
    "A new Stripe event": "new_stripe_event",
    "A new plan kind": "new_plan_kind",
    "A new fact": "new_fact",
    "Another setting": "new_setting",
}
SOURCES = ("layers/keystack", "functions")
IMPORTED = ("layers/keystack", "functions/api")


@pytest.fixture(scope="module")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def patched_copy(folder: Path, patch: str) -> Path:
    """Copy the product to `folder` and apply a patch to it."""
    for source in SOURCES:
        shutil.copytree(ROOT / source, folder / source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    # The copy is in no repository, wherever the folder of temporary files is.
    alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    command = ["git", "apply", str(PATCHES / f"{patch}.patch")]
    applied = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, check=False)
    assert applied.returncode == 0, applied.stderr
    return folder


def changed_files(copy: Path) -> set[str]:
    found = {
        str(path.relative_to(copy))
        for source in SOURCES
        for path in (copy / source).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return {each for each in found if not _same(ROOT / each, copy / each)}


def _same(original: Path, copied: Path) -> bool:
    return original.exists() and original.read_bytes() == copied.read_bytes()


def run_in(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(copy / each) for each in IMPORTED),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, *command], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def mypy(copy: Path, cache: Path) -> list[str]:
    """Return what mypy says about the copy, one line for each mistake."""
    checked = run_in(copy, "-m", "mypy", "--cache-dir", str(cache), "--no-error-summary", *SOURCES)
    assert checked.returncode in (0, 1), checked.stderr
    return checked.stdout.splitlines()


@pytest.mark.parametrize("change", SAMPLES)
def test_a_change_touches_the_files_that_the_document_names(change: str, tmp_path: Path) -> None:
    changed = changed_files(patched_copy(tmp_path, SAMPLES[change]))
    named = {str(place_of(each).relative_to(ROOT)) for each in files_of(change)}
    if change == "A new Stripe event":  # this one needs no new fields of Stripe's objects
        named -= {"layers/keystack/keystack/stripe/objects/invoices.py"}
    assert changed == named


@pytest.mark.parametrize("change", SAMPLES)
def test_what_was_added_works(change: str, tmp_path: Path) -> None:
    copy = patched_copy(tmp_path, SAMPLES[change])
    works = run_in(copy, str(PATCHES / f"{SAMPLES[change]}.py"))
    assert works.returncode == 0, works.stderr


@pytest.mark.parametrize("change", SAMPLES)
def test_it_is_the_change_that_makes_it_work(change: str) -> None:
    fails = run_in(ROOT, str(PATCHES / f"{SAMPLES[change]}.py"))
    assert fails.returncode == 1
    assert not re.search("ImportError|ModuleNotFoundError|SyntaxError", fails.stderr), fails.stderr


@pytest.mark.slow
@pytest.mark.parametrize("change", SAMPLES)
def test_the_types_fit_after_the_change(change: str, tmp_path: Path, mypy_cache: Path) -> None:
    assert mypy(patched_copy(tmp_path, SAMPLES[change]), mypy_cache) == []


@pytest.mark.slow
def test_mypy_names_every_place_that_must_know_a_new_plan_kind(tmp_path: Path, mypy_cache: Path) -> None:
    copy = patched_copy(tmp_path, "plan_kind_in_the_enum_alone")
    assert places(copy, mypy(copy, mypy_cache)) == {
        ("layers/keystack/keystack/domain/plan_kinds.py", "has_duration"),
        ("layers/keystack/keystack/domain/plan_kinds.py", "expiry"),
        ("layers/keystack/keystack/domain/explanations.py", "_active"),
        ("layers/keystack/keystack/domain/explanations.py", "_ending"),
    }


@pytest.mark.slow
def test_mypy_names_every_place_that_must_know_a_new_fact(tmp_path: Path, mypy_cache: Path) -> None:
    copy = patched_copy(tmp_path, "fact_in_the_union_alone")
    assert places(copy, mypy(copy, mypy_cache)) == {
        ("layers/keystack/keystack/domain/holds.py", "_opened"),
        ("layers/keystack/keystack/domain/audit.py", "_describe"),
        ("layers/keystack/keystack/domain/timeline.py", "words_of_fact"),
    }


def places(copy: Path, mistakes: list[str]) -> set[tuple[str, str]]:
    """Name the file and the function of each mistake, which must be of a match that does not know a member."""
    found = set()
    for each in mistakes:
        parts = re.fullmatch(r'(\S+):(\d+): error: Argument 1 to "assert_never" .*', each)
        assert parts, each
        before = (copy / parts[1]).read_text("utf-8").splitlines()[: int(parts[2])]
        found.add((parts[1], re.findall(r"^def (\w+)", "\n".join(before), re.MULTILINE)[-1]))
    return found


def test_the_samples_are_changes_of_the_document() -> None:
    assert set(SAMPLES) <= set(CHANGES)
