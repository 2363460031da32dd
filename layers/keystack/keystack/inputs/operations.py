"""What is sent about licenses and deliveries that are there already."""

from typing import Literal

from pydantic import Field

from keystack.inputs.base import RequestModel, Time


class ValidateRequest(RequestModel):
    key: str = Field(
        min_length=1,
        max_length=100,
        description="As the customer typed it: case, spaces, hyphens and O/0, I/L/1 make no difference.",
        examples=["PRO-7M3K9-2XQ4T-B8WZN-5RHDC-P1VJE"],
    )


class DecisionRequest(RequestModel):
    reason: str = Field("", max_length=500, description="Why; the audit log keeps it.")


class ReplayRequest(RequestModel):
    """What to replay."""

    status: Literal["failed"]
    since: Time = Field(description="Received then or later.")
    cursor: str = Field("", max_length=1_000, description="The `cursor` of the answer before; empty: from the start.")
