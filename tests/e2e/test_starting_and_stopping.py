"""Starting says what is in the way, stopping leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.client import call
from local.settings import ROOT
from local.tools.child_stack import ChildStack
from local.tools.demo import wait_for


def start(state_dir: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={**os.environ, "PORT": "0", "AWS_PORT": "0", "STATE_DIR": str(state_dir), **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def is_running(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def children_of(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def test_a_folder_where_nothing_was_built_is_named_with_what_to_do(tmp_path: Path) -> None:
    ended = start(tmp_path, BUILT=str(tmp_path))

    assert ended.returncode == 2
    assert f"BUILT={tmp_path} has no template.yaml: run make build first" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("variable", ["PORT", "AWS_PORT"])
def test_a_taken_port_is_named_with_what_to_do(stack: ChildStack, tmp_path: Path, variable: str) -> None:
    url = stack.state["url" if variable == "PORT" else "aws_endpoint_url"]
    port = url.rpartition(":")[2]

    ended = start(tmp_path, **{variable: port})

    assert ended.returncode == 2
    assert f"Port {port} is already taken" in ended.stderr
    assert f"set {variable}=" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "state.json").exists()


def test_a_second_stack_in_the_same_directory_is_refused(stack: ChildStack) -> None:
    ended = start(stack.state_dir)

    assert ended.returncode == 2
    assert "already running" in ended.stderr
    assert call("GET", f"{stack.state['url']}/local/")[0] == 200


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_and_even_a_kill_leave_no_process_behind(tmp_path: Path, how: signal.Signals) -> None:
    stack = ChildStack(tmp_path)
    parent = stack.start()["pid"]
    children = children_of(parent)
    assert len(children) > 6

    started = time.monotonic()
    os.kill(parent, how)
    stack.stop()

    wait_for("the end of all processes", lambda: not any(map(is_running, children)), seconds=5)
    assert time.monotonic() - started < 6
    if how == signal.SIGINT:
        assert not (tmp_path / "state.json").exists()


def test_state_says_where_everything_is(stack: ChildStack) -> None:
    state = json.loads((stack.state_dir / "state.json").read_text())

    assert set(state["tables"]) == {"licenses", "mappings", "audit", "deliveries"}
    assert {"issue", "freeze", "expire", "issue_dead_letter"} <= set(state["queues"])
    assert state["api_key"].startswith("ks_acme_")
    assert state["webhook_secret"].startswith("whsec_")
    assert (stack.state_dir / "state.json").stat().st_mode & 0o077 == 0
