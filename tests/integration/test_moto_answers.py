"""The local stack's shortcut in moto changes how long an answer takes, and no answer."""

from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.serialize import BaseJSONSerializer

from local.stack import moto_answers

VALUES: dict[str, Any] = {
    "S": {"S": "text"},
    "empty": {"S": ""},
    "N": {"N": "1.50"},
    "B": {"B": b"\x00\xff"},
    "BOOL": {"BOOL": False},
    "NULL": {"NULL": True},
    "SS": {"SS": ["a"]},
    "NS": {"NS": ["1"]},
    "BS": {"BS": [b"a"]},
    "L": {"L": [{"S": "a"}, {"L": []}, {"M": {"deep": {"N": "2"}}}]},
    "M": {"M": {"inside": {"BOOL": True}, "none": {"M": {}}, "raw": {"B": b"b"}}},
}


def answers() -> list[Any]:
    """Put an item of every type, and read it in every way."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        key = {"pk": {"S": "1"}}
        client.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.put_item(TableName="t", Item={**key, **VALUES})
        asked = {":pk": {"S": "1"}}
        found = [
            client.get_item(TableName="t", Key=key)["Item"],
            client.batch_get_item(RequestItems={"t": {"Keys": [key]}})["Responses"]["t"],
            client.query(TableName="t", KeyConditionExpression="pk = :pk", ExpressionAttributeValues=asked)["Items"],
            client.scan(TableName="t")["Items"],
        ]
        client.delete_table(TableName="t")  # moto may be another test's already
        return found


def test_every_type_comes_back_as_moto_alone_answers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    moto_answers.make_answers_quick()
    quick = answers()
    monkeypatch.setattr(BaseJSONSerializer, "_serialize_type_structure", moto_answers._original)
    assert quick == answers()
    assert quick[0] == {"pk": {"S": "1"}, **VALUES}
