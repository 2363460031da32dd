"""Each planted bug is noticed by the histories that it names."""

from collections.abc import Iterator

import pytest

from simulation.enumerated import FAMILIES, Named
from simulation.planted import BUGS, Bug, planted
from simulation.searched import FAST, search


def _searched() -> Iterator[Named]:
    for seed in range(FAST):
        yield f"seed {seed}", lambda s=seed: search(s)


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_a_planted_bug_is_noticed(bug: Bug) -> None:
    with planted(bug), pytest.raises(Exception, match=r".+"):
        for _, history in {**FAMILIES, "searched": _searched}[bug.by]():
            history()


def test_there_are_at_least_twenty() -> None:
    assert len({bug.name for bug in BUGS}) >= 20
