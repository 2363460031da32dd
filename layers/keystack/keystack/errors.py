"""What can go wrong, and who must act.

KeystackError
├── RetryLaterError        the other side is busy or down: raise it, SQS tries again
│   └── DeploymentError    AWS refused a call that it takes when all is as deployed: tried again, and a 500 of the API
├── ActionNeededError      a person must act: recorded with its sentence, not retried
├── InvalidInputError      what came in is not what it should be; the sentence says how to mend it
├── NotFoundError          the organization has nothing of that name
└── ConflictError          the state does not allow it (`cannot reactivate a revoked license`)

Every message is a sentence for the vendor: what happened, why, what to do next. None holds a secret,
a whole license key or a payload.
"""


class KeystackError(Exception):
    """Base of all errors that KeyStack raises on purpose."""


class RetryLaterError(KeystackError):
    """Trying the same again later may succeed; `after` seconds, if something is known about when."""

    def __init__(self, message: str, after: int | None = None) -> None:
        super().__init__(message)
        self.after = after


class DeploymentError(RetryLaterError):
    """AWS refused a call: a right, a table, a queue or a key is missing. Nobody's request or purchase is to blame.

    The operator must look at the deployment. What is tried again after that succeeds, so nothing is given up at once.
    """


class ActionNeededError(KeystackError):
    """Trying again is no use before a person has done what the message says."""


class InvalidInputError(KeystackError):
    """A request or a configuration is malformed."""


class ConflictError(KeystackError):
    """The present state does not allow what was asked."""


class NotFoundError(KeystackError):
    """The organization has nothing under that id; whether another has is nobody's business."""
