"""The names of the queues between the verifier, or the API, and the workers."""

from enum import StrEnum


class Queue(StrEnum):
    """Each queue has one worker: the issuer, the freezer, the expirer."""

    ISSUE = "issue"
    FREEZE = "freeze"
    EXPIRE = "expire"
