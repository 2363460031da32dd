"""One license: why it has its status, and what a person may do with it."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from frame.access import Access
from frame.forms import is_repeated
from frame.rendering import to_html
from frame.request import Request
from frame.responses import html, page, redirect
from frame.routes import Pages
from frame.sentences import as_sentence
from frame.times import MINUTE
from keystack.domain import decisions
from keystack.domain.choices import Decision, choices
from keystack.domain.effects import EMAIL, EffectState
from keystack.domain.explanations import explain
from keystack.domain.timeline import words_of_effect
from keystack.errors import ConflictError, NotFoundError, RetryLaterError
from keystack.management.decide import decide
from keystack.management.order import find_license
from keystack.management.resend import resend
from keystack.management.reveal import reveal
from keystack.storage.licenses.licenses import FoundLicense

pages = Pages()
ONE = "/licenses/<license_id>"
REASON = 500  # characters
WAITING = 15 * MINUTE  # that a page asks by itself what became of the e-mail
TITLES = {
    Decision.FREEZE: "Freeze",
    Decision.REACTIVATE: "Reactivate",
    Decision.REVOKE: "Revoke",
    Decision.RESEND: "Send the e-mail again",
}
DONE: Mapping[str, str] = {
    Decision.FREEZE: "The license is frozen.",
    Decision.REACTIVATE: "Every hold of the license is lifted.",
    Decision.REVOKE: "The license is revoked.",
    Decision.RESEND: "The e-mail is on its way again.",
    "repeated": "This form was sent before, and counts once. Below is what became of the e-mail.",
}
_DECISIONS: Mapping[Decision, Callable[..., decisions.Decided]] = {
    Decision.FREEZE: decisions.freeze,
    Decision.REACTIVATE: decisions.reactivate,
    Decision.REVOKE: decisions.revoke,
}


@pages.get(ONE)
def show(request: Request, license_id: str) -> Response[str]:
    return _show(request, _find(request, license_id), done=DONE.get(request.query.get("done", ""), ""))


@pages.get(ONE + "/email")
def show_email(request: Request, license_id: str) -> Response[str]:
    """Answer what became of the e-mail by now, to the page that waits for it."""
    if not request.by_htmx:
        return redirect(request, request.url(f"/licenses/{license_id}"))
    return html(to_html("license_email.html", request, **_email(request, _find(request, license_id))))


@pages.post(ONE + "/reveal", Access.READ)
def show_key(request: Request, license_id: str) -> Response[str]:
    """Show the whole key on this answer alone; the audit log says who saw it."""
    key = reveal(request.org, license_id, request.by)
    return _show(request, _find(request, license_id), key=key)


@pages.get(ONE + "/reveal")
def leave_key(request: Request, license_id: str) -> Response[str]:
    """Lead from the answer that showed the key, whose address stays in the browser, to the license."""
    return redirect(request, request.url(f"/licenses/{license_id}"))


@pages.get(ONE + "/<decision>")
def confirm(request: Request, license_id: str, decision: str) -> Response[str]:
    """Ask before something is decided, and say what it does."""
    return _confirm(request, _find(request, license_id), _decision(decision))


@pages.post(ONE + "/<decision>")
def carry_out(request: Request, license_id: str, decision: str) -> Response[str]:
    """Do what was decided. What is not possible any more says so, with what is true now."""
    wanted, done = _decision(decision), decision
    reason = request.form.get("reason", "").strip()[:REASON]
    try:
        if wanted is not Decision.RESEND:
            decide(request.org, license_id, _DECISIONS[wanted], request.by, reason, request.now)
        elif is_repeated(request):
            done = "repeated"
        else:
            resend(request.org, license_id, request.by, reason, request.now)
    except ConflictError as error:
        return _confirm(request, _find(request, license_id), wanted, as_sentence(error), 409)
    except RetryLaterError as error:
        return _confirm(request, _find(request, license_id), wanted, as_sentence(error), 503)
    return redirect(request, request.url(f"/licenses/{license_id}", done=done, since=request.now))


def _show(request: Request, found: FoundLicense, **values: Any) -> Response[str]:
    shown = {"done": "", "key": "", **values}
    return page(
        request,
        "license.html",
        found=found,
        explanation=explain(found.order, found.license, request.now),
        choices=choices(found.order, found.license, request.now),
        titles=TITLES,
        **_email(request, found),
        **shown,
    )


def _confirm(
    request: Request, found: FoundLicense, decision: Decision, error: str = "", status: int = 200
) -> Response[str]:
    return page(
        request,
        "license_decision.html",
        status,
        found=found,
        decision=decision,
        title=TITLES[decision],
        choice=choices(found.order, found.license, request.now)[decision],
        explanation=explain(found.order, found.license, request.now),
        error=error,
    )


def _email(request: Request, found: FoundLicense) -> dict[str, Any]:
    """Say what became of the order's e-mail, and where to ask again while it is on its way."""
    effect = found.order.effects.get(EMAIL)
    since = request.query.get("since", "")
    began = int(since) if since.isdecimal() and len(since) < 12 else request.now
    waits = effect is not None and effect.state is EffectState.PENDING and request.now - began < WAITING
    address = request.url(f"/licenses/{found.license.id}/email", since=began)
    return {
        "effect": effect,
        "email_words": words_of_effect(found.order, EMAIL, effect) if effect else (),
        "poll": address if waits else None,
    }


def _find(request: Request, license: str) -> FoundLicense:
    found = find_license(request.org, license)
    if found is None:
        raise NotFoundError("there is no such license in your organization: search for its customer or key")
    return found


def _decision(text: str) -> Decision:
    if text not in set(Decision):
        raise NotFoundError("there is nothing of that name to decide")
    return Decision(text)
