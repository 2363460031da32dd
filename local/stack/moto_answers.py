"""Makes moto's answers of many items quick: of each value it tries all ten types, here only the one that it has.

Without it a hundred items take longer to write down than all else that a page does.
"""

from typing import Any

from moto.core.serialize import BaseJSONSerializer

_original = BaseJSONSerializer._serialize_type_structure


def make_answers_quick() -> None:
    """Replace how moto writes DynamoDB's values, once in a process."""
    setattr(BaseJSONSerializer, _original.__name__, _serialize_type_structure)


def _serialize_type_structure(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    if shape.name != "AttributeValue" or type(value) is not dict or not key:
        _original(self, serialized, value, shape, key)
        return
    written = self.MAP_TYPE()
    for name, inner in value.items():
        if inner is not None:
            member = shape.members[name]
            member.parent = shape
            self._serialize(written, inner, member, name)
    self._default_serialize(serialized, written, shape, key)
