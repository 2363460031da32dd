"""At the door: every way to sign, with Stripe's own library as second opinion, and every malformed body."""

import json
import time
from collections.abc import Callable

import pytest
import stripe
from samples import signature

from simulation.oracle import check
from simulation.world import SimulatedWorld

SECRET, OLD_SECRET = "whsec_acme", "whsec_acme_before"
DEEP = 100_000


def header(body: bytes, now: float, secret: str = SECRET, off: int = 0, scheme: str = "v1") -> str:
    return signature(body, secret, now + off, scheme)


Make = Callable[[bytes, float], str]

# name → (what is sent as Stripe-Signature, whether it is good, whether Stripe's library judges alike)
SIGNATURES: dict[str, tuple[Make, bool, bool]] = {
    "valid": (lambda b, n: header(b, n), True, True),
    "the rotated secret, still kept": (lambda b, n: header(b, n, OLD_SECRET), True, False),
    "several v1, the last is good": (lambda b, n: f"{header(b, n, 'x')},v1={header(b, n).split('v1=')[1]}", True, True),
    "several v1, the first is good": (lambda b, n: f"{header(b, n)},v1={'0' * 64}", True, True),
    "v0 beside v1": (lambda b, n: f"{header(b, n)},v0={'0' * 64}", True, True),
    "spaces after commas": (lambda b, n: header(b, n).replace(",", ", "), True, False),
    "only v0": (lambda b, n: header(b, n, scheme="v0"), False, True),
    "another secret": (lambda b, n: header(b, n, "whsec_zeta"), False, True),
    "an empty secret": (lambda b, n: header(b, n, ""), False, True),
    "299 s old": (lambda b, n: header(b, n, off=-299), True, True),
    "301 s old": (lambda b, n: header(b, n, off=-301), False, True),
    "299 s ahead": (lambda b, n: header(b, n, off=299), True, True),
    "301 s ahead": (lambda b, n: header(b, n, off=301), False, False),  # Stripe's library minds the past only
    "another body": (lambda b, n: header(b + b" ", n), False, True),
    "two headers, joined by the gateway": (lambda b, n: f"{header(b, n, 'x')},{header(b, n)}", True, True),
    "no header": (lambda b, n: "", False, True),
    "no time": (lambda b, n: header(b, n).split(",")[1], False, True),
    "no number for a time": (lambda b, n: "t=now,v1=" + "0" * 64, False, True),
    "nonsense": (lambda b, n: "v1", False, True),
    "not ASCII": (lambda b, n: f"t={int(n)},v1=ü", False, False),
    "upper case digits": (lambda b, n: header(b, n).upper().replace("T=", "t=").replace("V1=", "v1="), False, True),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_signature_is_judged_as_stripe_judges_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, good, alike = SIGNATURES[name]
    world = SimulatedWorld()
    world.rotate("acme", SECRET, OLD_SECRET)
    body = json.dumps(world.completed(world.buy())).encode()
    sent = make(body, world.clock.now)
    now = world.clock.now
    assert (world.request(body, header=sent) == 200) is good
    monkeypatch.setattr(time, "time", lambda: now)
    if alike:
        assert _stripe_says(body, sent) is good
    world.settle()
    assert bool(world.items("LicensesTable")) is good


def _stripe_says(body: bytes, sent: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body.decode(), sent, SECRET, 300))
    except (stripe.SignatureVerificationError, ValueError):
        return False


def test_a_captured_request_is_good_again_for_five_minutes_and_changes_nothing() -> None:
    world = SimulatedWorld()
    body = json.dumps(world.completed(world.buy())).encode()
    sent = signature(body, SECRET, world.clock.now)
    assert [world.request(body, header=sent) for _ in range(2)] == [200, 200]
    world.clock.now += 301
    assert world.request(body, header=sent) == 400
    world.settle()
    check(world)
    assert len(world.licenses("acme", "cs_test_1")) == len(world.mail.sent) == 1


def test_an_event_of_another_organization_is_no_ones() -> None:
    world = SimulatedWorld()
    body = json.dumps(world.completed(world.buy())).encode()
    assert world.request(body, org="zeta", header=signature(body, SECRET, world.clock.now)) == 400
    assert world.request(body, org="nobody", header=signature(body, "", world.clock.now)) == 400


EVENT = {"id": "evt_1", "type": "checkout.session.completed", "created": 1, "livemode": False}
OBJECT = {"object": "checkout.session", "id": "cs_1", "payment_status": "paid"}

BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "no JSON": (b"hello", 400),
    "cut off": (json.dumps(EVENT).encode()[:-1], 400),
    "a list": (b"[]", 400),
    "null": (b"null", 400),
    "a number": (b"NaN", 400),
    "NaN inside": (b'{"id": "evt_1", "type": "charge.refunded", "created": NaN}', 400),
    "infinite": (b'{"id": "evt_1", "type": "charge.refunded", "created": 1e999}', 400),
    "no id": (b'{"type": "charge.refunded"}', 400),
    "no type": (b'{"id": "evt_1"}', 400),
    "an id of another type": (b'{"id": 1, "type": "charge.refunded"}', 400),
    "an id that is none": (b'{"id": "evt 1#", "type": "charge.refunded"}', 400),
    "invalid UTF-8": (b'{"id": "evt_1", "type": "charge.refunded", "x": "\xff"}', 400),
    "100,000 levels": (b'{"id": "evt_1", "type": "charge.refunded", "x": ' + b"[" * DEEP + b"]" * DEEP + b"}", 400),
    "10 MB": (b'{"id": "evt_1", "type": "charge.refunded", "x": "' + b"x" * 10_000_000 + b'"}', 413),
    "a type that nobody handles": (b'{"id": "evt_1", "type": "tax.rate.created"}', 200),
    "a Connect account's": (json.dumps({**EVENT, "account": "acct_1"}).encode(), 200),
    "no data": (json.dumps(EVENT).encode(), 200),
    "data that is none": (json.dumps({**EVENT, "data": "x"}).encode(), 200),
    "an object that is none": (json.dumps({**EVENT, "data": {"object": []}}).encode(), 200),
    "an object without id": (json.dumps({**EVENT, "data": {"object": {}}}).encode(), 200),
    "an amount that is none": (
        json.dumps({**EVENT, "type": "charge.refunded", "data": {"object": {"id": "ch_1", "amount": "all"}}}).encode(),
        200,
    ),
    "keys twice": (b'{"id": "evt_0", "id": "evt_1", "type": "x", "type": "charge.refunded"}', 200),
    "half a surrogate": (json.dumps({**EVENT, "data": {"object": {**OBJECT, "x": "\ud800"}}}).encode(), 200),
    "U+0000 and U+FFFF": (json.dumps({**EVENT, "data": {"object": {**OBJECT, "x": "\x00\uffff"}}}).encode(), 200),
    "an API version of tomorrow": (
        json.dumps({**EVENT, "api_version": "2031-01-01", "data": {"object": OBJECT}}).encode(),
        200,
    ),
    "a time that is none": (json.dumps({**EVENT, "created": -1, "data": {"object": OBJECT}}).encode(), 200),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_malformed_body_is_refused_or_ends_on_record(name: str) -> None:
    body, status = BODIES[name]
    world = SimulatedWorld()
    assert world.request(body) == status
    world.work_off()
    deliveries = world.items("DeliveriesTable")
    if status != 200:
        assert deliveries == []
        return
    [delivery] = deliveries
    assert delivery["event"] == "evt_1"
    assert delivery["status"] in ("failed", "ignored")  # the session is none of Stripe's
    assert delivery["reason"]
    assert world.witness.violations == []
    check(world)
