"""The folders that a run makes, all below one that git ignores."""

import shutil
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".bench-init"
BUILD = STATE / "build"  # what `sam build` made: the Makefile
PEERS = ROOT / "benchmarks/peers"


def made_once(folder: Path, key: str, make: Callable[[Path], None]) -> Path:
    """Make a folder, unless it was made for the same key before."""
    stamp = folder / ".made-for"
    if not stamp.exists() or stamp.read_text() != key:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        stamp.write_text(key)
    return folder
