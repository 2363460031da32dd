"""Starts ministack on loopback, with IAM enforced and all of its state in one folder, and stops it again."""

import os
import signal
import socket
import subprocess
import time
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
        self.log = state_dir / "ministack.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Emulator":
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
        self._wait_until_it_answers()
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)  # it keeps nothing that would want a better end
        self._process.wait()

    def client(self, service: str) -> Any:
        """Return a client with every right, as the operator's is."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def _environment(self) -> dict[str, str]:
        """Name every variable: ministack hands its own environment on to the functions."""
        temporary = self.state_dir / "tmp"
        temporary.mkdir(exist_ok=True)
        return {
            **CREDENTIALS,
            "PATH": os.environ["PATH"],
            "HOME": str(self.state_dir),
            "TMPDIR": str(temporary),
            "S3_DATA_DIR": str(temporary / "s3"),
            "STATE_DIR": str(temporary / "state"),
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
