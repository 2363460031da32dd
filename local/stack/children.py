"""Child processes that never outlive the stack: each watches its stdin and leaves when the parent is gone."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO


def start_child(arguments: Sequence[str], env: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a Python child with pipes for its stdin and stdout; its stderr is appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stderr:
        return subprocess.Popen(
            [sys.executable, "-P", *arguments],
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C in the terminal is the parent's alone to answer
        )


def stop_child(child: "subprocess.Popen[bytes]") -> None:
    """Kill a child and reap it."""
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe:
            pipe.close()


def end_with_parent(stdin: IO[bytes]) -> None:
    """Leave at once when the parent's end of the pipe is closed (also by SIGKILL)."""

    def watch() -> None:
        while stdin.read(1):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
