"""Items as plain Python values: what DynamoDB gives is what was stored, without boto3's own types."""

from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st
from keystack.storage.attributes import from_item, to_item

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(max_size=5)
    | st.binary(min_size=1, max_size=5)
    | st.sets(st.text(min_size=1, max_size=5), min_size=1, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), PLAIN.filter(lambda value: value is not None), max_size=4))
def test_what_is_read_is_what_was_written(values: dict[str, Any]) -> None:
    read = from_item(to_item(values))
    assert read == values
    assert {name: type(value) for name, value in read.items()} == {name: type(value) for name, value in values.items()}


@pytest.mark.parametrize("value", [1.5, Decimal("1.5"), object(), {1, 2}])
def test_what_nothing_here_stores_is_refused_before_it_is_sent(value: object) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        to_item({"inside": [value]})


class Kind(StrEnum):
    PRO = "pro"


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        ("", {"S": ""}),
        (Kind.PRO, {"S": "pro"}),
        (True, {"BOOL": True}),
        (10**30, {"N": "1" + "0" * 30}),
        ([None, ()], {"L": [{"NULL": True}, {"L": []}]}),
        (MappingProxyType({}), {"M": {}}),
        ({"b", "a"}, {"SS": ["a", "b"]}),
        (frozenset({Kind.PRO}), {"SS": ["pro"]}),
        (b"\x00", {"B": "AA=="}),
    ],
)
def test_each_value_is_written_as_boto3_wrote_it(value: Any, typed: dict[str, Any]) -> None:
    assert to_item({"value": value, "none": None}) == {"value": typed}
    if not isinstance(value, bytes):  # boto3 writes base64 later
        theirs: Any = TypeSerializer().serialize(value)
        assert {kind: sorted(each) if kind == "SS" else each for kind, each in theirs.items()} == typed


@pytest.mark.parametrize(
    ("stored", "expected"), [("12", 12), ("-3", -3), ("0", 0), ("1.5", 1.5), ("-0.25", -0.25), ("100", 100)]
)
def test_a_number_is_whole_unless_a_person_stored_another(stored: str, expected: float) -> None:
    read = from_item({"n": {"N": stored}, "inside": {"L": [{"M": {"n": {"N": stored}}}]}})
    assert read == {"n": expected, "inside": [{"n": expected}]}
    assert type(read["n"]) is type(read["inside"][0]["n"]) is type(expected)
