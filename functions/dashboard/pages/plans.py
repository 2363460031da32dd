"""Settings → Plans: what a license grants."""

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from frame.forms import read_form, whole_number
from frame.parts import part
from frame.request import Request
from frame.responses import page, redirect
from frame.routes import Pages
from frame.sentences import as_sentence
from keystack.domain.plan_kinds import PlanKind, has_duration
from keystack.domain.plans import CODE, Plan
from keystack.domain.versions import NOTHING, version_of
from keystack.errors import ChangedError, ConflictError, InvalidFieldsError, NotFoundError
from keystack.inputs.catalogue import PlanRequest
from keystack.management import catalogue
from keystack.management.last_change import last_change
from keystack.strict_json import read_json
from keystack.web.cursors import after_cursor, cursor_after

pages = Pages()
PATH = "/settings/plans"
NEW = "new"  # the address of the form for another plan; a plan of this very code says so in its address
MANY = 50  # plans a page
KINDS = {
    PlanKind.PERPETUAL: "perpetual: never expires",
    PlanKind.SUBSCRIPTION: "subscription: for as long as it is paid",
    PlanKind.FIXED: "fixed: for a number of days",
}
LABELS = {
    "name": "Name",
    "kind": "Kind",
    "duration_days": "Days",
    "seats": "Seats",
    "key_prefix": "Keys begin with",
    "entitlements": "Entitlements",
}
WANTED = {  # where a pattern would say it
    "code": "must be 1 to 40 of a-z, 0-9, _ and -, and begin with a letter or digit",
    "key_prefix": "must be 1 to 12 of A-Z and 0-9",
}
DONE = {"created": "The plan is created.", "stored": "The plan is stored.", "deleted": "The plan is deleted."}
BLANK = {"name": "", "kind": "perpetual", "duration_days": "", "seats": "1", "key_prefix": "KEY", "entitlements": "{}"}

Fields = Mapping[str, str]


@pages.get(PATH)
def list_plans(request: Request) -> Response[str]:
    after = after_cursor(request.org, "plans", request.query.get("cursor", ""))
    found = part("The list of plans", lambda: catalogue.list_plans(request.org, MANY, after))
    done = DONE.get(request.query.get("done", ""), "")
    return page(request, "plans.html", found=found, following=_following(request, found), address=_address, done=done)


@pages.get(f"{PATH}/{NEW}")
def show_new(request: Request) -> Response[str]:
    if _is_code_new(request):
        return _show(request, NEW)
    return _form(request, None, BLANK)


@pages.post(f"{PATH}/{NEW}")
def create_plan(request: Request) -> Response[str]:
    if _is_code_new(request):
        return _store(request, NEW)
    code = request.form.get("code", "").strip()
    try:
        if not CODE.fullmatch(code):
            raise InvalidFieldsError({"code": WANTED["code"]})
        catalogue.store_plan(request.org, _read(request.form, code), request.by, NOTHING)
    except InvalidFieldsError as error:
        return _form(request, None, _written(request.form), error.fields)
    except ChangedError:
        return _form(request, None, _written(request.form), {"code": f"is taken: there is a plan {code} already"})
    return redirect(request, request.url(PATH, done="created"))


@pages.get(PATH + "/<code>")
def show_plan(request: Request, code: str) -> Response[str]:
    return _show(request, code)


@pages.post(PATH + "/<code>")
def store_plan(request: Request, code: str) -> Response[str]:
    return _store(request, code)


@pages.get(PATH + "/<code>/delete")
def confirm_delete(request: Request, code: str) -> Response[str]:
    """Ask before a plan is deleted; one that a mapping grants has to stay, and the page says which."""
    return _confirm(request, code)


@pages.post(PATH + "/<code>/delete")
def delete_plan(request: Request, code: str) -> Response[str]:
    reason = request.form.get("reason", "").strip()[:500]
    try:
        catalogue.delete_plan(request.org, code, request.by, request.form.get("seen", ""), reason)
    except ChangedError:
        return _confirm(request, code, "Somebody else changed this plan after you opened it. Look at it again.")
    except ConflictError as error:
        return _confirm(request, code, as_sentence(error))
    return redirect(request, request.url(PATH, done="deleted"))


def _show(request: Request, code: str) -> Response[str]:
    plan = _load(request, code)
    return _form(request, plan, _fields(plan), done=DONE.get(request.query.get("done", ""), ""))


