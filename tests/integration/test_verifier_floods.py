"""Whoever floods the door spends nobody's quotas: what a request costs at AWS, call by call."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import verifier
from invocations import Context
from keystack.queues import client as queue_client
from keystack.storage import dynamodb, parameters
from keystack.storage.mappings import existence
from samples import purchase, request, signature
from template import resources

from integration.aws_calls import THROTTLED, Request, hooked
from integration.clock import Clock
from integration.log_lines import LogLines
from integration.world import World

BODY = json.dumps(purchase(1)).encode()
BAD_HEADERS = {
    "missing": "",
    "malformed": "t=soon,v1=x",
    "without v1": signature(BODY, scheme="v0"),
    "stale": signature(BODY, at=1_000_000_000),
    "from the future": signature(BODY, at=9_000_000_000),
}


def post(header: str | None = None, org: str = "acme") -> int:
    status: int = verifier.handler(request(BODY, header, org), Context())["statusCode"]
    return status


def forged() -> str:
    """A header of the right form and time, by somebody who does not know the secret."""
    return signature(BODY, "whsec_guessed")


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Count the calls that leave the process, by operation."""
    calls: Counter[str] = Counter()
    with ExitStack() as stack:
        for client in (parameters.client(), dynamodb.quick_client(), queue_client.client()):
            stack.enter_context(hooked(client, before=lambda operation, _: calls.update([operation])))
        yield calls


@pytest.mark.parametrize("case", BAD_HEADERS)
def test_a_bad_header_costs_no_read_once_the_organization_is_known_and_is_on_record(world: World, case: str) -> None:
    assert post() == 200
    with counted_calls() as calls:
        assert [post(BAD_HEADERS[case]) for _ in range(100)] == [400] * 100
    assert calls == {"UpdateItem": 1}  # the record of this minute
    [record] = [item for item in world.items("DeliveriesTable") if item["status"] == "rejected"]
    assert record["reason"].startswith(("the Stripe-Signature header is missing", "the signature is more than 300"))


@pytest.mark.parametrize("case", BAD_HEADERS)
def test_a_bad_header_is_on_record_also_when_it_comes_first(world: World, case: str) -> None:
    with counted_calls() as calls:
        assert post(BAD_HEADERS[case]) == 400
    assert calls == {"GetItem": 1, "UpdateItem": 1}
    assert [item["status"] for item in world.items("DeliveriesTable")] == ["rejected"]


def test_a_thousand_invented_organizations_without_a_signature_cost_one_read_a_second(
    world: World, clock: Clock
) -> None:
    with counted_calls() as calls:
        for number in range(1_000):
            assert post("", org=f"invented-{number}") == 400
            clock.forward(0.002)
    assert set(calls) == {"GetItem"}
    assert calls["GetItem"] <= 30  # two seconds by the test's clock, and what the test itself takes


def test_invented_organizations_with_a_forged_header_cost_one_read_each_and_none_of_ssm(
    world: World,
) -> None:
    with counted_calls() as calls:
        for number in range(200):
            assert post(forged(), org=f"invented-{number}") == 400
    assert calls == {"GetItem": 200}
    assert world.items("DeliveriesTable") == []


def test_a_hundred_thousand_inventions_take_a_bounded_memory_and_evict_nobody_real(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post() == 200
    with monkeypatch.context() as patch:
        patch.setattr(existence, "_read", lambda org: False)
        for number in range(100_000):
            assert not existence.exists(f"invented-{number}")
    assert len(existence._misses) == 1_000
    assert existence._known == {"acme"}
    assert len(parameters._cache) == 1  # acme's secret
    with counted_calls() as calls:
        assert post() == 200
    assert calls == {"SendMessage": 1}


def test_an_invention_that_comes_again_is_remembered_for_ten_seconds(world: World, clock: Clock) -> None:
    with counted_calls() as calls:
        for _ in range(50):
            post(forged(), org="nobody")
        assert calls == {"GetItem": 1}
        clock.forward(9)
        post(forged(), org="nobody")
        assert calls == {"GetItem": 1}
        clock.forward(2)
        post(forged(), org="nobody")
        assert calls == {"GetItem": 2}


def test_an_organization_created_just_now_is_known_ten_seconds_later(world: World, clock: Clock) -> None:
    assert post(org="acme-2") == 400
    world.configure(org="acme-2")
    assert post(org="acme-2") == 400
    clock.forward(11)
    assert post(signature(BODY), org="acme-2") == 200


def test_a_flood_of_forged_signatures_for_one_organization_reads_its_secret_every_five_seconds(
    world: World, clock: Clock
) -> None:
    assert post() == 200
    with counted_calls() as calls:
        for _ in range(30):  # a minute's flood, 30 requests in each two seconds
            for _ in range(30):
                assert post(signature(BODY, "whsec_guessed")) == 400
            clock.forward(2)
    assert calls["GetParameter"] <= 13


def test_a_flood_while_ssm_throttles_makes_it_no_worse(world: World, clock: Clock) -> None:
    tried = 0

    def throttle(*_: object) -> None:
        nonlocal tried
        tried += 1
        raise THROTTLED

    with hooked(parameters.client(), before=throttle):
        answers = {post(forged()) for _ in range(100)}
    assert (answers, tried) == ({503}, 1)
    clock.forward(5)
    assert post(signature(BODY)) == 200


def test_the_one_read_asks_for_no_more_than_the_template_allows(world: World) -> None:
    asked: list[Request] = []
    with hooked(dynamodb.quick_client(), "GetItem", before=lambda _, request: asked.append(request)):
        assert post() == 200
    [policy] = resources("AWS::IAM::Role")["VerifierRole"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    [condition] = [each["Condition"] for each in statements if each["Action"] == "dynamodb:GetItem"]
    [request_made] = asked
    # Source: IAM User Guide, "Amazon DynamoDB: Allows access to specific attributes".
    wanted = {*request_made["Key"], *request_made["ProjectionExpression"].split(",")}
    assert wanted <= set(condition["ForAllValues:StringEquals"]["dynamodb:Attributes"]) == {"pk", "sk"}
    assert condition["StringEqualsIfExists"] == {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}


def test_the_log_line_of_a_rejection_says_who_it_was_and_why(world: World, log: LogLines) -> None:
    for org, header in (("acme", ""), ("acme", forged()), ("nobody", forged())):
        post(header, org)
    lines = [json.loads(line) for line in log.text.splitlines() if '"rejected"' in line]
    assert [(each["org"], each["source_ip"], each["reason"]) for each in lines] == [
        ("acme", "192.0.2.1", "the Stripe-Signature header is missing or malformed"),
        ("acme", "192.0.2.1", "the signature does not match: is the endpoint's signing secret the one that is stored?"),
        ("nobody", "192.0.2.1", "there is no such organization"),
    ]
