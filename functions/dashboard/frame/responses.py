"""Responses: pages, parts of pages, redirections, files. All headers that protect a page are set here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from keystack.management.csv_files import CsvFile

from frame.rendering import to_html
from frame.request import Request

HTML = "text/html; charset=utf-8"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Of the mail preview alone: a mail is styled inline, and its logo is the vendor's.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https:; sandbox; frame-ancestors 'self'"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "Vary": "Accept-Encoding, Cookie, HX-Request",
    "X-Content-Type-Options": "nosniff",
}


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response[str]:
    """Render a whole page."""
    return html(to_html(template, request, **values), status)


def html(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[str]:
    return Response(status, HTML, text, {**HEADERS, **(headers or {})})


def problem_page(request: Request, status: int, title: str, detail: str) -> Response[str]:
    """Say what went wrong and what to do, in place of the page that was wanted."""
    return page(request, "problem.html", status, title=title, detail=detail)


def redirect(request: Request, to: str, cookies: Mapping[str, str] | None = None) -> Response[str]:
    """Lead to another page, also when htmx asked for a part. `cookies`: to set, or with an empty value to end."""
    headers = {**HEADERS, ("HX-Redirect" if request.by_htmx else "Location"): to}
    set_cookies = [_cookie(name, value) for name, value in (cookies or {}).items()]
    return Response(200 if request.by_htmx else 303, HTML, "", headers, set_cookies)


def file(request: Request, made: CsvFile, name: str, cursor: str | None) -> Response[str]:
    """Answer with a CSV file, whose last row and header `Link` name the next one, if there is one.

    Source: RFC 8288, "Web Linking". `name`: ASCII, what the browser stores the file as, without day and number.
    """
    given = request.query.get("file", "")
    number = int(given) if given.isdecimal() and len(given) < 6 else 1
    day = datetime.fromtimestamp(request.now, UTC).date()
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}-{day}-{number}.csv"'}
    text = made.text
    if cursor:
        following = request.here(cursor=cursor, file=number + 1)
        headers["Link"] = f'<{following}>; rel="next"'
        host = request.headers.get("host", "")
        text += f"There is more: the next file is {request.scheme}://{host}{following}\r\n"
    return Response(200, "text/csv; charset=utf-8", text, headers)


def _cookie(name: str, value: str) -> Cookie:
    """Make a cookie that goes when the browser is closed. Source: RFC 6265bis, "The __Host- Prefix"."""
    return Cookie(
        name,
        value,
        path="/",
        secure=True,
        http_only=True,
        same_site=SameSite.LAX_MODE,
        max_age=None if value else 0,
    )
