"""Settings → Organization: its name, and what a refund of a part or a pause of payments does."""

from collections.abc import Mapping

from aws_lambda_powertools.event_handler import Response
from frame.forms import read_form
from frame.parts import part
from frame.request import Request
from frame.responses import page, redirect
from frame.routes import Pages
from keystack.domain.organizations import Organization
from keystack.errors import ChangedError, InvalidFieldsError
from keystack.inputs.settings import SettingsRequest
from keystack.management.last_change import last_change
from keystack.management.settings import Seen, change_settings, load_settings, settings_version

pages = Pages()
PATH = "/settings/organization"
SUBJECT = "settings:organization"  # in the audit log; of the branding, too
ON = "on"
CHOICES = {
    "freeze_on_partial_refund": "Freeze after the refund of a part",
    "freeze_on_paused_collection": "Freeze while collection is paused",
}
LABELS = {"name": "Name", **CHOICES}
DONE = {"stored": "The organization is stored."}

Fields = Mapping[str, str]


@pages.get(PATH)
def show_organization(request: Request) -> Response[str]:
    organization = request.visitor.organization
    done = DONE.get(request.query.get("done", ""), "")
    return _form(request, _fields(organization), settings_version(organization), done=done)


@pages.post(PATH)
def store_organization(request: Request) -> Response[str]:
    given = {
        "name": request.form.get("name", "").strip(),
        **{name: request.form.get(name) == ON for name in CHOICES},
    }
    seen = request.form.get("seen", "")
    try:
        change_settings(request.org, read_form(SettingsRequest, given), request.by, Seen(settings=seen))
    except InvalidFieldsError as error:
        return _form(request, request.form, seen, error.fields)
    except ChangedError:
        organization = load_settings(request.org)
        now = _fields(organization)
        typed = [(label, request.form.get(name, "")) for name, label in LABELS.items() if _differs(request, name, now)]
        return _form(request, now, settings_version(organization), typed=typed)
    return redirect(request, request.url(PATH, done="stored"))


def _differs(request: Request, name: str, now: Fields) -> bool:
    return request.form.get(name, "").strip() != now[name]


def _fields(organization: Organization) -> dict[str, str]:
    return {"name": organization.name, **{name: ON if getattr(organization, name) else "" for name in CHOICES}}


def _form(
    request: Request,
    fields: Fields,
    seen: str,
    errors: Mapping[str, str] | None = None,
    typed: list[tuple[str, str]] | None = None,
    done: str = "",
) -> Response[str]:
    status = 422 if errors else 409 if typed is not None else 200
    last = part("Who changed it last", lambda: last_change(request.org, SUBJECT))
    shown = {
        "fields": fields,
        "last": last,
        "subject": SUBJECT,
        "seen": seen,
        "errors": errors or {},
        "typed": typed,
        "done": done,
    }
    return page(request, "organization.html", status, **shown)
