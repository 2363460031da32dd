"""Who may see a page or send a form. Everything that is refused is refused here, before a page runs."""

from enum import Enum
from urllib.parse import SplitResult, urlsplit

from aws_lambda_powertools.event_handler import Response
from keystack.logs import logger
from keystack.management.sign_in import is_csrf_token, load_session

from frame.request import ROOT, Request
from frame.responses import problem_page, redirect

CSRF_FIELD = "csrf"


class Access(Enum):
    """What a page asks for."""

    NOBODY = "nobody"  # sign-in itself, assets
    READ = "read"
    ADMIN = "admin"  # changes something


def admit(request: Request, access: Access) -> Request | Response[str]:
    """Let a request pass, with who is signed in; or answer it. A form must come from a page of ours."""
    if request.method == "POST" and not is_from_here(request):
        return problem_page(
            request, 403, "This form came from another site", "Open the page in the dashboard, and send its form there."
        )
    if access is Access.NOBODY:
        return request
    signed_in = load_session(request.token, request.now)
    if signed_in is None:
        return ask_to_sign_in(request)
    logger.append_keys(org=signed_in.session.org, by=signed_in.session.name)
    request = request.with_visitor(signed_in)
    if request.method == "POST" and not is_csrf_token(request.token, request.form.get(CSRF_FIELD, "")):
        return problem_page(
            request,
            403,
            "This form is of an earlier session",
            "Nothing was changed. Go back, reload the page, and send the form again.",
        )
    if access is Access.ADMIN and not signed_in.session.may_change:
        return problem_page(
            request,
            403,
            "Your API key may only read",
            "Nothing was changed. To change something, sign out and sign in with a key of scope admin.",
        )
    return request


def is_from_here(request: Request) -> bool:
    """Tell whether a form was sent by a page of this very host, as far as the browser says.

    Source: Fetch Standard, "Origin" header; Fetch Metadata, "Sec-Fetch-Site". A browser always sends one of them.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin in (None, "null"):  # null: a page with the policy no-referrer
        return origin is None or site == "same-origin"
    netloc = _parts(str(origin)).netloc
    return site == "same-origin" or (netloc != "" and netloc == request.headers.get("host"))


def ask_to_sign_in(request: Request) -> Response[str]:
    """Lead to the sign-in, and from there back to the page that was wanted."""
    wanted = request.here() if request.method == "GET" and not request.by_htmx else _page_before(request)
    return redirect(request, request.url("/sign-in", mode=None, back=wanted))


def safe_return(request: Request, address: str) -> str:
    """Return an address of the dashboard, and its home for every other one."""
    home = request.base + ROOT
    inside = address == home or address.startswith((f"{home}/", f"{home}?"))
    harmless = address.isascii() and address.isprintable() and not {"\\", " "} & set(address) and "//" not in address
    return address if inside and harmless else request.url(mode=None)


def _page_before(request: Request) -> str:
    """Name the page whose form or part was sent."""
    before = _parts(request.headers.get("referer", ""))
    return before.path + (f"?{before.query}" if before.query else "")


def _parts(address: str) -> SplitResult:
    """Split an address that a header names; what is none (`http://[`) is empty."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
