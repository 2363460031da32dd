"""state.json: says where everything is. Written last and in one step: when it is there, the stack is ready."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any

from local.settings import StartError

NAME = "state.json"


def read_state(state_dir: Path) -> dict[str, Any] | None:
    """Return the running stack's state, or None."""
    try:
        state: dict[str, Any] = json.loads((state_dir / NAME).read_text())
    except (OSError, ValueError):
        return None
    return state


def write_state(state_dir: Path, state: dict[str, Any]) -> None:
    write_json(state_dir / NAME, state)


def write_json(path: Path, value: object) -> None:
    """Write a file that is either whole or not there; it may hold secrets, so it is its owner's alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
    draft.replace(path)


def remove_state(state_dir: Path) -> None:
    (state_dir / NAME).unlink(missing_ok=True)


def claim(state_dir: Path) -> IO[str]:
    """Hold the directory for as long as this process lives; StartError if another stack does."""
    state_dir.mkdir(parents=True, exist_ok=True)
    lock = (state_dir / "lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        other = read_state(state_dir)
        where = f" on {other['url']} (pid {other['pid']})" if other else ""
        raise StartError(
            f"A stack is already running{where} in {state_dir}: stop it, or set STATE_DIR= for a second one."
        ) from None
    return lock
