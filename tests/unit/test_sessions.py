"""The texts that stand for a session or a link, the tokens of forms, and how many attempts are too many."""

import pytest
from keystack.domain.api_keys import Scope
from keystack.domain.attempts import delay_after, network_of, window_at
from keystack.domain.csrf import MASK_BYTES, is_csrf_token, write_csrf_token
from keystack.domain.sessions import (
    LinkToken,
    Session,
    SessionToken,
    read_link_token,
    read_token,
    write_link_token,
    write_token,
)

SECRET = "s" * 41 + "_-"


@pytest.mark.parametrize(("key_id", "text"), [("first", f"acme.first.{SECRET}"), (None, f"acme.-.{SECRET}")])
def test_a_session_token_is_read_as_it_was_written(key_id: str | None, text: str) -> None:
    assert write_token("acme", key_id, SECRET) == text
    assert read_token(text) == SessionToken("acme", key_id, SECRET)


def test_a_link_token_is_read_as_it_was_written() -> None:
    assert write_link_token("acme", SECRET) == f"acme.{SECRET}"
    assert read_link_token(f"acme.{SECRET}") == LinkToken("acme", SECRET)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acme",
        "..",
        f"acme.{SECRET}",
        f"acme..{SECRET}",
        f"acme.first.{SECRET}x",
        f"acme.first.{SECRET[1:]}",
        f"acme.first.{SECRET}\n",
        f" acme.first.{SECRET}",
        f"acme.first.{SECRET}.{SECRET}",
        f"acme.fir-st.{SECRET}",
        f"acme.{'f' * 33}.{SECRET}",
        f"-cme.first.{SECRET}",
        f"#address#192.0.2.1.first.{SECRET}",
        f"ac.first.{SECRET}",
        f"acme.first.{'ſ' * 43}",
        f"acme.first.{'é' * 43}",
        f"acme.fi１st.{SECRET}",
        "\udcff" * 60,
        "acme.first." + "s" * 1_000_000,
    ],
)
def test_anything_else_is_no_session_token(text: str) -> None:
    assert read_token(text) is None


@pytest.mark.parametrize(
    "text",
    ["", "acme", f"acme.first.{SECRET}", f"acme.{SECRET}\n", f"-acme.{SECRET}", f"acme.{SECRET}x", "\udcff" * 50],
)
def test_anything_else_is_no_link_token(text: str) -> None:
    assert read_link_token(text) is None


@pytest.mark.parametrize(
    ("scopes", "may"), [((Scope.READ,), False), ((Scope.ISSUE, Scope.READ), False), ((Scope.ADMIN,), True)]
)
def test_only_admins_may_change_things(scopes: tuple[Scope, ...], may: bool) -> None:
    assert Session("acme", "first", "x", scopes, 0).may_change is may


# ------------------------------------------------------------------ forms

SESSION, OTHER = f"acme.first.{SECRET}", f"acme.first.{'o' * 43}"
MASKS = [bytes(MASK_BYTES), b"\xff" * MASK_BYTES, bytes(range(MASK_BYTES))]


@pytest.mark.parametrize("mask", MASKS)
def test_a_form_of_the_session_itself_is_taken_and_of_another_is_not(mask: bytes) -> None:
    token = write_csrf_token(SESSION, mask)
    assert is_csrf_token(SESSION, token)
    assert not is_csrf_token(OTHER, token)


def test_a_token_looks_different_in_every_response_and_shows_nothing_of_the_secret() -> None:
    tokens = {write_csrf_token(SESSION, mask) for mask in MASKS}
    assert len({token[:43] for token in tokens}) == len({token[43:] for token in tokens}) == len(MASKS)
    assert not any(SECRET[:10] in token for token in tokens)


GOOD = write_csrf_token(SESSION, MASKS[2])


@pytest.mark.parametrize(
    "given",
    [
        "",
        GOOD[:-1],
        GOOD + "A",
        GOOD + "==",
        GOOD + "\n",
        GOOD[:20] + ("A" if GOOD[20] != "A" else "B") + GOOD[21:],
        "A" * 86,
        "é" * 86,
        "\udcff" * 86,
        "A" * 1_000_000,
    ],
)
def test_a_hostile_token_is_refused(given: str) -> None:
    assert not is_csrf_token(SESSION, given)


# ------------------------------------------------------------------ attempts


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("x" * 10_000, "unknown"),
        ("192.0.2.1, 192.0.2.2", "unknown"),
    ],
)
def test_an_address_is_counted_with_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_window_holds_its_first_second_and_not_its_end() -> None:
    assert window_at(600, 300) == window_at(899, 300) == (600, 900)
    assert window_at(900, 300) == (900, 1200)


@pytest.mark.parametrize(("wrong", "seconds"), [(0, 0), (10, 0), (11, 0.1), (20, 1), (30, 2), (1_000_000, 2)])
def test_an_organization_is_slowed_by_two_seconds_at_most(wrong: int, seconds: float) -> None:
    assert delay_after(wrong) == pytest.approx(seconds)
