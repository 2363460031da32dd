"""Runs the commands of local.tools.purchase beside a stack, as make does."""

import re

import pytest

from local.tools.child_stack import ChildStack
from local.tools.purchase import main


class Commands:
    """Runs the commands beside the stack, with what a test sets in the environment."""

    def __init__(self, stack: ChildStack, capsys: pytest.CaptureFixture[str]) -> None:
        self._stack = stack
        self._capsys = capsys

    def __call__(self, command: str, **env: str) -> tuple[int, str]:
        code = main([command], {"STATE_DIR": str(self._stack.state_dir), **env})
        told = self._capsys.readouterr()
        return code, told.out + told.err

    def order(self, told: str) -> str:
        found = re.search(r"ORDER +(\S+)", told)
        assert found
        return found[1]
