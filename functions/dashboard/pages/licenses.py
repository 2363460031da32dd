"""Licenses: the list with its filters, and its files."""

from typing import NamedTuple

from aws_lambda_powertools.event_handler import Response
from frame.parts import Missing, part
from frame.request import Request
from frame.responses import file, page
from frame.routes import Pages
from keystack.domain.status import Status, expires_at, license_status
from keystack.management import catalogue
from keystack.management.export import export_licenses
from keystack.management.lists import Filter, list_licenses
from keystack.storage.licenses.licenses import FoundLicense
from keystack.web.cursors import after_cursor, cursor_after

pages = Pages()
PATH = "/licenses"
ROWS = 50
STATUSES = [("", "any"), *((each, str(each)) for each in reversed(Status))]


class Row(NamedTuple):
    """A license as a line of a list."""

    found: FoundLicense
    status: Status
    expires_at: int | None


class Asked(NamedTuple):
    """What the list's address asks for."""

    wanted: Filter
    listing: str
    filtered: bool


class Found(NamedTuple):
    rows: list[Row]
    cursor: str | None
    searched: int | None


@pages.get(PATH)
def list_all(request: Request) -> Response[str]:
    asked = _asked(request)
    return page(
        request,
        "licenses.html",
        found=part("The list of licenses", lambda: _load(request, asked)),
        filtered=asked.filtered,
        statuses=STATUSES,
        plans=_plans(request),
    )


@pages.get(PATH + ".csv")
def download(request: Request) -> Response[str]:
    """Answer with a file of what the list shows, and where the next one is."""
    asked = _asked(request)
    after = after_cursor(request.org, asked.listing, request.query.get("cursor", ""))
    made = export_licenses(request.org, asked.wanted, after, request.now, request.remaining_millis)
    name = f"licenses-{request.org}-{request.mode}"
    return file(request, made, name, cursor_after(request.org, asked.listing, made.after))


def rows_of(found: list[FoundLicense], now: int) -> list[Row]:
    """Make lines of licenses, with what follows from their facts now."""
    return [
        Row(
            each,
            license_status(each.order, each.license, now),
            expires_at(each.order, each.license),
        )
        for each in found
    ]


def _asked(request: Request) -> Asked:
    given = {name: request.query.get(name, "").strip()[:320] for name in ("status", "plan", "email")}
    status = Status(given["status"]) if given["status"] in set(Status) else None
    wanted = Filter(status, given["email"], given["plan"], request.mode.livemode)
    listing = "\n".join(("licenses", request.mode, status or "", given["plan"], given["email"]))
    return Asked(wanted, listing, any(given.values()))


def _load(request: Request, asked: Asked) -> Found:
    after = after_cursor(request.org, asked.listing, request.query.get("cursor", ""))
    found = list_licenses(request.org, asked.wanted, ROWS, after, request.now)
    cursor = cursor_after(request.org, asked.listing, found.after)
    return Found(rows_of(found.items, request.now), cursor, found.searched_until)


def _plans(request: Request) -> list[tuple[str, str]]:
    """Name the plans for the filter; one that is asked for and gone is among them."""
    found = part("The plans", lambda: catalogue.plans_to_choose_from(request.org))
    named = [] if isinstance(found, Missing) else [(plan.code, plan.name) for plan in found]
    asked = request.query.get("plan", "")
    gone = [(asked, asked)] if asked and asked not in dict(named) else []
    return [("", "any"), *named, *gone]
