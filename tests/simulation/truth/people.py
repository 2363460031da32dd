"""What people decided, and what the organization wants."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Policy:
    """An organization's settings: what freezes a license beyond what always does."""

    freezes_on_partial: bool = False
    freezes_on_paused_collection: bool = False


@dataclass
class Decided:
    """What people decided about one license: holds opened and lifted by them, and whether it is revoked."""

    held: set[str] = field(default_factory=set)
    lifted: set[str] = field(default_factory=set)
    revoked: bool = False
