"""The lease on an order: of all handlers that meet, one works on its licenses and effects."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lease:
    """Who works on an order, and until when (Unix seconds) nobody else may."""

    holder: str = ""
    until: int = 0

    def is_taken(self, by_other_than: str, now: int) -> bool:
        """Tell whether another handler than this one has the order now."""
        return self.holder not in ("", by_other_than) and self.until > now
