"""Live and test mode, as Stripe has them. Stripe's ids and keys say which they are of."""

from enum import StrEnum


class Mode(StrEnum):
    LIVE = "live"
    TEST = "test"

    @classmethod
    def of(cls, livemode: bool) -> "Mode":
        """Return the mode that Stripe's flag `livemode` names."""
        return cls.LIVE if livemode else cls.TEST

    @property
    def livemode(self) -> bool:
        return self is Mode.LIVE


def mode_of_stripe_key(key: str) -> Mode:
    """Read the mode of a Stripe API key: `rk_live_…`, `sk_test_…`."""
    return Mode.of("_live_" in key[:8])


def mode_of_session(session: str) -> Mode:
    """Read the mode of a Checkout Session's id: `cs_live_…`, `cs_test_…`."""
    return Mode.of(session.startswith("cs_live_"))
