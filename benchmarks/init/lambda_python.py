"""The Python of Lambda, as far as an import can tell: 3.13, the runtime's boto3 with its bytecode, nothing else."""

import shutil
import subprocess
from pathlib import Path

from benchmarks.init.folders import ROOT, STATE, made_once
from benchmarks.init.sampling import Candidate
from local.stack.runtime import lambda_environment
from local.stack.specs import FunctionSpec

VENV = ROOT / ".venv-sam"
PYTHON = VENV / "bin/python3.13"
SITE_PACKAGES = VENV / "lib/python3.13/site-packages"
RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
RUNTIME = STATE / "runtime"
CHILD = Path(__file__).with_name("child.py")


def compile_folder(folder: Path) -> None:
    """Write bytecode that holds whatever the date of its source."""
    options = ["-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([str(PYTHON), "-m", "compileall", *options, str(folder)], check=True)


def prepare_runtime() -> None:
    """Copy what Lambda has at /var/runtime, boto3 and what it needs, from the SAM CLI's environment."""
    versions = sorted(path.name for path in SITE_PACKAGES.glob("boto*.dist-info"))
    made_once(RUNTIME, " ".join(versions), _copy_runtime)


def _copy_runtime(folder: Path) -> None:
    for name in RUNTIME_PACKAGES:
        source = SITE_PACKAGES / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    compile_folder(folder)


def python_candidate(spec: FunctionSpec, path: list[Path], bytecode: bool = True) -> Candidate:
    """Return the import of a function's handler; `path` is what comes before the runtime, as /var/task and /opt do."""
    searched = [str(each) for each in [*path, RUNTIME]]
    return Candidate(
        name=spec.name,
        # alone with the standard library (-I, -S), and writing no bytecode (-B): Lambda's code is read-only
        command=(str(PYTHON), "-I", "-S", "-B", str(CHILD), spec.handler, *searched),
        environment={**lambda_environment(spec), "HOME": str(STATE)},  # where nobody has an AWS profile
        bytecode=bytecode,
    )
