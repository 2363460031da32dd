"""How tests share processes: by what is costly to start. Those of the simulation share nothing."""

import os

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One local stack for all end-to-end tests, one moto for each file of integration tests."""
    for item in items:
        room = item.path.parent.name
        if room != "simulation":
            item.add_marker(pytest.mark.xdist_group(room if room == "e2e" else item.path.stem))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: end-to-end tests mostly wait."""
    return (os.cpu_count() or 1) + 1
