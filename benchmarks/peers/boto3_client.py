"""The yardstick, 1.00: boto3 as Lambda's runtime has it, and one client."""

from typing import Any

import boto3

sqs = boto3.client("sqs")


def handler(event: dict[str, Any], context: object) -> None:
    """Take an event; only the import counts here."""
