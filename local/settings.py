"""Where this stack lives: ports, state directory and addresses, from the environment."""

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAGE = "local"
REGION = "eu-west-1"
ANY_HOST = "0.0.0.0"  # noqa: S104 - only if HOST asks for it
ACCOUNT = "123456789012"  # moto's
STRIPE_PORT = 4570  # the stand-in's, if free: samconfig.toml names it
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local"}


class StartError(Exception):
    """The stack cannot start; the message is one line that says what to do."""


@dataclass(frozen=True)
class Settings:
    host: str
    port: int  # 0: any free one
    aws_port: int
    stripe_port: int | None  # None: STRIPE_PORT if it is free, any other if not
    state_dir: Path
    smtp_url: str  # empty: the stack's own catcher
    stripe_api_base: str  # empty: the stack's own stand-in
    stripe_api_key: str
    root: Path  # of template.yaml: the tree, or with BUILT what `sam build` made of it

    @classmethod
    def read(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings; StartError if a port is no number."""
        return cls(
            host=env.get("HOST") or "127.0.0.1",
            port=_port(env, "PORT", 8787),
            aws_port=_port(env, "AWS_PORT", 4566),
            stripe_port=_port(env, "STRIPE_PORT", 0) if env.get("STRIPE_PORT") else None,
            state_dir=Path(env.get("STATE_DIR") or ".local").resolve(),
            smtp_url=env.get("SMTP_URL", ""),
            stripe_api_base=env.get("STRIPE_API_BASE", "").rstrip("/"),
            stripe_api_key=env.get("STRIPE_API_KEY", ""),
            root=_built(Path(env["BUILT"]).resolve()) if env.get("BUILT") else ROOT,
        )


def _built(root: Path) -> Path:
    if not (root / "template.yaml").is_file():
        raise StartError(f"BUILT={root} has no template.yaml: run make build first, then BUILT=.aws-sam/build.")
    if sys.platform != "linux" or sys.version_info[:2] != (3, 13):
        raise StartError(
            "BUILT= needs Linux, and .venv made with Python 3.13: that is what the functions are built for."
        )
    return root


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or int(text) > 65535:
        raise StartError(f"{name}={text} is no port: give a number from 0 (any free one) to 65535.")
    return int(text)


def own_address(host: str) -> str:
    """Return where this machine's own processes reach what listens on `host`."""
    return "127.0.0.1" if host in {"", ANY_HOST} else host


def containers_address(host: str) -> str:
    """Return where Docker's containers, and this machine's own processes, reach what listens on `host`.

    127.0.0.1 is the container itself in there, so with 0.0.0.0 it is this machine's address towards Docker's network.
    """
    if host != ANY_HOST:
        return own_address(host)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("172.17.0.2", 9))  # sends nothing; with Docker Desktop it is the address on the network
        except OSError:
            return own_address(host)
        return str(sock.getsockname()[0])


def free_port(host: str = "127.0.0.1", wanted: int = 0, name: str = "PORT") -> int:
    """Return `wanted` if no process listens there, or any free port for 0; StartError names the variable to set."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, wanted))
        except PermissionError:
            raise StartError(f"Port {wanted} needs root: choose one above 1023 with {name}=...") from None
        except OSError as error:
            raise StartError(f"Port {wanted} is already taken ({error.strerror}): set {name}= to a free one.") from None
        return int(sock.getsockname()[1])
