"""Starts ministack on loopback, with IAM enforced and all of its state in one folder, and stops it again."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3

from local.settings import REGION, ROOT, free_port

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}  # ministack's root, no account's
START_SECONDS = 60


class Emulator:
    """`with Emulator(directory) as emulator:` runs one; what it says goes to `ministack.log` there."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.temporary = state_dir / "tmp"
        self.log = state_dir / "ministack.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Emulator":
        shutil.rmtree(self.temporary, ignore_errors=True)  # of a run that was killed
        self.temporary.mkdir(parents=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [ROOT / ".venv-ministack/bin/python3.13", "-m", "tests.deploy.ministack_process"],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.PIPE,  # closed by our end, whatever it is: then ministack ends too
                stdout=log,
                stderr=log,
                start_new_session=True,  # its functions are in it, and Ctrl-C is ours to answer
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Kill it and its functions; they keep nothing that would want a better end."""
        with suppress(ProcessLookupError):  # it has ended by itself, and there is no more group
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self.temporary, ignore_errors=True)

    def client(self, service: str) -> Any:
        """Return a client with every right, as the operator's is."""
        return boto3.client(  # type: ignore[call-overload]  # its stubs want a literal
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def _environment(self) -> dict[str, str]:
        """Name every variable: ministack hands its own environment on to the functions."""
        return {
            **CREDENTIALS,
            "PATH": os.environ["PATH"],
            "HOME": str(self.state_dir),
            "TMPDIR": str(self.temporary),
            "S3_DATA_DIR": str(self.temporary / "s3"),
            "STATE_DIR": str(self.temporary / "state"),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "AUTH": "true",  # signatures are checked, and every call against its caller's policies
            "MINISTACK_AUTOCREATE_AWS_MANAGED": "0",  # else an unknown managed policy allows everything
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }

    def _wait_until_it_answers(self) -> None:
        for _ in range(START_SECONDS * 10):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"ministack did not start: {self.log.read_text()[-1000:]}")
