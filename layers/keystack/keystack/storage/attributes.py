"""Items as plain Python values, and as DynamoDB has them in JSON.

Source: DynamoDB API reference, "AttributeValue".
"""

import base64
from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write plain values as DynamoDB's typed ones; None is left out. Raises TypeError for what it has no type for."""
    return {name: _write(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> Item:
    """Read DynamoDB's typed values as plain ones."""
    return {name: _read(value) for name, value in item.items()}


def _write(value: Any) -> dict[str, Any]:
    match value:
        case str():
            return {"S": str(value)}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case bytes():
            return {"B": base64.b64encode(value).decode("ascii")}
        case set() | frozenset() if all(isinstance(each, str) for each in value):
            return {"SS": sorted(value)}
        case Mapping():
            return {"M": {name: _write(each) for name, each in value.items()}}
        case list() | tuple():
            return {"L": [_write(each) for each in value]}
    raise TypeError(f"DynamoDB stores no {type(value).__name__} here")


def _read(value: Mapping[str, Any]) -> Any:
    """Read one value. Numbers here are whole; one that a person stored otherwise is read as a float."""
    [(kind, content)] = value.items()
    match kind:
        case "N":
            return int(content) if content.lstrip("-").isdigit() else float(content)
        case "M":
            return from_item(content)
        case "L":
            return [_read(each) for each in content]
        case "SS":
            return set(content)
        case "B":
            return base64.b64decode(content)
        case "NULL":
            return None
    return content  # a text, a boolean