def _store(request: Request, code: str) -> Response[str]:
    try:
        plan = _read(request.form, code)
        catalogue.store_plan(request.org, plan, request.by, request.form.get("seen", ""))
    except InvalidFieldsError as error:
        return _form(request, _load(request, code), _written(request.form), error.fields)
    except ChangedError:
        now = _load(request, code)
        return _form(request, now, _fields(now), typed=_typed(request.form, _fields(now)))
    return redirect(request, _address(request, code, done="stored"))


def _read(form: Fields, code: str) -> Plan:
    """Make a plan of a form. Raises InvalidFieldsError."""
    kind = form.get("kind", "")
    lasts = kind in set(PlanKind) and has_duration(PlanKind(kind))
    given: dict[str, Any] = {
        "name": form.get("name", "").strip(),
        "kind": kind,
        "seats": whole_number(form.get("seats", "")),
        "key_prefix": form.get("key_prefix", "").strip(),
        "duration_days": whole_number(form.get("duration_days", "")) if lasts else None,
    }
    wrong = {} if given["duration_days"] or not lasts else {"duration_days": "must be given for this kind"}
    try:
        given["entitlements"] = _read_entitlements(form.get("entitlements", ""))
    except ValueError as error:
        wrong["entitlements"] = f"must be a JSON object, like {{}} ({error})"
    try:
        asked = read_form(PlanRequest, given)
    except InvalidFieldsError as error:
        raise InvalidFieldsError(
            {name: WANTED.get(name, what) for name, what in {**error.fields, **wrong}.items()}
        ) from None
    if wrong:
        raise InvalidFieldsError(wrong)
    return asked.to_plan(code)


def _read_entitlements(text: str) -> object:
    value = read_json((text.strip() or "{}").encode())
    if not isinstance(value, dict):
        raise ValueError(f"this is {json.dumps(value)[:40]}")
    return value


def _fields(plan: Plan) -> dict[str, str]:
    """Write a plan as a form has it."""
    return {
        "name": plan.name,
        "kind": str(plan.kind),
        "duration_days": "" if plan.duration_days is None else str(plan.duration_days),
        "seats": str(plan.seats),
        "key_prefix": plan.key_prefix,
        "entitlements": json.dumps(dict(plan.entitlements), indent=2, ensure_ascii=False),
    }


def _written(form: Fields) -> dict[str, str]:
    """Take every field of a form as it was written; one that was not sent is empty."""
    return {name: form.get(name, "") for name in ("code", *LABELS)}


def _typed(form: Fields, now: Fields) -> list[tuple[str, str]]:
    written = _written(form)
    return [(label, written[name]) for name, label in LABELS.items() if written[name].strip() != now[name].strip()]


def _form(
    request: Request,
    plan: Plan | None,
    fields: Fields,
    errors: Mapping[str, str] | None = None,
    typed: list[tuple[str, str]] | None = None,
    done: str = "",
) -> Response[str]:
    """Show a plan, or the form for another one. `typed`: what somebody typed while somebody else changed it."""
    status = 422 if errors else 409 if typed is not None else 200
    seen = request.form.get("seen", "") if errors else version_of(plan)
    action = _address(request, plan.code) if plan else request.url(f"{PATH}/{NEW}")
    subject = f"plan:{plan.code}" if plan else ""
    last = part("Who changed it last", lambda: last_change(request.org, subject)) if plan else None
    shown = {
        "plan": plan,
        "last": last,
        "subject": subject,
        "fields": fields,
        "errors": errors or {},
        "typed": typed,
        "seen": seen,
        "kinds": KINDS,
    }
    return page(request, "plan.html", status, action=action, done=done, **shown)


def _confirm(request: Request, code: str, error: str = "") -> Response[str]:
    plan = _load(request, code)
    granting = catalogue.mapping_that_grants(request.org, code)
    shown = {"plan": plan, "granting": granting, "seen": version_of(plan), "address": _address}
    return page(request, "plan_delete.html", 409 if error else 200, error=error, **shown)


def _load(request: Request, code: str) -> Plan:
    try:
        return catalogue.load_plan(request.org, code)
    except NotFoundError:
        raise NotFoundError(f"there is no plan {code[:40]}; somebody may have deleted it") from None


def _address(request: Request, code: str, **query: str) -> str:
    return request.url(f"{PATH}/{code}", code=code if code == NEW else None, **query)


def _is_code_new(request: Request) -> bool:
    return request.query.get("code") == NEW


def _following(request: Request, found: object) -> str | None:
    return cursor_after(request.org, "plans", getattr(found, "after", None))
