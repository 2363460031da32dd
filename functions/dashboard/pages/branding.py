"""Settings → Branding: how mails look, shown while somebody types; and a test mail."""

from collections.abc import Mapping
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response
from frame.forms import is_repeated, read_form
from frame.parts import part
from frame.rendering import to_html
from frame.request import Request
from frame.responses import MAIL_POLICY, html, page, redirect
from frame.routes import Pages
from frame.sentences import as_sentence
from keystack import environment
from keystack.domain.organizations import Organization
from keystack.errors import (
    ActionNeededError,
    ChangedError,
    InvalidFieldsError,
    RetryLaterError,
)
from keystack.inputs.settings import BrandingRequest, SettingsRequest
from keystack.management.last_change import last_change
from keystack.management.mail_preview import MailSettings, SampleMail, render_sample, send_test_mail
from keystack.management.settings import (
    BRANDING,
    MAX_TEXT,
    Seen,
    branding_version,
    change_settings,
    load_settings,
)

pages = Pages()
PATH = "/settings/branding"
SUBJECT = "settings:organization"  # in the audit log; of the other settings, too
LABELS = {
    "product_name": "Product",
    "from": "From",
    "reply_to": "Answers go to",
    "logo_url": "Logo",
    "accent_color": "Colour",
    "support_url": "Help page",
    "footer": "Footer",
}
DONE = {"stored": "The branding is stored. The next mail looks so."}
SENT = {
    "sent": "The mail server took the test mail. Look whether it arrives.",
    "repeated": "This test mail was sent already. To send another one, send this form.",
}

Fields = Mapping[str, str]


@pages.get(PATH)
def show_branding(request: Request) -> Response[str]:
    organization = request.visitor.organization
    word = request.query.get("done", "")
    fields, seen = _fields(organization), branding_version(organization)
    return _form(request, fields, seen, done=DONE.get(word, ""), told={"done": SENT.get(word, "")})


@pages.post(PATH)
def store_branding(request: Request) -> Response[str]:
    typed, seen = _typed(request.form), request.form.get("seen", "")
    try:
        asked = read_form(SettingsRequest, {"branding": typed})
        change_settings(request.org, asked, request.by, Seen(branding=seen))
    except InvalidFieldsError as error:
        errors = {name.removeprefix("branding."): what for name, what in error.fields.items()}
        return _form(request, typed, seen, status=422, errors=errors)
    except ChangedError:
        organization = load_settings(request.org)
        now = _fields(organization)
        lost = [(label, typed[name]) for name, label in LABELS.items() if typed[name] != now[name]]
        return _form(request, now, branding_version(organization), status=409, lost=lost)
    return redirect(request, request.url(PATH, done="stored"))


@pages.get(PATH + "/preview")
@pages.get(PATH + "/test-mail")
def leave_form(request: Request) -> Response[str]:
    """Lead from a form's answer, whose address stays in the browser, to the page."""
    return redirect(request, request.url(PATH))


@pages.post(PATH + "/preview")
def preview(request: Request) -> Response[str]:
    """Show the mail with what is typed, which is not stored: to htmx the mail alone, to others the whole page."""
    typed = _typed(request.form)
    if request.by_htmx:
        return html(to_html("branding_preview.html", request, **_preview(request, typed)))
    return _form(request, typed, request.form.get("seen", ""))


@pages.get(PATH + "/mail")
def show_mail(request: Request) -> Response[str]:
    """Answer the mail itself, for a frame: with a policy of its own, since a mail is styled inline."""
    policy = MAIL_POLICY
    if environment.variable("STAGE", "") == "local":  # where a logo of the local stack will do: mail/branding.py
        policy = policy.replace("img-src https:", "img-src https: http://127.0.0.1:*")
    return html(_sample(request, request.query).html, headers={"Content-Security-Policy": policy})


@pages.post(PATH + "/test-mail")
def send_test(request: Request) -> Response[str]:
    to, organization = request.form.get("to", "").strip(), request.visitor.organization
    fields, seen = _fields(organization), branding_version(organization)
    if is_repeated(request):
        return redirect(request, f"{request.url(PATH, done='repeated')}#test-mail")
    try:
        send_test_mail(organization, to, _mail_settings(), request.by)
    except InvalidFieldsError as error:
        return _form(request, fields, seen, status=422, told={"errors": error.fields, "to": to})
    except (ActionNeededError, RetryLaterError) as error:
        said = f"The test mail was not sent. {as_sentence(error)}"
        return _form(request, fields, seen, status=409, told={"error": said, "to": to})
    return redirect(request, f"{request.url(PATH, done='sent')}#test-mail")


def _typed(form: Fields) -> dict[str, str]:
    return {name: form.get(name, "").strip() for name in LABELS}


def _fields(organization: Organization) -> dict[str, str]:
    return {name: getattr(organization.branding, inside) for name, inside in BRANDING.items()}


def _sample(request: Request, typed: Fields) -> SampleMail:
    """Render the mail; a text that is too long is cut, as storing it says."""
    given = {name: typed[name][:MAX_TEXT] for name in LABELS if name in typed}
    look = BrandingRequest.model_validate(given)
    return render_sample(request.visitor.organization, look, _mail_settings().default_from)


def _preview(request: Request, fields: Fields) -> dict[str, object]:
    """What the part of the page needs that shows the mail; its address says only what is not stored."""
    stored = _fields(request.visitor.organization)
    changed = {name: value for name, value in fields.items() if value != stored[name]}
    return {"sample": _sample(request, fields), "frame": _frame_address(request, changed)}


def _frame_address(request: Request, changed: Fields) -> str:
    return f"{request.url(PATH + '/mail', mode=None)}?{urlencode(changed)}"


def _mail_settings() -> MailSettings:
    return MailSettings(environment.variable("MAIL_TRANSPORT", "ses"), environment.variable("MAIL_FROM", ""))


def _form(
    request: Request,
    fields: Fields,
    seen: str,
    status: int = 200,
    **said: object,
) -> Response[str]:
    """Show the form and the mail. `said`: `done`, `errors`, `lost` of the branding, `told` of the test mail."""
    last = part("Who changed it last", lambda: last_change(request.org, SUBJECT))
    shown = {
        "last": last,
        "labels": LABELS,
        "subject": SUBJECT,
        "done": "",
        "errors": {},
        "lost": None,
        "told": {},
        **said,
        **_preview(request, fields),
    }
    return page(request, "branding.html", status, fields=fields, seen=seen, **shown)
