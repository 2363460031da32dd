"""The form of a mapping: grants as rows of fields, `grants.0.plan` and so on, both ways."""

import re
from collections.abc import Mapping as MappingType
from typing import Any

from keystack.domain.plans import MAX_LICENSES, MAX_SEATS, Grant, Mapping
from keystack.errors import InvalidFieldsError
from keystack.inputs.catalogue import TARGET_PATTERN, MappingRequest

from frame.forms import read_form, whole_number

NUMBER = "number"  # the choice of keys or seats with a number beside it
KEYS = (
    ("per_line", "one key for the purchase"),
    ("per_unit", "one key for each unit bought"),
    (NUMBER, "this many keys:"),
)
SEATS = (("plan", "the plan's seats"), ("quantity", "as many seats as were bought"), (NUMBER, "this many seats:"))
SPARE = 1  # empty rows that a form shows, for one grant more
NOT_LICENSED = "not_licensed"  # the field that says: no license for it, on purpose

Fields = MappingType[str, str]


def read_mapping(form: Fields, target: str) -> Mapping:
    """Read a form. Raises InvalidFieldsError, which names the fields as the form does."""
    if not re.fullmatch(TARGET_PATTERN, target):
        raise InvalidFieldsError({"target": "must be the id of a price (price_…) or a product (prod_…)"})
    rows = [] if form.get(NOT_LICENSED) else _rows(form)
    if not rows and not form.get(NOT_LICENSED):
        raise InvalidFieldsError({"grants.0.plan": "choose a plan, or say that it earns no license"})
    _require_order(rows)
    places = [place for place, _ in rows]
    try:
        return read_form(MappingRequest, {"grants": [grant for _, grant in rows]}).to_mapping(target)
    except InvalidFieldsError as error:
        wrong = [_as_written(name, places) for name in error.fields]
        wanted = error.fields.values()
        raise InvalidFieldsError(
            {name: _wanted(name, what) for name, what in zip(wrong, wanted, strict=True)}
        ) from None


def to_fields(mapping: Mapping | None) -> dict[str, str]:
    """Write a mapping as its form has it."""
    if mapping is None:
        return {}
    fields = {NOT_LICENSED: "on"} if not mapping.grants else {}
    for place, grant in enumerate(mapping.grants):
        for name, value in _grant_fields(grant).items():
            fields[f"grants.{place}.{name}"] = value
    return fields


def count_rows(fields: Fields) -> int:
    """Count the rows that a form shows: those that are filled in, and a spare one."""
    filled = [
        int(name.split(".")[1]) for name in fields if re.fullmatch(r"grants\.\d{1,2}\.plan", name) and fields[name]
    ]
    return max(filled, default=-1) + 1 + SPARE


def _rows(form: Fields) -> list[tuple[int, dict[str, Any]]]:
    places = sorted({int(name.split(".")[1]) for name in form if re.fullmatch(r"grants\.\d{1,2}\.plan", name)})
    return [(place, _grant(form, f"grants.{place}.")) for place in places if form.get(f"grants.{place}.plan")]


def _grant(form: Fields, prefix: str) -> dict[str, Any]:
    given: dict[str, Any] = {"plan": form[f"{prefix}plan"]}
    for name in ("keys", "seats"):
        choice = form.get(f"{prefix}{name}", "")
        if choice:
            number = whole_number(form.get(f"{prefix}{name}_{NUMBER}", ""))
            given[name] = choice if choice != NUMBER else "" if number is None else number
    for name in ("min_quantity", "max_quantity"):
        given[name] = whole_number(form.get(f"{prefix}{name}", ""))
    return given


def _grant_fields(grant: Grant) -> dict[str, str]:
    fields = {"plan": grant.plan}
    for name, value in (("keys", grant.keys), ("seats", grant.seats)):
        fields[name] = NUMBER if isinstance(value, int) else value
        fields[f"{name}_{NUMBER}"] = str(value) if isinstance(value, int) else ""
    for name, bound in (("min_quantity", grant.min_quantity), ("max_quantity", grant.max_quantity)):
        fields[name] = "" if bound is None else str(bound)
    return fields


def _require_order(rows: list[tuple[int, dict[str, Any]]]) -> None:
    """Raise InvalidFieldsError where a grant's quantities leave none between them."""
    wrong = {}
    for place, grant in rows:
        least, most = grant["min_quantity"], grant["max_quantity"]
        if isinstance(least, int) and isinstance(most, int) and least > most:
            wrong[f"grants.{place}.max_quantity"] = f"must not be below {least:,}, from which on the grant holds"
    if wrong:
        raise InvalidFieldsError(wrong)


def _wanted(name: str, what: str) -> str:
    """Say it in the form's words, where the model says it in the API's."""
    for field, most in ((".keys", MAX_LICENSES), (".seats", MAX_SEATS)):
        if name.endswith(field):
            return f"needs a number beside it, from 1 to {most:,}"
    return what


def _as_written(name: str, places: list[int]) -> str:
    """Name a field by its row in the form: empty rows were left out."""
    found = re.match(r"grants\.(\d+)(.*)", name)
    return f"grants.{places[int(found[1])]}{found[2]}" if found and int(found[1]) < len(places) else name
