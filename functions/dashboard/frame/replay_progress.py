"""Replays of many deliveries, a few a request: how far one is stands in the page's address, or in the form's fields."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from keystack.errors import RetryLaterError
from keystack.management.replay import FEW_AT_ONCE, Replayed
from keystack.web.cursors import after_cursor, cursor_after

from frame.forms import is_repeated
from frame.rendering import to_html
from frame.request import Request
from frame.responses import html, page, redirect
from frame.sentences import as_sentence

MOST = 1_000_000  # of what an address counts


class Progress(NamedTuple):
    """How far a replay of many is. `cursor`: where it goes on; empty at its beginning, None when it is done."""

    replayed: int
    refused: int
    total: int
    cursor: str | None
    started: bool


class Many(NamedTuple):
    """What is replayed: by `replay`, from a mark on. `listing` names it for cursors.

    `template` is the page around the part that shows the progress, `path` its address; `kept` names what address and
    form must keep, `values` what the template shows.
    """

    path: str
    template: str
    listing: str
    kept: Mapping[str, str]
    values: Mapping[str, Any]
    replay: Callable[[str | None], Replayed]


def show(request: Request, many: Many, count: Callable[[], tuple[int, bool]]) -> Response[str]:
    """Say what is going to be replayed, or how far that is. `count`: how many there are, and whether even more."""
    progress = read_progress(request.query)
    more = False
    if not progress.started:
        total, more = count()
        progress = progress._replace(total=total)
    return page(request, many.template, **_shown(many, progress, more=more))


def go_on(request: Request, many: Many) -> Response[str]:
    """Replay a few, and say how far it is. With a script the part that is shown sends the next form by itself."""
    progress = read_progress(request.form)
    try:
        if not is_repeated(request):
            progress = _replay_few(request, many, progress)
    except RetryLaterError as error:
        shown = _shown(many, progress._replace(started=True), error=as_sentence(error))
        if request.by_htmx:
            return html(to_html("replay_part.html", request, **shown), 503)
        return page(request, many.template, 503, **shown)
    if not request.by_htmx:
        return redirect(request, _address(request, many, progress))
    return html(to_html("replay_part.html", request, **_shown(many, progress, goes_on=True)))


def read_progress(given: Mapping[str, str]) -> Progress:
    """Read how far it is from an address or a form; what is forged there is only shown."""
    replayed, refused, total = (_number(given.get(name, "")) for name in ("replayed", "refused", "total"))
    cursor = None if given.get("done") else given.get("cursor", "")
    return Progress(replayed, refused, total, cursor, bool(given.get("started")))


def _replay_few(request: Request, many: Many, progress: Progress) -> Progress:
    done = many.replay(after_cursor(request.org, many.listing, progress.cursor or ""))
    return progress._replace(
        replayed=progress.replayed + done.count,
        refused=progress.refused + len(done.refused),
        cursor=cursor_after(request.org, many.listing, done.after),
        started=True,
    )


def _shown(
    many: Many, progress: Progress, more: bool = False, goes_on: bool = False, error: str = ""
) -> dict[str, Any]:
    """`more`: there are more than were counted; `goes_on`: the form is to send itself."""
    return {
        **many.values,
        "path": many.path,
        "kept": many.kept,
        "progress": progress,
        "more": more,
        "goes_on": goes_on,
        "error": error,
        "at_once": FEW_AT_ONCE,
    }


def _address(request: Request, many: Many, progress: Progress) -> str:
    done = None if progress.cursor else 1
    kept = {**many.kept, **progress._asdict(), "started": 1, "done": done, "mode": request.mode}
    return request.url(many.path, **kept)


def _number(text: str) -> int:
    return min(int(text[:9]), MOST) if text.isascii() and text.isdecimal() else 0
