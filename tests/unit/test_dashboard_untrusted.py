"""What customers and Stripe can put on a page: it stays text, shows what it hides, and is intact in any language."""

import pytest
from frame.untrusted import look_alikes, mark
from hypothesis import given
from hypothesis import strategies as st

HIDDEN = '<span class="hidden-character" title="a character that cannot be seen">U+{}</span>'


@pytest.mark.parametrize(
    "text",
    [
        "Zoë Müller",
        "דוד כהן",
        "محمد الفارسي",
        "山田太郎",
        "Дмитрий",
        "Αλέξανδρος",
        "می\u200cخواهم",  # Persian is written with a joiner
        "\u200fדוד\u200e Cohen",  # with marks of direction
        "👩\u200d💻",
        "e\u0301",
        "a\tb\nc",
        "Дмитрий (Dmitri)",  # two alphabets, but not in one word
        "",
    ],
)
def test_what_is_written_in_any_language_is_intact(text: str) -> None:
    assert mark(text) == f"<bdi>{text}</bdi>"


@pytest.mark.parametrize(
    "letter",
    [
        "\u202e", "\u202a", "\u2066", "\u2069", "\u200b", "\u00ad", "\u2060", "\u2028",
        "\ufeff", "\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800",
    ],
)  # fmt: skip
def test_what_hides_is_written_out(letter: str) -> None:
    assert mark(f"a{letter}b") == f"<bdi>a{HIDDEN.format(f'{ord(letter):04X}')}b</bdi>"


def test_tags_stay_text() -> None:
    assert mark('<script>alert("1")</script>&amp;') == (
        "<bdi>&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;&amp;amp;</bdi>"
    )


def test_nobody_writes_a_mark_of_ours() -> None:
    assert mark("\ufffdU+0041") == "<bdi>\ufffdU+0041</bdi>"


def test_look_alikes_are_named() -> None:
    assert look_alikes("p\u0430ypal and \u0430") == ["U+0430 CYRILLIC SMALL LETTER A"]
    assert look_alikes("\u0391cme") == ["U+0391 GREEK CAPITAL LETTER ALPHA"]
    assert "look-alike letters: U+0430 CYRILLIC SMALL LETTER A" in mark("p\u0430ypal")
    assert look_alikes("paypal, Дмитрий, 山田Taro, 3µm") == []


@given(st.text())
def test_no_text_makes_an_element(text: str) -> None:
    shown = mark(text)
    own = ("<bdi>", "</bdi>", '<span class="hidden-character" title="a character that cannot be seen">', "</span>")
    for each in (*own, '<small class="alike">', "</small>"):
        shown = shown.replace(each, "")
    assert "<" not in shown
    assert ">" not in shown
