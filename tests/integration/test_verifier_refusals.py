"""What the door refuses, how, and what of it stays on record."""

import json
import time
from typing import Any

import pytest
import verifier
from invocations import Context
from keystack.storage import parameters, secrets
from samples import purchase, request, signature

from integration.aws import client
from integration.world import World

BODY = json.dumps(purchase(1)).encode()


def post(*arguments: Any, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = verifier.handler(request(*arguments, **more), Context())
    return answer


def everything_queued() -> int:
    sqs = client("sqs")
    counts = [
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
        for url in sqs.list_queues()["QueueUrls"]
    ]
    return sum(int(each["ApproximateNumberOfMessages"]) for each in counts)


def headers() -> dict[str, str]:
    now, good = time.time(), signature(BODY)
    digest = good.partition("v1=")[2]
    return {
        "none": "",
        "another secret's": signature(BODY, "whsec_else"),
        "another body's": signature(b"{}"),
        "stale": signature(BODY, at=now - 301),
        "from the future": signature(BODY, at=now + 302),
        "v0 only": signature(BODY, scheme="v0"),
        "no time": f"v1={digest}",
        "a time that is none": f"t=soon,v1={digest}",
        "an endless time": f"t={'9' * 5000},v1={digest}",
        "no digest": good.partition(",")[0],
        "an empty digest": good.partition(",")[0] + ",v1=",
        "digest cut short": good[:-1],
        "beyond ASCII": good[:-1] + "é",
        "an empty secret's": signature(BODY, ""),
        "nonsense": ",=,t=,v1",
    }


@pytest.mark.parametrize("case", headers())
def test_refuses_a_bad_signature_and_queues_nothing(world: World, case: str) -> None:
    answer = post(BODY, headers()[case])
    assert answer["statusCode"] == 400
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert everything_queued() == 0


@pytest.mark.parametrize("seconds", [-299, 299])
def test_a_clock_may_be_five_minutes_off_either_way(world: World, seconds: int) -> None:
    assert post(BODY, signature(BODY, at=time.time() + seconds))["statusCode"] == 200


@pytest.mark.parametrize("org", ["nobody", "", "a", "ACME", "acme/../x", "-acme", "x" * 41, "acme\n", "é" * 5])
def test_an_unknown_organization_is_answered_like_a_bad_signature(world: World, org: str) -> None:
    assert post(BODY, org=org) == post(BODY, signature(BODY, "whsec_else"))


@pytest.mark.parametrize("stored", [None, ",", " "])
def test_an_organization_without_a_secret_is_answered_likewise(world: World, stored: str | None) -> None:
    client("ssm").delete_parameter(Name="/keystack/test/webhook-secret/acme")
    if stored:
        secrets.store("webhook-secret/acme", stored)
    parameters.forget_all()
    assert {post(BODY, signature(BODY, secret))["statusCode"] for secret in ("", "whsec_replace_me", ",")} == {400}


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"evt"',
        b"1",
        b"NaN",
        b"{",
        b"\xff\xfe",
        b'{"id": "evt_1", "type": "charge.refunded", "n": NaN}',
        b'{"id": "evt_1", "type": "charge.refunded", "n": "\xff"}',
        b'{"id": "evt_1"}',
        b'{"type": "charge.refunded"}',
        b'{"id": 1, "type": "charge.refunded"}',
        b'{"id": "", "type": "charge.refunded"}',
        b'{"id": "evt_1", "type": ""}',
        b'{"id": "evt_1", "type": ["charge.refunded"]}',
        b'{"id": "evt_1#DELIVERY", "type": "charge.refunded"}',
        DEEP,
        b'{"id": "evt_1", "type": "charge.refunded", "data": ' + DEEP + b"}",
    ],
    ids=lambda body: repr(body[:60]),
)
def test_refuses_what_is_signed_and_no_event(world: World, body: bytes) -> None:
    assert post(body, encoded=True)["statusCode"] == 400
    assert everything_queued() == 0


def test_refuses_a_body_over_256_kib_before_it_looks_at_the_signature(world: World) -> None:
    empty = json.dumps({**purchase(1), "padding": ""}).encode()
    full = empty.replace(b'"padding": "', b'"padding": "' + b"x" * (256 * 1024 - len(empty)))
    assert [post(full)["statusCode"], post(full + b" ")["statusCode"], post(full + b" ", "")["statusCode"]] == [
        200,
        413,
        413,
    ]


def test_refuses_a_body_that_is_not_the_base64_that_it_claims(world: World) -> None:
    shaped = {**request(BODY), "isBase64Encoded": True}
    assert verifier.handler(shaped, Context())["statusCode"] == 400
    assert verifier.handler({**request(b""), "body": None, "headers": None}, Context())["statusCode"] == 400
