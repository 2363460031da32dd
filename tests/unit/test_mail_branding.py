"""Branding that a mail may wear: colours one can read on, and URLs that lead nowhere unsafe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystack.mail.branding import DEFAULT_ACCENT, accent_color, contrast, safe_url, text_color_on

colors = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(colors)
def test_text_on_any_accent_colour_is_legible(color: str) -> None:
    assert contrast(text_color_on(color), color) >= 4.5  # WCAG 2.2, 1.4.3


def test_dark_colours_carry_white_and_light_ones_black() -> None:
    assert [text_color_on(c) for c in ("#000000", "#0b1f3a", "#ffd84d", "#ffffff")] == [
        "#ffffff", "#ffffff", "#000000", "#000000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "red", "#fff", "#12345", "#1234567", "#12345g", "#123456\n", "#123456;background:url(x)", "#１２３４５６"],
)
def test_anything_but_six_hexadecimal_digits_is_the_default_accent(text: str) -> None:
    assert accent_color(text) == DEFAULT_ACCENT


def test_a_colour_is_taken_in_either_case() -> None:
    assert accent_color("#7C3aeD") == "#7c3aed"


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example/help?a=1&b=2#top",
        "https://acme.example:8443/l%20ogo.png",
        "https://192.0.2.1/logo.png",
        "https://localhost.acme.example/logo.png",
    ],
)
def test_this_url_is_used(url: str) -> None:
    assert safe_url(url) == url


OWN_MACHINE = [
    "http://127.0.0.1:8787/logo.png", "http://localhost/logo.png", "http://localhost./logo.png", "http://127.1.2.3/",
    "http://[::1]:8787/logo.png", "http://logos.localhost/", "https://localhost/logo.png", "https://127.0.0.1/",
]  # fmt: skip


@pytest.mark.parametrize("url", OWN_MACHINE)
def test_this_machine_is_for_the_local_stack_only(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in ("prod", "staging", "dev", "test", "Local", ""):
        monkeypatch.setenv("STAGE", stage)
        assert safe_url(url) == "", stage
    monkeypatch.delenv("STAGE")
    assert safe_url(url) == ""
    monkeypatch.setenv("STAGE", "local")
    assert safe_url(url) == url


def test_other_machines_want_https_on_the_local_stack_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "local")
    assert safe_url("http://acme.example/logo.png") == safe_url("ftp://127.0.0.1/") == ""


@pytest.mark.parametrize(
    "url",
    [
        "", "help", "//acme.example", "http://acme.example/", "http://localhost.evil.example/", "javascript:alert(1)",
        "JavaScript:alert(1)", "data:text/html,x", "https://", "https:///x", "https://user:pw@acme.example/",
        "https://acme.example/ x", 'https://acme.example/"onload="x', "https://acme.example/<b>", "https://a\r\nb",
        "https://acme.example\\@evil.example", "https://[::1", "https://acme.example:99999999/", "\x00https://a.example",
        "https://acme.example/" + "a" * 2000, "ftp://127.0.0.1/",
    ],
)  # fmt: skip
def test_this_url_is_left_out(url: str) -> None:
    assert safe_url(url) == ""
