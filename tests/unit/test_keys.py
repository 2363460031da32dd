"""A license key: how it looks, and how a person may type it."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystack.domain.keys import ALPHABET, BITS, PREFIX, format_key, is_test_key, key_hash, mask

bits = st.integers(0, 2**BITS - 1)
prefixes = st.sampled_from(["A", "PRO", "OIL2010", "ENTERPRISE12"])
SHAPE = re.compile(rf"PRO(-[{ALPHABET}]{{5}}){{5}}")


def read(key: str) -> int:
    """Read the bits back, as Crockford's base32 says."""
    number = 0
    for character in "".join(key.split("-")[-5:]):
        number = number * 32 + ALPHABET.index(character)
    return number


@given(bits)
def test_a_key_is_its_prefix_and_five_groups_of_five(random: int) -> None:
    assert SHAPE.fullmatch(format_key("PRO", random, livemode=True))


def test_the_alphabet_has_32_characters_and_none_that_is_misread() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 32
    assert not set(ALPHABET) & set("ILOU")


@given(prefixes, bits)
def test_a_key_of_test_mode_says_so_in_front(prefix: str, random: int) -> None:
    live = format_key(prefix, random, livemode=True)
    assert format_key(prefix, random, livemode=False) == f"TEST-{live}"


@given(bits, st.booleans())
def test_all_125_bits_are_in_the_key(random: int, livemode: bool) -> None:
    assert read(format_key("PRO", random, livemode)) == random


def test_a_prefix_is_one_to_twelve_capitals_and_digits() -> None:
    assert all(PREFIX.fullmatch(prefix) for prefix in ("A", "PRO", "OIL2010", "ENTERPRISE12"))
    assert not any(PREFIX.fullmatch(prefix) for prefix in ("", "pro", "A-B", "A" * 13, "PRÖ", "A\n"))


def test_the_smallest_and_the_largest_key() -> None:
    assert format_key("A", 0, livemode=True) == "A" + "-00000" * 5
    assert format_key("A", 2**BITS - 1, livemode=True) == "A" + "-ZZZZZ" * 5


@given(bits, bits)
def test_different_bits_are_different_keys_with_different_hashes(one: int, other: int) -> None:
    keys = [format_key("PRO", random, livemode=True) for random in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)
    assert (key_hash(keys[0]) == key_hash(keys[1])) == (one == other)


@given(bits)
def test_a_key_of_test_mode_is_not_found_as_one_of_live_mode(random: int) -> None:
    assert key_hash(format_key("PRO", random, livemode=True)) != key_hash(format_key("PRO", random, livemode=False))


@given(prefixes, bits, st.booleans(), st.randoms(use_true_random=False))
def test_a_key_is_recognised_however_it_is_typed(prefix: str, random: int, livemode: bool, chance: Random) -> None:
    key = format_key(prefix, random, livemode)
    alike = {"0": "0Oo", "O": "0Oo", "1": "1IiLl", "I": "1IiLl", "L": "1IiLl", "-": ["-", "", " ", " - "]}
    typed = "".join(chance.choice(alike.get(each, [each, each.lower()])) for each in key)
    assert key_hash(f" \t{typed}\n") == key_hash(key)


@pytest.mark.parametrize("typed", ["PRO-00000-00000-00000-00000-0000", "PRO-00000-00000-00000-00000-00002", "", "PRO"])
def test_another_key_is_not_recognised(typed: str) -> None:
    assert key_hash(typed) != key_hash("PRO-00000-00000-00000-00000-00000")


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_a_person_types_has_a_hash(typed: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", key_hash(typed))


@pytest.mark.parametrize("prefix", ["PRO", "TEST", "TEST1", "0"])
@pytest.mark.parametrize("livemode", [True, False])
def test_a_key_tells_its_mode_whatever_its_prefix(prefix: str, livemode: bool) -> None:
    assert is_test_key(format_key(prefix, 7, livemode)) is not livemode


def test_a_masked_key_shows_its_prefix_and_its_last_five() -> None:
    assert mask("PRO-ABCDE-FGHJK-MNPQR-STVWX-YZ012") == "PRO-•••••-•••••-•••••-•••••-YZ012"
    assert mask("TEST-PRO-ABCDE-FGHJK-MNPQR-STVWX-YZ012") == "TEST-PRO-•••••-•••••-•••••-•••••-YZ012"


@pytest.mark.parametrize("text", ["", "PRO", "PRO-ABCDE", "A-B-C-D-E", "A-B-C-D-E-F-G-H"])
def test_nothing_is_shown_of_what_is_no_key(text: str) -> None:
    assert mask(text) == "•••••"
