"""What an audit entry counts for in the numbers of its day."""

from typing import Any

import pytest
from keystack.domain.audit import Action
from keystack.domain.numbers import NOTHING, Numbers, numbers_of


@pytest.mark.parametrize(
    ("action", "detail", "numbers"),
    [
        ("order.created", {"licenses": 3, "livemode": True}, Numbers(issued=3)),
        ("order.created", {"licenses": 0}, NOTHING),
        ("license.issued", {"licenses": 2, "lines": "li_1"}, Numbers(issued=2)),
        ("license.frozen", {"licenses": 5, "charge": "ch_1"}, Numbers(frozen=5)),
        ("license.frozen", {"license": "lic_1"}, Numbers(frozen=1)),
        ("license.frozen", {"charge": "ch_1"}, Numbers(frozen=1)),
        ("license.expired", {"licenses": 4}, Numbers(expired=4)),
        ("license.expired", {"expires_at": 1}, Numbers(expired=1)),
    ],
)
def test_an_entry_counts_for_as_many_licenses_as_it_tells(action: str, detail: Any, numbers: Numbers) -> None:
    assert numbers_of(action, detail) == numbers


def test_every_other_word_counts_for_nothing() -> None:
    counting = {"order.created", "license.issued", "license.frozen", "license.expired"}
    for action in set(Action) - counting:
        assert numbers_of(action, {"licenses": 7}) == NOTHING
    assert numbers_of("word.of_a_later_version", {"licenses": 7}) == NOTHING


def test_numbers_are_added_one_by_one() -> None:
    assert Numbers(1, 2, 3) + Numbers(10, 20, 30) == Numbers(11, 22, 33)
