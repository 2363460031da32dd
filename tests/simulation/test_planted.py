"""Each planted bug is noticed by the histories that it names."""

import re
from collections.abc import Iterable, Iterator
from functools import partial

import pytest
from template import ROOT

from simulation.enumerated import FAST
from simulation.happenings import Named
from simulation.planted import BUGS, Bug, place, planted
from simulation.searched import SEARCHED, search


def _searched() -> Iterator[Named]:
    for seed in range(SEARCHED):
        yield f"seed {seed}", partial(search, seed)


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_a_planted_bug_is_noticed(bug: Bug) -> None:
    with planted(bug), pytest.raises(AssertionError):
        _try_all({**FAST, "searched": _searched}[bug.by]())


def _try_all(histories: Iterable[Named]) -> None:
    for _, history in histories:
        history()


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_a_bug_has_its_place(bug: Bug) -> None:
    _, function = place(bug)
    before = function.__code__
    with planted(bug):
        assert function.__code__.co_code != before.co_code or function.__code__.co_consts != before.co_consts
    assert function.__code__ is before


def test_the_document_says_how_many_there_are() -> None:
    told = re.search(r"\| planted bugs: .*?\| (\d+) ", (ROOT / "docs" / "correctness.md").read_text())
    assert told is not None
    assert int(told[1]) == len({bug.name for bug in BUGS})
