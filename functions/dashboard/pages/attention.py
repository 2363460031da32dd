"""What needs a person, as home shows it, each with its action: mapping a price on the spot, replaying what waits."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from frame import replay_progress
from frame.causes import MAPPABLE, MENDED_AT, Mend, words_of
from frame.replay_progress import Many
from frame.request import Request
from frame.routes import Pages
from keystack.domain.causes import Cause, CauseKind, read_cause
from keystack.domain.plans import Plan
from keystack.management import catalogue, replay
from keystack.management.attention import Failures, Undecided, failed_deliveries, undecided_orders

pages = Pages()
PATH = "/attention"


class Group(NamedTuple):
    """Failed deliveries of one cause, how to mend it, and whether that can be done on the spot."""

    failures: Failures
    words: str
    mend: Mend | None
    mappable: bool


class Attention(NamedTuple):
    groups: list[Group]
    undecided: list[Undecided]
    more: bool
    plans: list[Plan]

    @property
    def all_clear(self) -> bool:
        return not self.groups and not self.undecided


def load_attention(request: Request) -> Attention:
    """Load what needs a person in the page's mode."""
    failed = failed_deliveries(request.org, request.mode.livemode)
    undecided = undecided_orders(request.org, request.mode.livemode)
    groups = [_group(each) for each in failed.groups]
    plans = catalogue.plans_to_choose_from(request.org) if any(each.mappable for each in groups) else []
    return Attention(groups, list(undecided.items), failed.more or undecided.more, plans)


@pages.get(PATH + "/replay")
def ask_to_replay(request: Request) -> Response[str]:
    """Say what a replay of one cause does, with its button; or how far it is."""
    cause = _cause(request.query)
    found = failed_deliveries(request.org, request.mode.livemode)
    group = next((each for each in found.groups if each.cause == cause), None)
    mapped = cause.subject if request.query.get("mapped") else ""
    many = _all_of(request, cause, {"group": group, "mapped": mapped})
    return replay_progress.show(request, many, lambda: (group.count if group else 0, found.more))


@pages.post(PATH + "/replay")
def replay_some(request: Request) -> Response[str]:
    return replay_progress.go_on(request, _all_of(request, _cause(request.form), {}))


def _all_of(request: Request, cause: Cause, values: Mapping[str, Any]) -> Many:
    kept = {"cause": str(cause), "reason": cause.subject if cause.kind is CauseKind.OTHER else ""}
    return Many(
        PATH + "/replay",
        "replay_cause.html",
        f"replay:{request.mode}:{cause}",
        kept,
        {"words": words_of(cause), "mapped": "", "group": None, **values},
        lambda after: replay.replay_cause(request.org, request.mode.livemode, cause, after),
    )


def _group(failures: Failures) -> Group:
    kind = failures.cause.kind
    return Group(failures, words_of(failures.cause), MENDED_AT.get(kind), kind in MAPPABLE)


def _cause(given: Mapping[str, str]) -> Cause:
    return read_cause(given.get("cause", "")[:1_000], given.get("reason", "")[:1_000])
