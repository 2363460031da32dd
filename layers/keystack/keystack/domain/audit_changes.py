"""What an audit entry of the configuration says that changed: field by field, before and after. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

ABOUT_THE_CHANGE = ("before", "by", "reason")  # of an entry's detail: no field of what changed


class FieldChange(NamedTuple):
    """A field (`seats`, `branding.footer`, `entitlements.exports`), with its value before and after.

    None: it had none, or has none any more; before, also that an entry of an earlier version does not say it.
    """

    field: str
    before: Any
    after: Any


def changes_of(action: str, detail: Mapping[str, Any]) -> list[FieldChange]:
    """List what an entry of a plan, mapping, API key or setting says that changed, by field; only what differs.

    `action` and `detail` are the entry's. What was deleted has no value after.
    """
    said = {name: value for name, value in detail.items() if name not in ABOUT_THE_CHANGE}
    known = detail.get("before")
    before, after = dict(_fields(known if isinstance(known, Mapping) else {})), dict(_fields(said))
    if action.endswith(".deleted"):
        before, after = {**after, **before}, {}
    return [
        FieldChange(name, before.get(name), after.get(name))
        for name in {**after, **before}
        if before.get(name) != after.get(name)
    ]


def _fields(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Name values, those of a branding and of a plan's entitlements one by one."""
    for name, value in values.items():
        inside = _entitlements(value) if name == "entitlements" else value
        if isinstance(inside, Mapping):
            yield from ((f"{name}.{inner}", each) for inner, each in inside.items())
        else:
            yield name, inside


def _entitlements(value: Any) -> Any:
    """Read entitlements, which stand as JSON in an entry."""
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value
