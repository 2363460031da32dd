"""A crash at every call, every order of arrival, every schedule, every moment of a person's decision."""

import pytest

from simulation.enumerated import FAMILIES


@pytest.mark.parametrize("family", FAMILIES)
def test_every_history_converges(family: str) -> None:
    tried = 0
    for name, history in FAMILIES[family]():
        try:
            history()
        except BaseException as error:
            error.add_note(name)
            raise
        tried += 1
    assert tried > 2
