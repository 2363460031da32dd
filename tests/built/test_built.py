"""What is shipped to Lambda: all of the source with its bytecode, for one architecture, and nothing else."""

import platform
import subprocess
import sys
from importlib.util import source_hash
from pathlib import Path

import pytest

from built.build import FUNCTIONS, Built, build, files, unused
from local.settings import ROOT

pytestmark = pytest.mark.built

MAGIC = (3571).to_bytes(2, "little") + b"\r\n"  # of every Python 3.13
UNCHECKED_HASH = (1).to_bytes(4, "little")  # a hash, and it is not compared with the source
MACHINES = {"arm64": ("aarch64", 183), "x86_64": ("x86_64", 62)}  # in names; in ELF's header
OWN_ARCHITECTURE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
MB = 1_000_000
MAX_SIZES = {
    "DependenciesLayer": 31 * MB,
    "KeystackLayer": 1.5 * MB,
    "ApiFunction": 0.4 * MB,
    "DashboardFunction": 0.8 * MB,
}
MAX_SIZE = 0.1 * MB  # of any other function


def bytecode_of(source: str) -> str:
    path = Path(source)
    return str(path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc")


def tree(folder: str) -> set[str]:
    """Return the files of a folder of the repository, without what Python left there."""
    return {each for each in files(ROOT / folder) if "__pycache__" not in each}


def test_a_function_is_its_folder_and_the_bytecode(built: Built) -> None:
    assert set(FUNCTIONS) == {each.name for each in (ROOT / "functions").iterdir()}
    for folder, function in FUNCTIONS.items():
        sources = tree(f"functions/{folder}")
        compiled = {bytecode_of(each) for each in sources if each.endswith(".py")}
        assert files(built.root / function) == sources | compiled


def test_what_is_no_code_is_there_as_it_is(built: Built) -> None:
    """The dashboard reads its templates and assets, and mails theirs, where Lambda puts them."""
    for folder, function in FUNCTIONS.items():
        for each in tree(f"functions/{folder}"):
            assert (built.root / function / each).read_bytes() == (ROOT / "functions" / folder / each).read_bytes()
    there = files(built.root / "DashboardFunction")
    assert there >= {"templates/layout.html", "assets/keystack.css", "assets/keystack.js", "assets/third_party.txt"}


def test_the_package_is_the_tree_and_the_bytecode(built: Built) -> None:
    found = tree("layers/keystack")
    assert len(found) > 50
    assert files(built.root / "KeystackLayer/python") == found | {bytecode_of(e) for e in found if e.endswith(".py")}


def test_every_source_has_its_bytecode_and_no_bytecode_is_without_source(built: Built) -> None:
    for folder, place in built.folders():
        sources = {each for each in files(folder) if each.endswith(".py")}
        assert sources
        assert {each for each in files(folder) if "__pycache__" in each} == {bytecode_of(each) for each in sources}
        for each in sources:
            compiled = (folder / bytecode_of(each)).read_bytes()
            assert compiled[:4] == MAGIC, each
            assert compiled[4:8] == UNCHECKED_HASH, each
            assert compiled[8:16] == source_hash((folder / each).read_bytes()), each
            assert f"{place}/{each}".encode() in compiled, f"{each}: a traceback would name another path"


def test_what_is_native_is_of_the_architecture(built: Built) -> None:
    name, machine = MACHINES[built.architecture]
    found = [each for folder, _ in built.folders() for each in folder.rglob("*.so*")]
    assert {each.parent.name for each in found} >= {"pydantic_core", "markupsafe"}
    for each in found:
        header = each.read_bytes()[:20]
        assert header[:4] == b"\x7fELF", each
        assert int.from_bytes(header[18:20], "little") == machine, each
        assert each.name.endswith((f".cpython-313-{name}-linux-gnu.so", ".abi3.so")), each


def test_every_wheel_is_for_the_architecture_or_for_any(built: Built) -> None:
    name, _ = MACHINES[built.architecture]
    wheels = list(built.dependencies.glob("*.dist-info/WHEEL"))
    assert len(wheels) > 10
    for wheel in wheels:
        tags = [line.removeprefix("Tag: ") for line in wheel.read_text().splitlines() if line.startswith("Tag: ")]
        assert tags
        for tag in tags:
            _, abi, system = tag.split("-")
            native = abi in {"cp313", "abi3"} and system.startswith("manylinux") and system.endswith(f"_{name}")
            assert native or tag.endswith("-none-any"), wheel


def test_every_dependency_is_there_with_its_license(built: Built) -> None:
    pinned = {line.partition("==")[0] for line in requirements() if "==" in line}
    installed = {each.name.partition("-")[0].replace("_", "-") for each in built.dependencies.glob("*.dist-info")}
    assert installed == pinned
    for each in built.dependencies.glob("*.dist-info"):
        assert any("LICENSE" in name.upper() for name in files(each)), each


def requirements() -> list[str]:
    return (ROOT / "layers/dependencies/requirements.txt").read_text().splitlines()


def test_what_is_unused_is_left_out(built: Built) -> None:
    assert [each for each in unused() if (built.dependencies / each).exists()] == []


def test_nothing_has_grown(built: Built) -> None:
    for folder, _ in built.folders():
        size = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
        assert size < MAX_SIZES.get(folder.name, MAX_SIZE), f"{folder.name}: {size / MB:.2f} MB"


@pytest.mark.parametrize("built", ["arm64"], indirect=True)
def test_a_second_build_makes_the_same_bytes(built: Built, tmp_path: Path) -> None:
    again = build(tmp_path / "again", built.architecture)

    for (folder, _), (other, _) in zip(built.folders(), again.folders(), strict=True):
        assert files(folder) == files(other)
        assert [each for each in files(folder) if (folder / each).read_bytes() != (other / each).read_bytes()] == []


def test_what_is_left_out_is_not_found_elsewhere_by_the_end_to_end_tests(built: Built) -> None:
    if built.architecture != OWN_ARCHITECTURE:
        pytest.skip("of the other architecture")
    modules = [each.removesuffix(".py").replace("/", ".") for each in unused() if "/" in each]
    find = "import sys, importlib.util; print([each for each in sys.argv[1:] if importlib.util.find_spec(each)])"
    told = subprocess.run(
        [sys.executable, "-P", "-c", find, "pydantic", *modules],
        env={"PYTHONPATH": str(built.dependencies)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.strip() == "['pydantic']", told.stderr
