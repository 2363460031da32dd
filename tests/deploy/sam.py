"""`sam build`, `sam deploy` and `sam remote invoke`, on a copy of the tree that a test may change."""

import json
import os
import platform
import shutil
import subprocess
import time
from typing import Any

from deploy.emulator import CREDENTIALS, Emulator
from local.settings import REGION, ROOT

DEPLOYED = ("template.yaml", "samconfig.toml", "functions", "layers", "packaging", "events")
# Lambda's word for this machine: its own Python runs the functions here.
ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


class SamError(Exception):
    """A command failed; the message is what it said."""


class Sam:
    """Parameters given here are every deploy's; `deploy` takes those of one."""

    def __init__(self, emulator: Emulator, **parameters: str) -> None:
        self.tree = emulator.state_dir / "tree"
        self.log = emulator.state_dir / "sam.log"
        self.log.unlink(missing_ok=True)
        self._parameters = {**parameters, "Architecture": ARCHITECTURE, "AwsEndpointUrl": emulator.url}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAM_"))}
        self._environment = {
            **kept,
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": emulator.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,  # whatever profiles there are here, they are not meant
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "PATH": f"{ROOT / '.venv-sam/bin'}{os.pathsep}{os.environ['PATH']}",  # its python3.13 is the first
            "SAM_CLI_TELEMETRY": "0",
            "TMPDIR": str(emulator.temporary),
            "__SAM_CLI_APP_DIR": str(emulator.state_dir / "sam"),
            "COLUMNS": "1200",  # or its tables break reasons into pieces
        }
        self.copy_tree()

    def copy_tree(self) -> None:
        """Take the tree as it is in the repository."""
        self.tree.mkdir(exist_ok=True)
        for name in DEPLOYED:
            source, copy = ROOT / name, self.tree / name
            if source.is_dir():
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy)

    def build(self) -> None:
        """Build as `make build` does, for this machine."""
        self._run("build", "--parameter-overrides", f"Architecture={ARCHITECTURE}")

    def deploy(self, *options: str, **parameters: str) -> None:
        """Deploy; `options` are those of `sam deploy`."""
        overrides = [f"{name}={value}" for name, value in {**self._parameters, **parameters}.items()]
        self._run("deploy", "--no-confirm-changeset", *options, "--parameter-overrides", *overrides)

    def remote_invoke(self, function: str, stack: str, event: Any) -> Any:
        """Invoke a function as the README tells the operator to."""
        file = self.tree / "event.json"
        file.write_text(json.dumps(event))
        return json.loads(self._run("remote", "invoke", function, "--stack-name", stack, "--event-file", str(file)))

    def _run(self, *arguments: str) -> str:
        """Run a command; return its stdout, or raise SamError."""
        began = time.monotonic()
        done = subprocess.run(
            [ROOT / ".venv-sam/bin/sam", *arguments],
            cwd=self.tree,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        with self.log.open("a") as log:
            log.write(f"$ sam {' '.join(arguments)}   # {time.monotonic() - began:.0f} s\n{done.stdout}{done.stderr}\n")
        if done.returncode:
            raise SamError(f"sam {arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout
