"""What Stripe's API refuses. Imports nothing of Stripe's library, which takes long."""

from keystack.domain.causes import Cause, CauseKind
from keystack.errors import ActionNeededError


class GoneError(ActionNeededError):
    """Stripe answers 404: there is no such object, or not in this account and mode."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy, str(Cause(CauseKind.NOT_AT_STRIPE)))


class KeyRefusedError(ActionNeededError):
    """Stripe answers 401: it does not know the API key, or no longer."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy, str(Cause(CauseKind.STRIPE_KEY_REFUSED)))


class PermissionMissingError(ActionNeededError):
    """Stripe answers 403: the key may not do this. `stripe_name` is Stripe's own name of the permission, or empty."""

    def __init__(self, what: str, remedy: str, stripe_name: str) -> None:
        super().__init__(what, remedy, str(Cause(CauseKind.PERMISSION_MISSING, stripe_name)))
        self.stripe_name = stripe_name
