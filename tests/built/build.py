"""What `sam build` makes for one of Lambda's architectures."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.settings import ROOT

UNUSED = ROOT / "packaging/unused.txt"
FUNCTIONS = {  # by folder of functions/
    "api": "ApiFunction",
    "authorizer": "AuthorizerFunction",
    "dashboard": "DashboardFunction",
    "dead_letters": "DeadLettersFunction",
    "expirer": "ExpirerFunction",
    "freezer": "FreezerFunction",
    "issuer": "IssuerFunction",
    "organizations": "OrganizationsFunction",
    "verifier": "VerifierFunction",
}


@dataclass(frozen=True)
class Built:
    root: Path
    architecture: str

    @property
    def dependencies(self) -> Path:
        return self.root / "DependenciesLayer/python"

    def folders(self) -> Iterator[tuple[Path, str]]:
        """Give each folder that Lambda gets, and where Lambda puts it."""
        yield self.root / "DependenciesLayer", "/opt"
        yield self.root / "KeystackLayer", "/opt"
        yield from ((self.root / name, "/var/task") for name in FUNCTIONS.values())


def build(root: Path, architecture: str) -> Built:
    """Build into `root`; AssertionError has what was said."""
    done = subprocess.run(
        [
            ROOT / ".venv-sam/bin/sam",
            "build",
            "--build-dir",
            root,
            "--parameter-overrides",
            f"Architecture={architecture}",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": f"{ROOT / '.venv-sam/bin'}{os.pathsep}{os.environ['PATH']}",  # its python3.13 is the first
            "SAM_CLI_TELEMETRY": "0",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return Built(root, architecture)


def files(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


def unused() -> list[str]:
    """Return the entries of packaging/unused.txt."""
    lines = (line.partition("#")[0].strip() for line in UNUSED.read_text().splitlines())
    return [line for line in lines if line]
