"""Sign-in with an API key, or with the operator's one-time link; and sign-out."""

from aws_lambda_powertools.event_handler import Response
from frame.access import Access, safe_return
from frame.parts import part
from frame.rendering import to_html
from frame.request import COOKIE, MODE_COOKIE, Request
from frame.responses import html, page, redirect
from frame.routes import Pages
from frame.sentences import as_sentence
from keystack.domain.modes import Mode
from keystack.management.lists import newest_mode
from keystack.management.organizations import register_organization
from keystack.management.sign_in import (
    NewSession,
    SignInRefusedError,
    load_session,
    sign_in,
    sign_out,
    use_link,
)

pages = Pages()
NO_REFERRER = {"Referrer-Policy": "no-referrer"}  # the link's secret stands in its address


@pages.get("/sign-in", Access.NOBODY)
def show_sign_in(request: Request) -> Response[str]:
    """Ask for an API key; who is signed in already goes on."""
    back = safe_return(request, request.query.get("back", ""))
    if load_session(request.token, request.now):
        return redirect(request, back)
    return _ask(request, back)


@pages.post("/sign-in", Access.NOBODY)
def send_sign_in(request: Request) -> Response[str]:
    back = safe_return(request, request.form.get("back", ""))
    try:
        new = sign_in(request.form.get("api_key", "").strip(), request.address, request.now)
    except SignInRefusedError as error:
        return _ask(request, back, as_sentence(error), status=_status(error))
    return redirect(request, back, _cookies(new))


@pages.post("/sign-out", Access.READ)
def send_sign_out(request: Request) -> Response[str]:
    sign_out(request.token, request.visitor.session)
    return redirect(request, request.url("/sign-in", mode=None), {COOKIE: "", MODE_COOKIE: ""})


@pages.get("/sign-in/link", Access.NOBODY)
def show_link(request: Request) -> Response[str]:
    """Show a button. Mail programs and chats look at links beforehand: this uses nothing up."""
    return html(
        to_html("sign_in_link.html", request, token=request.query.get("token", ""), error=""), headers=NO_REFERRER
    )


@pages.post("/sign-in/link", Access.NOBODY)
def send_link(request: Request) -> Response[str]:
    try:
        new = use_link(request.form.get("token", ""), request.address, request.now)
    except SignInRefusedError as error:
        text = to_html("sign_in_link.html", request, token="", error=as_sentence(error))
        return html(text, _status(error), NO_REFERRER)
    return redirect(request, request.url(mode=None), _cookies(new))


def _cookies(new: NewSession) -> dict[str, str]:
    """Set the session, and the mode that pages are in at first: that of the newest license.

    An organization from before the numbers of days is registered for them, too.
    """
    part("The numbers of days", lambda: register_organization(new.session.org))
    mode = part("The newest license", lambda: newest_mode(new.session.org))
    return {COOKIE: new.token, MODE_COOKIE: mode if isinstance(mode, Mode) else Mode.TEST}


def _status(refused: SignInRefusedError) -> int:
    return 403 if refused.wait is None else 429


def _ask(request: Request, back: str, error: str = "", status: int = 200) -> Response[str]:
    return page(request, "sign_in.html", status, back=back, error=error)
