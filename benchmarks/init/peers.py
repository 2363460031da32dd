"""What the functions are compared with; benchmarks/peers has their code."""

import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.init.folders import PEERS, STATE, made_once
from benchmarks.init.lambda_python import PYTHON, compile_folder, python_candidate
from benchmarks.init.sampling import Candidate
from local.stack.specs import FunctionSpec

YARDSTICK = "boto3 and one client"
STANDARD_LIBRARY = "the standard library with TLS"
USUAL_PYTHON = "the usual Python handler"
USUAL_NODE = "the usual Node handler"
NODE_CHILD = Path(__file__).with_name("child.mjs")


class NodeMissingError(Exception):
    """There is no node or npm here."""


def python_peers() -> list[Candidate]:
    """Return the yardstick first, then the other Python peers; the usual one also as `sam build` ships it."""
    compiled = made_once(STATE / "peers", _texts("*.py"), lambda folder: _install(folder, bytecode=True))
    shipped = made_once(STATE / "peers_without", _texts("*.py"), lambda folder: _install(folder, bytecode=False))
    return [
        _peer(YARDSTICK, "boto3_client", compiled),
        _peer(STANDARD_LIBRARY, "standard_library", compiled),
        _peer(USUAL_PYTHON, "usual_handler", compiled),
        _peer(USUAL_PYTHON, "usual_handler", shipped, bytecode=False),
    ]


def _peer(name: str, module: str, folder: Path, bytecode: bool = True) -> Candidate:
    spec = FunctionSpec(name, folder, f"{module}.handler", timeout=60, memory=512, environment={})
    return python_candidate(spec, [folder], bytecode)


def _install(folder: Path, bytecode: bool) -> None:
    """Put the peers and what they need into a folder, as `sam build` does: without bytecode, unless it is asked for."""
    options = ["--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps", "--target", str(folder)]
    requirements = str(PEERS / "requirements.txt")
    subprocess.run([str(PYTHON), "-m", "pip", "install", *options, "-r", requirements], check=True)
    for source in PEERS.glob("*.py"):
        shutil.copy(source, folder)
    if bytecode:
        compile_folder(folder)


def node_peer() -> Candidate:
    """Return the Node handler, bundled. Raises NodeMissingError."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        raise NodeMissingError("node and npm are not here, so nothing is compared with Node")
    folder = made_once(STATE / "node", _texts("node/*"), _bundle)
    environment = {"PATH": os.environ["PATH"], "AWS_REGION": "eu-west-1", "HOME": str(STATE)}
    return Candidate(USUAL_NODE, (node, str(NODE_CHILD), str(folder / "handler.cjs")), environment)


def _bundle(folder: Path) -> None:
    """Bundle as `sam build` does with BuildMethod: esbuild."""
    for source in (PEERS / "node").iterdir():
        shutil.copy(source, folder)
    subprocess.run(["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)  # noqa: S607
    options = ["--bundle", "--minify", "--platform=node", "--format=cjs", "--target=es2020", "--log-level=warning"]
    esbuild = folder / "node_modules/.bin/esbuild"
    subprocess.run([esbuild, "handler.mjs", *options, "--outfile=handler.cjs"], cwd=folder, check=True)


def _texts(pattern: str) -> str:
    """Return what a folder is made from, to notice a change."""
    files = [*sorted(PEERS.glob(pattern)), PEERS / "requirements.txt"]
    return "\n".join(path.read_text("utf-8") for path in files)
