"""Runs ministack, in its own environment: `python -m tests.deploy.ministack_process`. Ends when its parent ends.

One thing is mended. Its CloudFormation refuses alarms on metric math, and with them the stack; here they are kept as
alarms that never fire, so that template.yaml can be deployed unchanged.
"""

import sys
from typing import Any

import ministack.app
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


if __name__ == "__main__":
    end_with_parent(sys.stdin.buffer)
    accept_metric_math()
    ministack.app.main()
