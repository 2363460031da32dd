"""A stack of one's own on free ports, in a child process: for the demo, the storm and the end-to-end tests."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from local.settings import ROOT, StartError
from local.state import read_state

START_SECONDS = 60.0
STOP_SECONDS = 10.0


class ChildStack:
    """`with ChildStack(directory) as stack:` runs one; what it says goes to `stack.log` there."""

    def __init__(self, state_dir: Path, **env: str) -> None:
        self.state_dir = state_dir
        self.log = state_dir / "stack.log"
        self.state: dict[str, Any] = {}
        free = {"PORT": "0", "AWS_PORT": "0", "STRIPE_PORT": "0"}
        self._env = {**os.environ, **free, "HOST": "", "STATE_DIR": str(state_dir), **env}
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> dict[str, Any]:
        """Start it and wait until it is ready; StartError says where to look."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "local"],
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while (state := read_state(self.state_dir)) is None:
            if self._child.poll() is not None or time.monotonic() > until:
                self.stop()
                raise StartError(f"The local stack did not start: {self.log.read_text().strip()[-500:]}")
            time.sleep(0.05)
        self.state = state
        return state

    def stop(self) -> int:
        """Stop it as Ctrl-C does; return its exit code."""
        if self._child is None:
            return 0
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)
        try:
            return self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            return self._child.wait()

    def __enter__(self) -> "ChildStack":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
