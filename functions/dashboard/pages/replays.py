"""Settings → Webhooks → Deliveries → Replay: one delivery, or all that failed since one."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from frame.forms import is_repeated
from frame.parts import part
from frame.rendering import to_html
from frame.replay_words import say
from frame.request import Request
from frame.responses import html, page, redirect
from frame.routes import Pages
from frame.sentences import as_sentence
from keystack.errors import RetryLaterError
from keystack.management import replay
from keystack.management.deliveries import FoundDelivery, count_failed, show_delivery
from keystack.web.cursors import after_cursor, cursor_after

from pages.deliveries import PATH

pages = Pages()
ONE = PATH + "/<event_id>"
MOST = 1_000_000  # of what an address counts


class Progress(NamedTuple):
    """How far a replay of many is. `cursor`: where it goes on; empty at its beginning, None when it is done."""

    replayed: int
    refused: int
    total: int
    cursor: str | None
    started: bool


@pages.get(ONE + "/replay")
def ask_to_replay(request: Request, event_id: str) -> Response[str]:
    """Say what a replay will do and what it will not, with the button."""
    from keystack.management.foresee import foresee  # it reads events, whose models take long to make: for this page

    found = show_delivery(request.org, event_id)
    said = part("What a replay will do", lambda: say(foresee(request.org, event_id, request.now)))
    if request.by_htmx:
        return html(to_html("delivery_replay_part.html", request, delivery=found, said=said))
    return page(request, "delivery_replay.html", delivery=found, said=said)


@pages.post(ONE + "/replay")
def replay_one(request: Request, event_id: str) -> Response[str]:
    """Replay it and lead to its page, which waits for the outcome."""
    found = show_delivery(request.org, event_id)
    address = PATH + f"/{found.event}"
    if is_repeated(request):
        return redirect(request, request.url(address, done="sent"))
    replay.replay(request.org, event_id)
    return redirect(request, request.url(address, before=found.attempts, at=request.now))


@pages.get(ONE + "/replay-since")
def ask_to_replay_since(request: Request, event_id: str) -> Response[str]:
    """Say what is going to be replayed, or how far that is; a button goes on."""
    found = show_delivery(request.org, event_id)
    progress = _progress(request.query)
    more = False
    if not progress.started:
        counted = count_failed(request.org, request.mode.livemode, found.received_at)
        progress, more = progress._replace(total=counted.count), counted.more
    return page(request, "deliveries_replay.html", **_shown(found, progress, more=more))


@pages.post(ONE + "/replay-since")
def replay_since(request: Request, event_id: str) -> Response[str]:
    """Replay a few, and say how far it is. With a script the part that is shown sends the next form by itself."""
    found = show_delivery(request.org, event_id)
    progress = _progress(request.form)
    try:
        if not is_repeated(request):
            progress = _replay_few(request, found, progress)
    except RetryLaterError as error:
        shown = _shown(found, progress._replace(started=True), error=as_sentence(error))
        if request.by_htmx:
            return html(to_html("deliveries_replay_part.html", request, **shown), 503)
        return page(request, "deliveries_replay.html", 503, **shown)
    if not request.by_htmx:
        return redirect(request, _address(request, found, progress))
    return html(to_html("deliveries_replay_part.html", request, **_shown(found, progress, goes_on=True)))


def _shown(
    found: FoundDelivery, progress: Progress, more: bool = False, goes_on: bool = False, error: str = ""
) -> dict[str, Any]:
    """`more`: there are more than were counted; `goes_on`: the form is to send itself."""
    return {
        "delivery": found,
        "progress": progress,
        "more": more,
        "goes_on": goes_on,
        "error": error,
        "at_once": replay.FEW_AT_ONCE,
    }


def _replay_few(request: Request, found: FoundDelivery, progress: Progress) -> Progress:
    org, mode = request.org, request.mode
    listing = f"replay:{mode}:{found.received_at}"
    after = after_cursor(org, listing, progress.cursor or "")
    done = replay.replay_failed(org, found.received_at, after, replay.FEW_AT_ONCE, mode.livemode)
    return progress._replace(
        replayed=progress.replayed + done.count,
        refused=progress.refused + len(done.refused),
        cursor=cursor_after(org, listing, done.after),
        started=True,
    )


def _address(request: Request, found: FoundDelivery, progress: Progress) -> str:
    kept = progress._asdict() | {"started": 1, "done": None if progress.cursor else 1, "mode": request.mode}
    return request.url(f"{PATH}/{found.event}/replay-since", **kept)


def _progress(given: Mapping[str, str]) -> Progress:
    """Read how far it is from an address or a form; what is forged there is only shown."""
    replayed, refused, total = (_number(given.get(name, "")) for name in ("replayed", "refused", "total"))
    cursor = None if given.get("done") else given.get("cursor", "")
    return Progress(replayed, refused, total, cursor, bool(given.get("started")))


def _number(text: str) -> int:
    return min(int(text[:9]), MOST) if text.isascii() and text.isdecimal() else 0
