"""Settings → Billing → Stripe → Plan rules: what a price earns by quantity, with what that would mint beside it."""

from collections.abc import Mapping as MappingType
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from frame.forms import whole_number
from frame.mapping_form import KEYS, NOT_LICENSED, SEATS, count_rows, read_mapping, to_fields
from frame.parts import Missing, part
from frame.rendering import to_html
from frame.request import Request
from frame.responses import html, page, redirect
from frame.routes import Pages
from frame.sentences import as_sentence
from keystack.domain.plans import Line, Mapping
from keystack.domain.versions import version_of
from keystack.errors import ChangedError, ConflictError, InvalidFieldsError, InvalidInputError
from keystack.management import catalogue
from keystack.management.prices import list_mapped
from keystack.management.rules import TriedCart, TriedLine, try_last_carts, try_lines, try_session

pages = Pages()
PATH = "/settings/stripe/rules"
ROWS = 100  # of what is mapped, to choose from
CARTS = 10
MOST = 1_000_000  # units of a made up cart
DONE = {"stored": "The rules are stored. They count at once, for purchases from now on."}

Fields = MappingType[str, str]


class Tried(NamedTuple):
    """What the rules on the page would mint: for one cart (or a sentence on it), and for the last real ones."""

    lines: list[TriedLine] | str | Missing
    carts: list[TriedCart] | Missing


@pages.get(PATH)
def show_rules(request: Request) -> Response[str]:
    target = request.query.get("target", "").strip()
    if not target:
        mapped = part("What is mapped", lambda: list_mapped(request.org, ROWS))
        return page(request, "rules_choice.html", mapped=mapped, error="")
    try:
        stored = catalogue.find_mapping(request.org, target)
    except InvalidInputError as error:
        mapped = part("What is mapped", lambda: list_mapped(request.org, ROWS))
        return page(request, "rules_choice.html", 422, mapped=mapped, error=as_sentence(error))
    done = DONE.get(request.query.get("done", ""), "")
    changed = bool(request.query.get("changed"))
    return _form(request, target, to_fields(stored), stored, stored, done=done, changed=changed)


@pages.post(PATH)
def store_rules(request: Request) -> Response[str]:
    target, stored = _target(request)
    try:
        mapping = read_mapping(request.form, target)
        catalogue.store_mapping(request.org, mapping, request.by, request.form.get("seen", ""))
    except InvalidFieldsError as error:
        return _form(request, target, request.form, stored, None, errors=error.fields)
    except ChangedError:
        return _form(request, target, to_fields(stored), stored, stored, changed=True)
    except ConflictError as error:
        return _form(request, target, request.form, stored, None, errors={"": as_sentence(error)})
    return redirect(request, request.url(PATH, target=target, done="stored"))


@pages.get(PATH + "/preview")
def leave_preview(request: Request) -> Response[str]:
    """Lead from a preview, whose address stays in the browser, to the choice of what rules are of."""
    return redirect(request, request.url(PATH))


@pages.post(PATH + "/preview")
def preview_rules(request: Request) -> Response[str]:
    """Show what the rules in the form would mint; nothing is stored."""
    target, stored = _target(request)
    errors: Fields = {}
    mapping = None
    try:
        mapping = read_mapping(request.form, target)
    except InvalidFieldsError as error:
        errors = error.fields
    if request.by_htmx:
        return html(to_html("rules_preview.html", request, tried=_try(request, mapping), errors=errors))
    return _form(request, target, request.form, stored, mapping, errors=errors, status=200)


def _target(request: Request) -> tuple[str, Mapping | None]:
    target = request.form.get("target", "").strip()
    return target, catalogue.find_mapping(request.org, target)


def _form(
    request: Request, target: str, fields: Fields, stored: Mapping | None, shown: Mapping | None, **more: Any
) -> Response[str]:
    """Show the form. `shown`: the mapping in its fields, for the preview; None if they make none.

    Fields that somebody typed go with the version that they were typed over, whatever is stored by now.
    """
    values = {"errors": {}, "done": "", "changed": False, **more}
    status = 422 if values["errors"] else 409 if values["changed"] else 200
    seen = request.form.get("seen", "") if fields is request.form else version_of(stored)
    return page(
        request,
        "rules.html",
        values.pop("status", status),
        target=target,
        fields=fields,
        rows=count_rows(fields),
        is_mapped=stored is not None,
        not_licensed=bool(fields.get(NOT_LICENSED)),
        seen=seen,
        plans=part("The plans", lambda: _plans(request.org)),
        keys=KEYS,
        seats=SEATS,
        tried=_try(request, shown),
        **values,
    )


def _plans(org: str) -> list[tuple[str, str]]:
    """Name the plans that a grant may be of."""
    found = catalogue.plans_to_choose_from(org)
    return [("", "none"), *((plan.code, f"{plan.name} ({plan.code})") for plan in found)]


def _try(request: Request, mapping: Mapping | None) -> Tried | None:
    """Try the rules: on a made up cart or a Checkout Session, and on the last real carts."""
    if mapping is None:
        return None
    return Tried(
        part("What this cart would mint", lambda: _try_cart(request, mapping)),
        part(
            "What the last carts would mint",
            lambda: try_last_carts(request.org, request.mode, mapping, CARTS, request.now),
        ),
    )


def _try_cart(request: Request, mapping: Mapping) -> list[TriedLine] | str:
    """Try the rules on the cart that the form names; a sentence says what is wrong with it."""
    typed = request.form.get("cart", "1").strip()
    if typed.startswith("cs_"):
        try:
            return try_session(request.org, typed, mapping)
        except ConflictError as error:
            return as_sentence(error)
    quantity = whole_number(typed)
    if not isinstance(quantity, int) or quantity > MOST:
        return f"Write a quantity up to {MOST:,}, or the id of a Checkout Session (cs_…)."
    product = mapping.target.startswith("prod_")
    line = Line("cart", None if product else mapping.target, mapping.target if product else None, quantity)
    return try_lines(request.org, [line], mapping)
