"""The model of DynamoDB answers as moto does, and as a second emulator does, request by request."""

import os
import random
from collections.abc import Iterator

import boto3
import pytest
from keystack.aws import connections
from keystack.aws.client import Client, Patience
from keystack.aws.connections import Timeouts
from keystack.aws.errors import RefusedError
from keystack.storage.dynamodb import DYNAMODB
from moto import mock_aws
from moto_transport import post_to_moto
from template import create_tables

from local.stack.moto_transactions import make_transactions_quick
from simulation.actions import act
from simulation.compared import ComparedTables
from simulation.history import History
from simulation.oracle import check
from simulation.scenarios import SCENARIOS
from simulation.tables import Tables
from simulation.world import SimulatedWorld

make_transactions_quick()
SECOND = os.environ.get("SECOND_EMULATOR_URL", "")
ONCE = Patience(Timeouts(connect=2, read=10), attempts=1)  # an emulator that is busy or silent has failed


@pytest.fixture(params=[pytest.param("moto", marks=pytest.mark.slow), "second emulator"])
def other(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """KeyStack's client with another DynamoDB behind it, whose tables are empty."""
    if request.param == "moto":
        with mock_aws():
            monkeypatch.setattr(connections, "post", post_to_moto)
            monkeypatch.setenv("AWS_REGION", "us-east-2")  # where no other test has tables
            tables = boto3.client("dynamodb", region_name="us-east-2")
            create_tables(tables)
            yield Client(DYNAMODB, ONCE)
            for table in tables.list_tables()["TableNames"]:
                tables.delete_table(TableName=table)
        return
    if not SECOND:
        pytest.skip("no second emulator: `make second-emulator` starts one and runs this")
    monkeypatch.setenv("AWS_ENDPOINT_URL", SECOND)
    tables = boto3.client("dynamodb")
    for table in tables.list_tables()["TableNames"]:
        tables.delete_table(TableName=table)
    create_tables(tables)
    yield Client(DYNAMODB, ONCE)


def compared(other: Client, seed: int = 0) -> SimulatedWorld:
    return SimulatedWorld(seed, tables=lambda calls: ComparedTables(calls, other))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_handlers_requests_are_answered_alike(other: Client, name: str) -> None:
    world = compared(other)
    SCENARIOS[name](world)()
    world.settle()
    check(world)
    assert isinstance(world.tables, ComparedTables)
    assert world.tables.compared > 20


@pytest.mark.parametrize("seed", range(5))
def test_searched_histories_are_answered_alike(other: Client, seed: int) -> None:
    history = History(compared(other, seed), random.Random(seed))  # noqa: S311 - no secret
    for _ in range(25):
        act(history, history.choose.choice(["purchase", "post", "post", "post again", "work", "at once", "refund"]))
    history.finish()


@pytest.mark.parametrize("other", ["second emulator"], indirect=True)  # moto knows no tokens
def test_a_transaction_made_again_is_answered_alike(other: Client) -> None:
    tables = compared(other).tables
    first = _transaction("a token", "acme#x")
    tables.call("TransactWriteItems", first)
    assert tables.call("TransactWriteItems", first) == {}
    for request, code in (
        (_transaction("a token", "acme#y"), "IdempotentParameterMismatchException"),
        (_transaction("another token", "acme#x"), "TransactionCanceledException"),
        (_transaction("another token", "acme#x"), "TransactionCanceledException"),  # what failed is not remembered
        (_transaction(None, "acme#x"), "TransactionCanceledException"),
    ):
        with pytest.raises(RefusedError) as refused:
            tables.call("TransactWriteItems", request)
        assert refused.value.code == code


def _transaction(token: str | None, pk: str) -> dict[str, object]:
    item = {"pk": {"S": pk}, "sk": {"S": "ORDER"}}
    put = {"TableName": "LicensesTable", "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    request: dict[str, object] = {"TransactItems": [{"Put": put}]}
    return {**request, "ClientRequestToken": token} if token else request


def test_what_moto_lets_pass_is_refused() -> None:
    tables = SimulatedWorld().tables
    assert isinstance(tables, Tables)
    base = {"TableName": "LicensesTable", "Item": {"pk": {"S": "acme#x"}, "sk": {"S": "ORDER"}}}
    for wrong in (
        {"ConditionExpression": "attribute_not_exists(pk)", "ExpressionAttributeValues": {":unused": {"S": "x"}}},
        {"ConditionExpression": "version = :missing"},
        {"Item": {**base["Item"], "held_org": {"N": "1"}}},  # type: ignore[dict-item]
        {"Item": {**base["Item"], "org": {"S": ""}}},  # type: ignore[dict-item]
        {"Item": {**base["Item"], "note": {"S": "x" * 410_000}}},  # type: ignore[dict-item]
    ):
        with pytest.raises(AssertionError, match="DynamoDB would refuse"):
            tables.call("PutItem", {**base, **wrong})
