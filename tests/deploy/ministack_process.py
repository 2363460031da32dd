"""Runs ministack, in its own environment: `python -m tests.deploy.ministack_process`. Ends when its parent ends.

Two things are mended, so that template.yaml can be deployed unchanged; AWS does both:
alarms on metric math are taken (and never fire here), and a number that came through a parameter is a number.
"""

import sys
from typing import Any

import ministack.app
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from local.children import end_with_parent

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


if __name__ == "__main__":
    end_with_parent(sys.stdin.buffer)
    accept_metric_math()
    accept_concurrency_from_a_parameter()
    ministack.app.main()
