"""The model of DynamoDB answers as moto does, and as a second emulator does, request by request."""

import os
import random
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
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


@pytest.fixture(params=[pytest.param("moto", marks=pytest.mark.slow), "second emulator"])
def other(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Another DynamoDB, with empty tables."""
    if request.param == "moto":
        with mock_aws():
            client = boto3.client("dynamodb", region_name="us-east-2")  # where no other test has tables
            create_tables(client)
            yield client
            for table in client.list_tables()["TableNames"]:
                client.delete_table(TableName=table)
        return
    if not SECOND:
        pytest.skip("no second emulator: `make second-emulator` starts one and runs this")
    client = boto3.client("dynamodb", endpoint_url=SECOND)
    for table in client.list_tables()["TableNames"]:
        client.delete_table(TableName=table)
    create_tables(client)
    yield client


def compared(other: Any, seed: int = 0) -> SimulatedWorld:
    return SimulatedWorld(seed, tables=lambda calls: ComparedTables(calls, other))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_handlers_requests_are_answered_alike(other: Any, name: str) -> None:
    world = compared(other)
    SCENARIOS[name](world)()
    world.settle()
    check(world)
    assert isinstance(world.tables, ComparedTables)
    assert world.tables.compared > 20


@pytest.mark.parametrize("seed", range(5))
def test_searched_histories_are_answered_alike(other: Any, seed: int) -> None:
    history = History(compared(other, seed), random.Random(seed))  # noqa: S311 - no secret
    for _ in range(25):
        act(history, history.choose.choice(["purchase", "post", "post", "post again", "work", "at once", "refund"]))
    history.finish()


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
            tables.put_item(**{**base, **wrong})
