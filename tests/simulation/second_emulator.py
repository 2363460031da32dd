"""`make second-emulator`: starts ministack's DynamoDB on loopback, compares the model with it, stops it."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
HYPERCORN = ROOT / ".venv-ministack/bin/hypercorn"
PATIENCE = 60  # seconds until it must answer


def main() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    services = {"SERVICES": "dynamodb", "GATEWAY_PORT": str(port), "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0"}
    with subprocess.Popen(
        [HYPERCORN, "--bind", f"127.0.0.1:{port}", "ministack.app:app"],
        env={**os.environ, **services},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as emulator:
        try:
            _wait_for(port, emulator)
            tests = ["tests/simulation/test_tables.py", "-k", "second", "-n", "0", "-q"]
            return subprocess.run(
                [sys.executable, "-m", "pytest", *tests],
                cwd=ROOT,
                env={**os.environ, "SECOND_EMULATOR_URL": f"http://127.0.0.1:{port}"},
                check=False,
            ).returncode
        finally:
            emulator.terminate()


def _wait_for(port: int, emulator: "subprocess.Popen[bytes]") -> None:
    for _ in range(PATIENCE * 10):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if emulator.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    raise SystemExit("ministack did not start: run .venv-ministack/bin/hypercorn ministack.app:app to see why")


if __name__ == "__main__":
    sys.exit(main())
