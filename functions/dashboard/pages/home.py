"""Home: what needs a person, and how the last 30 days were; for a new organization, its first steps."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response
from frame.charts import HEIGHT, WIDTH, Chart, bar_chart
from frame.mapping_form import KEYS
from frame.parts import part
from frame.rendering import to_html
from frame.request import Request
from frame.responses import html, page, redirect
from frame.routes import Pages
from frame.waiting import may_ask, waiting_since
from keystack.management.first_steps import load_first_steps
from keystack.management.numbers import LastDays, last_days

from pages.attention import load_attention

pages = Pages()


@pages.get("")
def show_home(request: Request) -> Response[str]:
    steps = part("How far you are", lambda: load_first_steps(request.org, request.visitor.connections, request.now))
    return page(
        request,
        "home.html",
        steps=steps,
        waits_since=request.now,
        asks_again=True,
        attention=part("What needs you", lambda: load_attention(request)),
        keys=KEYS[:2],
        charts=part("The last 30 days", lambda: _charts(request)),
        width=WIDTH,
        height=HEIGHT,
    )


@pages.get("/first-steps")
def show_first_steps(request: Request) -> Response[str]:
    """Answer how far a new organization is by now, to the page that waits for it."""
    if not request.by_htmx:
        return redirect(request, request.url())
    steps = load_first_steps(request.org, request.visitor.connections, request.now)
    since = waiting_since(request, "since")
    asks_again = not steps.license and may_ask(request, since)
    return html(to_html("first_steps.html", request, steps=steps, waits_since=since, asks_again=asks_again))


def _charts(request: Request) -> tuple[list[Chart], int | None]:
    """Draw the last 30 days, and say up to when they are counted."""
    found: LastDays = last_days(request.org, request.mode, datetime.fromtimestamp(request.now, UTC).date())
    charts = []
    for title, name in (("Issued", "issued"), ("Frozen", "frozen"), ("Expired", "expired")):
        numbers = [int(getattr(day.numbers, name)) for day in found.days]
        labels = [f"{day.date.day} {day.date:%B}: {number}" for day, number in zip(found.days, numbers, strict=True)]
        charts.append(bar_chart(title, numbers, labels))
    return charts, found.counted_until
