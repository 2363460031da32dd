"""Stripe's signatures, with Stripe's own library as a second opinion where both should agree."""

import time
from collections.abc import Iterable
from hashlib import sha256
from hmac import new as hmac

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st
from keystack.stripe.signatures import TOLERANCE, header_problem, is_signed, sign

SECRET, OTHER = "whsec_one", "whsec_two"
BODY = '{"id": "evt_1", "näme": "☃"}'.encode()
NOW = 1_700_000_000
T = str(NOW)
GOOD = sign(BODY, T, SECRET)
BAD = "0" * 64

MALFORMED, MISMATCH, STALE = "missing or malformed", "does not match", "seconds off"


def judged(header: str, body: bytes, secrets: Iterable[str], now: float) -> str:
    """Judge as the verifier does: what needs no secret comes first."""
    return header_problem(header, now) or ("" if is_signed(header, body, secrets) else MISMATCH)


def test_the_signature_is_hmac_sha256_of_time_dot_body() -> None:
    assert hmac(SECRET.encode(), b"1700000000." + BODY, sha256).hexdigest() == GOOD


@pytest.mark.parametrize(
    "header",
    [
        f"t={T},v1={GOOD}",
        f"v1={GOOD},t={T}",
        f"t={T},v1={BAD},v1={GOOD}",
        f"t={T},v1={GOOD},v1={BAD}",
        f"t={T},v1={GOOD},v0={BAD}",
        f"v0={BAD},v1={BAD},t={T},v1={GOOD}",
        f"t={T}, v1={GOOD}",
        f"  t={T} ,\tv1={GOOD} ",
        f"t={T},v1={GOOD},",
        f"t={T},v1={GOOD},v2=later,scheme",
        f"t={T},v1=é☃,v1={GOOD}",
        f"t={T},v1=\udcff,v1={GOOD}",
    ],
)
def test_any_v1_that_matches_will_do(header: str) -> None:
    assert judged(header, BODY, [SECRET], NOW) == ""


@pytest.mark.parametrize(
    "header",
    [
        "", ",", "=", "t=,v1=", "garbage", T, GOOD,
        f"t={T}", f"v1={GOOD}", f"t={T},v1=", f"t={T},v0={GOOD}", f"t={T},v1", f"T={T},V1={GOOD}",
        f"t=,v1={GOOD}", f"t=now,v1={GOOD}", f"t=-{T},v1={GOOD}", f"t=+{T},v1={GOOD}", f"t={T}.0,v1={GOOD}",
        f"t=1_700_000_000,v1={GOOD}", f"t=１７００００００００,v1={GOOD}", f"t={'9' * 5_000},v1={GOOD}",
        f"t={T};v1={GOOD}",
    ],
)  # fmt: skip
def test_a_header_that_says_no_time_or_no_v1_is_malformed(header: str) -> None:
    assert MALFORMED in judged(header, BODY, [SECRET], NOW)


@pytest.mark.parametrize(
    "header",
    [
        f"t={T},v1={BAD}",
        f"t={T},v1={GOOD[:-1]}",
        f"t={T},v1={GOOD}0",
        f"t={T},v1={GOOD.upper()}",
        f"t={T},v1=é☃",
        f"t={T},v0={GOOD},v1={BAD}",
        f"t={NOW + 1},v1={GOOD}",
        f"t=0{T},v1={GOOD}",
    ],
)
def test_a_signature_of_something_else_does_not_match(header: str) -> None:
    assert MISMATCH in judged(header, BODY, [SECRET], NOW)


@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b"", BODY.replace(b"evt_1", b"evt_2")])
def test_another_body_does_not_match(body: bytes) -> None:
    assert MISMATCH in judged(f"t={T},v1={GOOD}", body, [SECRET], NOW)


@pytest.mark.parametrize("secrets", [[SECRET, OTHER], [OTHER, SECRET], ["", SECRET], (SECRET,)])
def test_any_current_secret_will_do(secrets: list[str]) -> None:
    assert judged(f"t={T},v1={GOOD}", BODY, secrets, NOW) == ""


def test_during_rotation_stripe_signs_with_both_and_either_is_enough() -> None:
    header = f"t={T},v1={sign(BODY, T, OTHER)},v1={GOOD}"
    assert judged(header, BODY, [OTHER], NOW) == judged(header, BODY, [SECRET], NOW) == ""


@pytest.mark.parametrize("secrets", [[], [""], ["", ""], [OTHER]])
def test_no_secret_an_empty_one_or_another_verifies_nothing(secrets: list[str]) -> None:
    signed_with = secrets[0] if secrets and secrets[0] != OTHER else ""  # by someone who guesses: it is empty
    assert MISMATCH in judged(f"t={T},v1={sign(BODY, T, signed_with)}", BODY, secrets, NOW)
    assert MISMATCH in judged(f"t={T},v1={GOOD}", BODY, secrets, NOW)


@pytest.mark.parametrize("off", [0, 1, TOLERANCE, -TOLERANCE, TOLERANCE - 0.5])
def test_up_to_300_seconds_off_is_good_both_ways(off: float) -> None:
    assert judged(f"t={T},v1={GOOD}", BODY, [SECRET], NOW + off) == ""


@pytest.mark.parametrize("off", [TOLERANCE + 1, -TOLERANCE - 1, TOLERANCE + 0.5, 86_400, -86_400])
def test_a_stale_or_future_signature_is_rejected(off: float) -> None:
    assert STALE in judged(f"t={T},v1={GOOD}", BODY, [SECRET], NOW + off)


def test_form_and_time_are_judged_without_a_secret() -> None:
    assert header_problem(f"t={T},v1={BAD}", NOW) == ""
    assert STALE in header_problem(f"t={T},v1={BAD}", NOW + TOLERANCE + 1)
    assert MALFORMED in header_problem(f"t={T},v0={BAD}", NOW)


def test_a_header_that_says_no_time_signs_nothing() -> None:
    assert not is_signed(f"v1={sign(BODY, '', SECRET)}", BODY, [SECRET])


@given(st.binary())
def test_bodies_that_are_no_text_are_verified_as_the_bytes_they_are(body: bytes) -> None:
    assert judged(f"t={T},v1={sign(body, T, SECRET)}", body, [SECRET], NOW) == ""


def stripes_opinion(header: str, body: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, SECRET, tolerance=TOLERANCE))
    except stripe.SignatureVerificationError:
        return False


signed = st.sampled_from(["good", "bad", "other secret", "other time", "other body"])
headers = st.sampled_from(["t={t},v1={s}", "v1={s},t={t}", "t={t},v1=00,v1={s}", "t={t},v1={s},v0=00", "t={t},v0={s}"])


@given(st.text(), signed, headers, st.sampled_from([0, -30, -1_000]))
def test_stripes_own_library_agrees(body: str, how: str, header: str, off: int) -> None:
    now = time.time()
    t = str(int(now) + off)
    signature = {
        "good": sign(body.encode(), t, SECRET),
        "bad": BAD,
        "other secret": sign(body.encode(), t, OTHER),
        "other time": sign(body.encode(), t + "1", SECRET),
        "other body": sign(body.encode() + b" ", t, SECRET),
    }[how]
    sent = header.format(t=t, s=signature)
    ours = judged(sent, body.encode(), [SECRET], now) == ""
    assert ours == stripes_opinion(sent, body) == (how == "good" and "v1={s}" in header and off > -TOLERANCE)
