"""What needs a person, as home shows it, each with its action: mapping a price on the spot, replaying what waits."""

from typing import NamedTuple

from aws_lambda_powertools.event_handler import Response
from frame.request import Request
from frame.responses import page
from frame.routes import Pages
from keystack.domain.causes import Cause, CauseKind, read_cause
from keystack.domain.plans import Plan
from keystack.management import catalogue, replay
from keystack.management.attention import Failures, Undecided, failed_deliveries, undecided_orders

pages = Pages()
PATH = "/attention"
REMEDIES = {  # what mends a cause: where, and by which words
    CauseKind.PRICE_UNMAPPED: ("Map it", "/settings/stripe/mappings"),
    CauseKind.PRODUCT_UNMAPPED: ("Map it", "/settings/stripe/mappings"),
    CauseKind.QUANTITY_NOT_GRANTED: ("Change its rules", "/settings/stripe/rules"),
    CauseKind.PLAN_MISSING: ("Create the plan", "/settings/plans"),
    CauseKind.STRIPE_KEY_MISSING: ("Connect Stripe", "/settings/stripe"),
    CauseKind.STRIPE_KEY_REFUSED: ("Connect another key", "/settings/stripe"),
    CauseKind.PERMISSION_MISSING: ("Look at the key's permissions", "/settings/stripe"),
}
WORDS = {
    CauseKind.PRICE_UNMAPPED: "{subject} is not mapped to a plan",
    CauseKind.PRODUCT_UNMAPPED: "{subject} is not mapped to a plan",
    CauseKind.QUANTITY_NOT_GRANTED: "the rules of {subject} have no grant for the quantity that was bought",
    CauseKind.PLAN_MISSING: "plan {subject} does not exist",
    CauseKind.STRIPE_KEY_MISSING: "there is no Stripe key for {subject} mode",
    CauseKind.STRIPE_KEY_REFUSED: "Stripe does not accept the stored key",
    CauseKind.PERMISSION_MISSING: "the Stripe key lacks a permission ({subject})",
    CauseKind.NOT_AT_STRIPE: "Stripe has no such object, in this account and mode",
    CauseKind.EMAIL_FAILED: "the e-mail could not be sent",
    CauseKind.GAVE_UP: "all retries failed",
    CauseKind.OTHER: "{subject}",
}
MAPPABLE = (CauseKind.PRICE_UNMAPPED, CauseKind.PRODUCT_UNMAPPED)
PLANS = 100  # of the choice


class Group(NamedTuple):
    """Failed deliveries of one cause, how to mend it, and whether that can be done on the spot."""

    failures: Failures
    words: str
    remedy: tuple[str, str] | None
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
    plans = catalogue.list_plans(request.org, PLANS).items if any(each.mappable for each in groups) else []
    return Attention(groups, list(undecided.items), failed.more or undecided.more, plans)


@pages.get(PATH + "/replay")
def ask_to_replay(request: Request) -> Response[str]:
    """Say what a replay of one cause does, with its button."""
    cause = _cause(request.query.get("cause", ""), request.query.get("reason", ""))
    return _show(request, cause, mapped=bool(request.query.get("mapped")))


@pages.post(PATH + "/replay")
def replay_some(request: Request) -> Response[str]:
    """Replay up to 25 deliveries of one cause. The answer goes on by itself, or by its button."""
    cause = _cause(request.form.get("cause", ""), request.form.get("reason", ""))
    done = replay.replay_cause(request.org, request.mode.livemode, cause, request.form.get("after") or None)
    replayed = _number(request, "replayed") + done.count
    refused = _number(request, "refused") + len(done.refused)
    return page(
        request,
        "replaying.html",
        cause=cause,
        replayed=replayed,
        refused=refused,
        after=done.after,
    )


def _show(request: Request, cause: Cause, mapped: bool) -> Response[str]:
    found = failed_deliveries(request.org, request.mode.livemode)
    group = next((each for each in found.groups if each.cause == cause), None)
    return page(
        request,
        "replay_cause.html",
        cause=cause,
        words=_words(cause),
        group=group,
        more=found.more,
        mapped=mapped,
    )


def _group(failures: Failures) -> Group:
    kind = failures.cause.kind
    return Group(failures, _words(failures.cause), REMEDIES.get(kind), kind in MAPPABLE)


def _words(cause: Cause) -> str:
    """Say what a cause is, without what to do."""
    return WORDS[cause.kind].format(subject=cause.subject)


def _cause(text: str, reason: str) -> Cause:
    return read_cause(text[:1_000], reason[:1_000])


def _number(request: Request, name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0
