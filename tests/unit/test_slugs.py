"""Which texts may name an organization."""

import re

from hypothesis import given
from hypothesis import strategies as st
from keystack.domain.slugs import is_slug

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")
ALLOWED = st.text("az09-", max_size=45)


@given(ALLOWED | st.integers(0, 45).map("a".__mul__))
def test_a_slug_has_3_to_40_of_a_to_z_0_to_9_and_inner_hyphens(text: str) -> None:
    assert is_slug(text) == (SLUG.fullmatch(text) is not None)


def test_no_other_character_is_taken_wherever_it_stands() -> None:
    for character in map(chr, range(0x250)):
        for text in (f"{character}ab", f"a{character}b", f"ab{character}"):
            assert is_slug(text) == (SLUG.fullmatch(text) is not None), text
