"""Event source mappings: polls a queue, hands batches to its function, deletes what was done.

Visibility timeout and dead-lettering are the queue's own (moto's SQS, as the template says).
"""

import base64
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from local.console import note
from local.settings import REGION
from local.stack.aws import Aws
from local.stack.functions import POOL, Functions
from local.stack.runtime import FunctionError
from local.stack.specs import MappingSpec

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

LONG_POLL = 5  # seconds


def sqs_event(messages: "list[MessageTypeDef]", queue_arn: str) -> dict[str, Any]:
    """Build what Lambda hands to a function (AWS: "Using Lambda with Amazon SQS", example event)."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": dict(message.get("Attributes", {})),
                "messageAttributes": {
                    name: _attribute(dict(value)) for name, value in message.get("MessageAttributes", {}).items()
                },
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": REGION,
            }
            for message in messages
        ]
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        found["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        found["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return found


def failed_ids(answer: Any, sent: set[str]) -> set[str]:
    """Return the ids to try again; all of them if the answer is malformed (AWS: "Reporting batch item failures")."""
    if answer is None or answer == {}:
        return set()
    try:
        failures = answer["batchItemFailures"]
        ids = {item["itemIdentifier"] for item in failures or []}
    except (KeyError, TypeError):
        return sent
    return ids if ids <= sent else sent


class Poller:
    """One event source mapping."""

    def __init__(self, spec: MappingSpec, aws: Aws, functions: Functions) -> None:
        self._spec = spec
        self._sqs = aws.sqs
        self._functions = functions
        self._stopping = threading.Event()
        workers = min(spec.concurrency, POOL)
        self._free = threading.Semaphore(workers)
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix=spec.function)
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"poll {spec.queue_arn}")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._free.acquire()
            handed = False
            try:
                if messages := self._receive():
                    self._workers.submit(self._handle, messages)
                    handed = True
            except Exception as error:
                if not self._stopping.is_set():
                    note(f"{self._spec.function}: polling failed, trying again: {error}", warn=True)
                    self._stopping.wait(1)
            finally:
                if not handed:
                    self._free.release()

    def _receive(self) -> "list[MessageTypeDef]":
        messages: list[MessageTypeDef] = []
        until = time.monotonic() + self._spec.window
        while len(messages) < self._spec.batch_size:
            answer = self._sqs.receive_message(
                QueueUrl=self._spec.queue_url,
                MaxNumberOfMessages=self._spec.batch_size - len(messages),
                WaitTimeSeconds=0 if messages else LONG_POLL,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            messages += answer.get("Messages", [])
            if not messages or time.monotonic() >= until:
                break
            self._stopping.wait(0.05)
        return messages

    def _handle(self, messages: "list[MessageTypeDef]") -> None:
        sent = {message["MessageId"] for message in messages}
        started = time.monotonic()
        try:
            answer = self._functions.invoke(self._spec.function, sqs_event(messages, self._spec.queue_arn))
            failed = failed_ids(answer, sent) if self._spec.partial_failures else set()
            done = [message for message in messages if message["MessageId"] not in failed]
            if done:
                self._sqs.delete_message_batch(
                    QueueUrl=self._spec.queue_url,
                    Entries=[
                        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                        for number, message in enumerate(done)
                    ],
                )
            milliseconds = (time.monotonic() - started) * 1000
            again = f", {len(failed)} to try again" if failed else ""
            note(f"{self._spec.function:<24} {len(done)} done{again}, {milliseconds:.0f} ms", warn=bool(failed))
        except FunctionError as error:
            if not self._stopping.is_set():
                note(f"{error} ({len(sent)} to try again)", warn=True)
        except Exception as error:
            if not self._stopping.is_set():
                note(f"{self._spec.function}: {error} ({len(sent)} to try again)", warn=True)
        finally:
            self._free.release()
