"""Responses: pages, parts of pages, redirections, files. All headers that protect a page are set here."""

import functools
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from frame.rendering import to_html
from frame.request import COOKIE, Request

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


def redirect(request: Request, to: str, cookie: str | None = None) -> Response[str]:
    """Lead to another page, also when htmx asked for a part. `cookie` sets the session's; an empty one ends it."""
    headers = {**HEADERS, ("HX-Redirect" if request.by_htmx else "Location"): to}
    response = Response(200 if request.by_htmx else 303, HTML, "", headers)
    if cookie is not None:
        response.headers["Set-Cookie"] = _set_cookie(cookie)
    return response


def file(text: str, media_type: str, name: str, headers: Mapping[str, str] | None = None) -> Response[str]:
    """Answer with a file that the browser stores as `name`, which is ASCII."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(200, media_type, text, {**HEADERS, **disposition, **(headers or {})})


@functools.cache
def _ended() -> str:
    return f"{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


def _set_cookie(token: str) -> str:
    """Write the session's cookie. It goes when the browser is closed, and its session ends by itself before long."""
    return f"{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax" if token else _ended()
