"""Settings → Organization: its name, and what a refund of a part does."""

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
LABELS = {"name": "Name", "freeze_on_partial_refund": "Freeze after the refund of a part"}
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
        "freeze_on_partial_refund": request.form.get("freeze_on_partial_refund") == ON,
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
    freezes = ON if organization.freeze_on_partial_refund else ""
    return {"name": organization.name, "freeze_on_partial_refund": freezes}


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
