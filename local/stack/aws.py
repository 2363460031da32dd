"""The AWS services that the stack's data lives in: moto in a process of its own, and clients for it."""

import os
import select
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.settings import CREDENTIALS, REGION, ROOT, StartError, own_address
from local.stack.children import start_child, stop_child

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

START_SECONDS = 30.0


@dataclass(frozen=True)
class Aws:
    """Clients for the services behind one endpoint; boto3 clients may be shared by threads."""

    endpoint: str

    def _client(self, service: str) -> Any:
        return boto3.session.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        ).client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            config=Config(
                retries={"total_max_attempts": 2}, connect_timeout=5, read_timeout=60, max_pool_connections=32
            ),
        )

    @cached_property
    def cloudformation(self) -> Any:
        return self._client("cloudformation")

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        client: SQSClient = self._client("sqs")
        return client

    @cached_property
    def ssm(self) -> "SSMClient":
        client: SSMClient = self._client("ssm")
        return client


def start_moto(host: str, port: int, logs: Path) -> "tuple[subprocess.Popen[bytes], str]":
    """Start moto and return its process and address; StartError if it does not come up."""
    log = logs / "aws.log"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = start_child(["-m", "local.stack.moto_server", host, str(port), str(logs / "calls.jsonl")], env, log)
    assert child.stdout is not None  # noqa: S101 - start_child made a pipe
    ready, _, _ = select.select([child.stdout], [], [], START_SECONDS)
    line = child.stdout.readline() if ready else b""
    if not line:
        stop_child(child)
        raise StartError(f"The AWS stand-in (moto) did not start: see {log}.")
    return child, f"http://{own_address(host)}:{int(line)}"
