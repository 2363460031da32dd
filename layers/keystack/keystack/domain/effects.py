"""The effects of an order: what is done outside once its licenses are minted, and what became of each."""

from dataclasses import dataclass
from enum import StrEnum


class EffectState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


EMAIL, METADATA = "email", "metadata"  # the effects' names


@dataclass(frozen=True)
class Effect:
    """What became of one effect, why if it is not done, and when (Unix seconds)."""

    state: EffectState = EffectState.PENDING
    reason: str = ""
    at: int | None = None

    @property
    def summary(self) -> str:
        """Return what a delivery's step shows: `done`, `skipped: guest checkout …`."""
        return f"{self.state}: {self.reason}" if self.reason else str(self.state)


def pending_effects() -> dict[str, Effect]:
    """Return all effects that an order with new licenses has, none of them done yet."""
    return {name: Effect() for name in (EMAIL, METADATA)}
