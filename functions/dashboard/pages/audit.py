"""The audit log: what happened, who did it, and what it was before."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from aws_lambda_powertools.event_handler import Response
from frame.parts import Missing, part
from frame.request import Request
from frame.responses import file, page
from frame.routes import Pages
from frame.subjects import address_of
from frame.times import DAY, write_day
from keystack.domain.audit import Action
from keystack.domain.audit_changes import FieldChange, changes_of
from keystack.domain.audit_words import KINDS, words_of_action
from keystack.errors import InvalidFieldsError
from keystack.management.audit import AuditFilter, Period, StoredEntry, list_audit, searched_until
from keystack.management.export import export_entries
from keystack.web.cursors import after_cursor, cursor_after

pages = Pages()
PATH = "/audit"
ROWS = 50
DAYS = 365  # that are looked at when no beginning is given
CONFIGURATION = ("plan", "mapping", "api_key", "settings")  # kinds of subjects whose entries say before and after
ABOUT = ("by", "license", "livemode")  # of an entry's detail: shown elsewhere in its row
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Row(NamedTuple):
    entry: StoredEntry
    address: str | None
    event: str  # the Stripe event that brought it; empty for a person
    changes: list[FieldChange]
    detail: Mapping[str, object]


class Asked(NamedTuple):
    """What the page's address asks for."""

    wanted: AuditFilter
    period: Period
    listing: str


class Found(NamedTuple):
    """A page of the log; `searched`: until when, if the page is short and there is more."""

    rows: list[Row]
    cursor: str | None = None
    searched: int | None = None


@pages.get(PATH)
def show_audit(request: Request) -> Response[str]:
    try:
        asked = _asked(request)
    except InvalidFieldsError as error:
        return _show(request, Found([]), error.fields)
    return _show(request, part("The audit log", lambda: _load(request, asked)), {})


def _show(request: Request, found: Found | Missing, errors: Mapping[str, str]) -> Response[str]:
    filtered = any(request.query.get(name) for name in ("subject", "action", "who", "since", "until"))
    return page(
        request,
        "audit.html",
        422 if errors else 200,
        found=found,
        filtered=filtered,
        named_actions=_named_actions(),
        errors=errors,
        days=DAYS,
    )


@pages.get(PATH + ".csv")
def download_audit(request: Request) -> Response[str]:
    """Answer with a file of entries, and where the next one is."""
    asked = _asked(request)
    made = export_entries(
        lambda limit, after: list_audit(request.org, asked.period, asked.wanted, limit, after),
        after_cursor(request.org, asked.listing, request.query.get("cursor", "")),
        request.remaining_millis,
    )
    following = cursor_after(request.org, asked.listing, made.after)
    return file(request, made, f"audit-{request.org}", following)


def _named_actions() -> list[tuple[str, str]]:
    """Name what the filter offers: each kind of action, and under it each action."""
    named: list[tuple[str, str]] = []
    for kind, name in KINDS.items():
        named.append((f"{kind}.", name))
        named += [(action, f"– {words_of_action(action)}") for action in Action if action.startswith(f"{kind}.")]
    return named


def _load(request: Request, asked: Asked) -> Found:
    after = after_cursor(request.org, asked.listing, request.query.get("cursor", ""))
    loaded = list_audit(request.org, asked.period, asked.wanted, ROWS, after)
    short = loaded.after is not None and len(loaded.items) < ROWS
    return Found(
        [_row(request, entry) for entry in loaded.items],
        cursor_after(request.org, asked.listing, loaded.after),
        searched_until(str(loaded.after)) if short else None,
    )


def _asked(request: Request) -> Asked:
    """Read the filters. Raises InvalidFieldsError for what is no day."""
    subject, action, who = (request.query.get(name, "").strip() for name in ("subject", "action", "who"))
    since, until = _day(request, "since"), _day(request, "until")
    low = since or request.now - DAYS * DAY
    high = until + DAY if until else request.now + DAY
    wanted = AuditFilter(subject, action=action, source=who, livemode=request.mode.livemode)
    listing = "\n".join(("audit", subject, action, who, str(since), str(until), request.mode))
    return Asked(wanted, Period(low, high), listing)


def _day(request: Request, name: str) -> int | None:
    text = request.query.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text if _DATE.fullmatch(text) else "")
        if not 2000 <= day.year < 9000:
            raise ValueError
    except ValueError:
        today = datetime.fromtimestamp(request.now, UTC).date() - timedelta(days=30)
        raise InvalidFieldsError({name: f"write a day like {today.isoformat()}, which is {_written(today)}"}) from None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _written(day: date) -> str:
    return write_day(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()))


def _row(request: Request, entry: StoredEntry) -> Row:
    configured = entry.subject.partition(":")[0] in CONFIGURATION and ":" in entry.subject
    changes = changes_of(entry.action, entry.detail) if configured else []
    rest = {} if configured else {name: value for name, value in entry.detail.items() if name not in ABOUT}
    event = entry.source if entry.source.startswith("evt_") else ""
    return Row(entry, address_of(request, entry.subject), event, changes, rest)
