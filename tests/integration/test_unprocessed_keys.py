"""DynamoDB may leave a part of a batch or query unread: it is asked again, and never taken for not being there."""

from collections.abc import Mapping
from typing import Any

import pytest
from keystack.errors import RetryLaterError
from keystack.storage import dynamodb
from keystack.storage.attributes import to_item

from integration.aws import Cloud
from integration.aws_calls import hooked

TABLE = "MappingsTable"


@pytest.fixture
def one_at_a_time(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read one key of each batch (Amazon DynamoDB API Reference, "BatchGetItem": UnprocessedKeys)."""
    call = dynamodb.client().call

    def read_one(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if operation != "BatchGetItem":
            return call(operation, request)
        [(table, asked)] = request["RequestItems"].items()
        answer = call(operation, {"RequestItems": {table: {**asked, "Keys": asked["Keys"][:1]}}})
        left = asked["Keys"][1:]
        return {**answer, "UnprocessedKeys": {table: {**asked, "Keys": left}} if left else {}}

    monkeypatch.setattr(dynamodb.client(), "call", read_one)
    monkeypatch.setattr("time.sleep", lambda _: None)


def written(count: int) -> list[dynamodb.Key]:
    names = [f"PLAN#{number}" for number in range(count)]
    for name in names:
        dynamodb.write([dynamodb.put(TABLE, {"pk": "acme", "sk": name}, "")])
    return [(TABLE, "acme", name) for name in names]


@pytest.mark.usefixtures("one_at_a_time")
def test_what_was_left_unread_is_asked_for_again() -> None:
    keys = written(3)
    assert set(dynamodb.get_items(keys)) == set(keys)


@pytest.mark.usefixtures("one_at_a_time")
def test_what_stays_unread_is_an_error_and_not_a_missing_item() -> None:
    with pytest.raises(RetryLaterError, match="throttling reads"):
        dynamodb.get_items(written(9))


def test_a_query_is_read_to_its_last_page(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, call, asked = written(3), dynamodb.client().call, []

    def answer_one(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        asked.append(operation)
        return call(operation, {**request, "Limit": 1})

    monkeypatch.setattr(dynamodb.client(), "call", answer_one)
    values = to_item({":pk": "acme"})
    found = dynamodb.query(TableName=TABLE, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=values)
    assert [item["sk"] for item in found] == [sk for _, _, sk in keys]
    assert len(asked) >= 3


@pytest.mark.usefixtures("aws")
def test_what_was_written_just_now_is_read() -> None:
    asked: list[Any] = []
    with hooked(dynamodb.client(), "BatchGetItem", before=lambda _, request: asked.append(request["RequestItems"])):
        dynamodb.get_items(written(2))
    assert [each[TABLE]["ConsistentRead"] for each in asked] == [True]
