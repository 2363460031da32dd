"""Tests of one file share a process, for they share what is costly to start; those of the simulation share nothing."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name != "simulation":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
