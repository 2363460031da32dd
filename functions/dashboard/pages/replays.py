"""Settings → Webhooks → Deliveries → Replay: one delivery, or all that failed since one."""

from aws_lambda_powertools.event_handler import Response
from frame import replay_progress
from frame.forms import is_repeated
from frame.parts import part
from frame.rendering import to_html
from frame.replay_progress import Many
from frame.replay_words import say
from frame.request import Request
from frame.responses import html, page, redirect
from frame.routes import Pages
from keystack.management import replay
from keystack.management.deliveries import FoundDelivery, count_failed, show_delivery

from pages.deliveries import PATH, in_its_mode

pages = Pages()
ONE = PATH + "/<event_id>"


@pages.get(ONE + "/replay")
def ask_to_replay(request: Request, event_id: str) -> Response[str]:
    """Say what a replay will do and what it will not, with the button."""
    from keystack.management.foresee import foresee  # it reads events, whose models take long to make: for this page

    found = show_delivery(request.org, event_id)
    request = in_its_mode(request, found)
    said = part("What a replay will do", lambda: say(foresee(request.org, event_id, request.now)))
    if request.by_htmx:
        return html(to_html("delivery_replay_part.html", request, delivery=found, said=said))
    return page(request, "delivery_replay.html", switch_at=PATH, delivery=found, said=said)


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
    """Say how many have failed since this one, or how far their replay is."""
    found = show_delivery(request.org, event_id)
    request = in_its_mode(request, found)

    def count() -> tuple[int, bool]:
        counted = count_failed(request.org, request.mode.livemode, found.received_at)
        return counted.count, counted.more

    return replay_progress.show(request, _all_since(request, found), count)


@pages.post(ONE + "/replay-since")
def replay_since(request: Request, event_id: str) -> Response[str]:
    found = show_delivery(request.org, event_id)
    request = in_its_mode(request, found)
    return replay_progress.go_on(request, _all_since(request, found))


def _all_since(request: Request, found: FoundDelivery) -> Many:
    def replay_few(after: str | None) -> replay.Replayed:
        livemode = request.mode.livemode
        return replay.replay_failed(request.org, found.received_at, after, replay.FEW_AT_ONCE, livemode)

    return Many(
        f"{PATH}/{found.event}/replay-since",
        "deliveries_replay.html",
        f"replay:{request.mode}:{found.received_at}",
        {},
        {"delivery": found, "switch_at": PATH},
        replay_few,
    )
