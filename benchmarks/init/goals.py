"""What the functions' imports may cost, in imports of boto3 with one client, and who keeps to it."""

GOALS = {
    "verifier": 0.45,
    "authorizer": 0.9,
    "api": 1.8,
    "dashboard": 1.9,
    "issuer": 1.5,
    "freezer": 1.3,
    "expirer": 1.3,
}
TOLERANCE = 0.1  # of the goal; what is above it fails


def limit_of(goal: float) -> float:
    """Return the largest ratio that passes."""
    return round(goal * (1 + TOLERANCE), 6)  # or 1.3 would allow 1.4300000000000002


def passes(ratio: float, goal: float) -> bool:
    """Whether a ratio is at most the goal and its tolerance."""
    return ratio <= limit_of(goal)


def verdict(ratio: float, goal: float | None) -> str:
    """Say how a ratio stands to its goal."""
    if goal is None:
        return ""
    if ratio <= goal:
        return "met"
    return f"within {TOLERANCE:.0%}" if passes(ratio, goal) else "MISSED"
