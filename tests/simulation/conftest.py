"""While these tests run, the handlers are connected to the present world."""

from collections.abc import Iterator

import pytest

from simulation.functions import connected


@pytest.fixture(autouse=True)
def _connected() -> Iterator[None]:
    with connected():
        yield
