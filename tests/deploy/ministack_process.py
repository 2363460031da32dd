"""Runs ministack, in its own environment: `python -m tests.deploy.ministack_process`. Ends when its parent ends.

Three things are mended where AWS does otherwise, so that template.yaml can be deployed unchanged:
alarms on metric math are taken (and never fire here), a number that came through a parameter is a number, and a right
to send messages is one to send them in batches.
"""

import sys
from typing import Any

import ministack.app
from ministack.core import iam_actions
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from local.stack.children import end_with_parent

MATH = {"MetricName": "metric math, which ministack does not know", "Namespace": "ministack"}


def accept_metric_math() -> None:
    """Let alarms with `Metrics` be created; everything else about them is kept as it is."""
    record = provisioners._cw_metric_alarm_record

    def accepting(name: str, properties: dict[str, Any]) -> Any:
        if not properties.get("Metrics"):
            return record(name, properties)
        others = {key: value for key, value in properties.items() if key != "Metrics"}
        return record(name, {**others, **MATH})

    provisioners._cw_metric_alarm_record = accepting


def accept_concurrency_from_a_parameter() -> None:
    """Let `MaximumConcurrency: !Ref` a parameter be counted with: CloudFormation's parameters are strings."""
    concurrency = lambda_svc._sqs_esm_concurrency

    def counting(mapping: dict[str, Any], *others: Any) -> Any:
        scaling = {key: int(value) for key, value in (mapping.get("ScalingConfig") or {}).items()}
        return concurrency({**mapping, "ScalingConfig": scaling}, *others)

    lambda_svc._sqs_esm_concurrency = counting


def accept_batches_of_messages() -> None:
    """Ask for `sqs:SendMessage` when a batch is sent: IAM knows no `sqs:SendMessageBatch` (AWS: "AddPermission")."""
    action_of = iam_actions.extract_iam_action

    def asking(*request: Any) -> str | None:
        action: str | None = action_of(*request)
        return action.removesuffix("Batch") if action and action.startswith("sqs:") else action

    iam_actions.extract_iam_action = asking


if __name__ == "__main__":
    end_with_parent(sys.stdin.buffer)
    accept_metric_math()
    accept_concurrency_from_a_parameter()
    accept_batches_of_messages()
    ministack.app.main()
