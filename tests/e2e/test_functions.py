"""A function's processes: another one is started only when the first stays busy, for starting takes long."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.stack.functions import BUSY_SECONDS, Functions
from local.stack.specs import FunctionSpec

SLEEPER = """
import os, time
def handler(event, context):
    time.sleep(event["seconds"])
    return os.getpid()
"""


@pytest.fixture
def functions(tmp_path: Path) -> Iterator[Functions]:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    running = Functions({"Sleeper": FunctionSpec("Sleeper", tmp_path, "sleeper.handler", 30, 128, {})}, tmp_path)
    running.start()
    yield running
    running.stop()


def pids(functions: Functions, *seconds: float) -> set[int]:
    with ThreadPoolExecutor() as together:
        return set(together.map(lambda each: functions.invoke("Sleeper", {"seconds": each}), seconds))


def test_a_process_that_is_soon_done_is_waited_for(functions: Functions) -> None:
    assert len(pids(functions, BUSY_SECONDS / 3, 0)) == 1


def test_a_process_that_stays_busy_gets_a_second_one_beside_it(functions: Functions) -> None:
    assert len(pids(functions, 5 * BUSY_SECONDS, 5 * BUSY_SECONDS)) == 2


def test_more_calls_than_processes_wait_for_their_turn(functions: Functions) -> None:
    assert len(pids(functions, *[BUSY_SECONDS] * 6)) == 2
