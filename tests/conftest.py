"""How tests share processes: by what is costly to start. What stands in
EACH_ALONE shares nothing else, and takes long.
"""

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

EACH_ALONE = ("tests/simulation/", "tests/scenarios/test_every_way.py", "tests/scenarios/test_reports.py")


class ByWhatIsShared(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """One local stack for all end-to-end tests, one moto for each file of integration tests.

    xdist's own groups (`--dist loadgroup`) have no effect with pytest 9.2, whose node ids cannot be changed any more:
    https://github.com/pytest-dev/pytest-xdist/issues/1386.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        room = file.split("/")[-2]
        return nodeid if file.startswith(EACH_ALONE) else room if room == "e2e" else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByWhatIsShared:
    return ByWhatIsShared(config, log)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: end-to-end tests mostly wait."""
    return (os.cpu_count() or 1) + 1
