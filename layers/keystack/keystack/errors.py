"""What can go wrong, and who must act.

KeystackError
├── RetryLaterError              the other side is busy or down: raise it, SQS tries again
│   └── DeploymentError          AWS refused a call that it takes when all is as deployed: retried; a 500 of the API
├── ActionNeededError            a person must act: recorded with its sentence, not retried
│   ├── GoneError                Stripe has no such object, or not in this account and mode
│   ├── KeyRefusedError          Stripe does not accept the API key
│   ├── PermissionMissingError   the restricted key may not make this call
│   └── UnreadableError          an object of Stripe's is not as Stripe documents it
├── InvalidInputError            what came in is not what it should be; the sentence says how to correct it
│   ├── InvalidFieldsError       some fields are not; each has a sentence of its own
│   └── MessageTooLargeError     SQS takes no message of this size
├── NotFoundError                the organization has nothing of that name
├── ConflictError                the state does not allow it (`cannot reactivate a revoked license`)
│   └── ChangedError             somebody else changed it after the person had seen it
├── SignInRefusedError           somebody is not let in to the dashboard
└── ConditionFailedError         a condition of our own did not hold: another writer was first

An error says what happened and, if a person can do something about it, the remedy. What to do then depends on the
door: the worker and the API add that (", then replay this delivery", ", then repeat the request"). None holds a secret,
a whole license key or a payload.
"""

from collections.abc import Mapping


class KeystackError(Exception):
    """Base of all errors that KeyStack raises on purpose.

    `what`: what happened, a sentence without a full stop. `remedy`: what a person must do before the same can succeed
    ("map it"); empty if there is nothing, or if the same cannot succeed at all.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return sentence(self.what, self.remedy)


def sentence(what: str, remedy: str, ending: str = "") -> str:
    """Join what happened and its remedy; `ending`, what to do after the remedy, has no place without one."""
    return f"{what}: {remedy}{ending}" if remedy else what


class RetryLaterError(KeystackError):
    """Trying the same again later may succeed; `after` seconds, if something is known about when."""

    def __init__(self, what: str, after: int | None = None, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.after = after


class DeploymentError(RetryLaterError):
    """AWS refused a call: a right, a table, a queue or a key is missing. No request and no purchase is to blame.

    The operator must look at the deployment. What is tried again after that succeeds, so nothing is given up at once.
    """


class ActionNeededError(KeystackError):
    """Trying again is no use before a person has done what the error says.

    `cause`: a `domain.causes.Cause` in writing, by which what failed alike is found; empty for what has none.
    """

    def __init__(self, what: str, remedy: str = "", cause: str = "") -> None:
        super().__init__(what, remedy)
        self.cause = cause


class InvalidInputError(KeystackError):
    """A request or a configuration is malformed."""


class InvalidFieldsError(InvalidInputError):
    """Fields are malformed. `fields` says of each, by its name (`grants.0.plan`), what belongs there."""

    def __init__(self, fields: Mapping[str, str], what: str = "") -> None:
        super().__init__(what or "; ".join(f"{name} {wanted}" for name, wanted in fields.items()))
        self.fields = fields


class ConflictError(KeystackError):
    """The present state does not allow what was requested."""


class ChangedError(ConflictError):
    """Somebody else changed it since it was shown to the person who changes it now. Nothing was written."""


class NotFoundError(KeystackError):
    """The organization has nothing under that id. The error does not tell whether another organization has."""
