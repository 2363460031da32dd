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
from frame.waiting import may_ask, waiting_since
from keystack.domain import decisions
from keystack.domain.billing_words import words_of_billing
from keystack.domain.choices import Decision, choices
from keystack.domain.effects import EMAIL, EffectState
from keystack.domain.explanations import explain
from keystack.domain.status import license_billing
from keystack.domain.timeline import words_of_effect
from keystack.errors import ConflictError, NotFoundError
from keystack.management.decide import decide
from keystack.management.order import find_license
from keystack.management.resend import resend
from keystack.management.reveal import reveal
from keystack.storage.licenses.licenses import FoundLicense

pages = Pages()
ONE = "/licenses/<license_id>"
REASON = 500  # characters
TITLES = {
    Decision.FREEZE: "Freeze",
    Decision.REACTIVATE: "Reactivate",
    Decision.REVOKE: "Revoke",
    Decision.RESEND: "Send the e-mail again",
}
SENT_BEFORE = "sent-before"
DONE = {
    Decision.FREEZE: "The license is frozen.",
    Decision.REACTIVATE: "Every hold of the license is lifted.",
    Decision.REVOKE: "The license is revoked.",
    Decision.RESEND: "The e-mail is on its way again.",
    SENT_BEFORE: "This form was sent before. What became of the e-mail stands below.",
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
    found = _find(request, license_id)
    if not request.by_htmx:
        return redirect(request, request.url(f"/licenses/{found.license.id}"))
    return html(to_html("license_email.html", request, **_email(request, found)))


@pages.get(ONE + "/reveal")
def hide_key(request: Request, license_id: str) -> Response[str]:
    """Lead back from an address that shows a key only to the form."""
    return redirect(request, request.url(f"/licenses/{_find(request, license_id).license.id}"))


@pages.post(ONE + "/reveal", Access.READ)
def show_key(request: Request, license_id: str) -> Response[str]:
    """Show the whole key on this answer alone; the audit log says who saw it."""
    key = reveal(request.org, license_id, request.by)
    return _show(request, _find(request, license_id), key=key)


@pages.get(ONE + "/<decision>")
def confirm(request: Request, license_id: str, decision: str) -> Response[str]:
    """Ask before something is decided, and say what it does."""
    return _confirm(request, _find(request, license_id), _decision(decision))


@pages.post(ONE + "/<decision>")
def carry_out(request: Request, license_id: str, decision: str) -> Response[str]:
    """Do what was decided. What is not possible any more says so, with what is true now."""
    wanted = _decision(decision)
    try:
        done = _carry_out(request, license_id, wanted)
    except ConflictError as error:
        return _confirm(request, _find(request, license_id), wanted, as_sentence(error), 409)
    return redirect(request, request.url(f"/licenses/{license_id}", done=done, since=request.now))


def _carry_out(request: Request, license: str, wanted: Decision) -> str:
    """Do it; returns the word for what was done. Of a decision that is made twice, the second is refused."""
    org, by, now = request.org, request.by, request.now
    reason = request.form.get("reason", "").strip()[:REASON]
    if wanted is not Decision.RESEND:
        decide(org, license, _DECISIONS[wanted], by, reason, now)
    elif is_repeated(request):
        return SENT_BEFORE
    else:
        resend(org, license, by, reason, now)
    return wanted


def _show(request: Request, found: FoundLicense, **values: Any) -> Response[str]:
    shown = {"done": "", "key": "", **values}
    request = request.of_mode(found.order.livemode)
    return page(
        request,
        "license.html",
        switch_at="/licenses",
        found=found,
        explanation=explain(found.order, found.license, request.now),
        choices=choices(found.order, found.license, request.now),
        billing=words_of_billing(known, request.now) if (known := license_billing(found.order, found.license)) else [],
        titles=TITLES,
        **_email(request, found),
        **shown,
    )


def _confirm(
    request: Request, found: FoundLicense, decision: Decision, error: str = "", status: int = 200
) -> Response[str]:
    return page(
        request.of_mode(found.order.livemode),
        "license_decision.html",
        status,
        switch_at="/licenses",
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
    since = waiting_since(request, "since")
    waits = effect is not None and effect.state is EffectState.PENDING and may_ask(request, since)
    address = request.url(f"/licenses/{found.license.id}/email", since=since)
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
