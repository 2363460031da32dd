"""DynamoDB's expressions, as far as KeyStack writes them, over items in wire format (`{"S": "text"}`).

Source: Amazon DynamoDB Developer Guide, "Condition and filter expressions", "Update expressions".
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Item = Mapping[str, Any]
_TOKEN = re.compile(r"\s*(<>|<=|>=|=|<|>|\(|\)|,|\+|-|[:#]?[A-Za-z_][A-Za-z0-9_]*)")


class ExpressionError(Exception):
    """DynamoDB would answer with a ValidationException."""


@lru_cache(maxsize=1_000)
def tokens(expression: str) -> tuple[str, ...]:
    found, place = [], 0
    while place < len(expression.rstrip()):
        match = _TOKEN.match(expression, place)
        if not match:
            raise ExpressionError(f"cannot read {expression[place:]!r}")
        found.append(match[1])
        place = match.end()
    return tuple(found)


class Expression:
    """One expression being read: `names` and `values` as the request has them."""

    def __init__(self, text: str, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
        self._tokens, self._place = tokens(text), 0
        self._names, self._values = names, values

    # -------------------------------------------------------- conditions

    def holds(self, item: Item) -> bool:
        result = self._either(item)
        if self._next() is not None:
            raise ExpressionError(f"does not end at {self._next()!r}")
        return result

    def _either(self, item: Item) -> bool:
        result = self._both(item)
        while self._taken("OR"):
            result = self._both(item) or result
        return result

    def _both(self, item: Item) -> bool:
        result = self._one(item)
        while self._taken("AND"):
            result = self._one(item) and result
        return result

    def _one(self, item: Item) -> bool:
        if self._taken("NOT"):
            return not self._one(item)
        if self._taken("("):
            result = self._either(item)
            self._take(")")
            return result
        word = self._take()
        if word in ("attribute_exists", "attribute_not_exists", "begins_with"):
            return self._function(word, item)
        value = self._value(word, item)
        if self._taken("BETWEEN"):
            least = _compare(value, ">=", self._value(self._take(), item))
            self._take("AND")
            return _compare(value, "<=", self._value(self._take(), item)) and least
        return _compare(value, self._take(), self._value(self._take(), item))

    def _function(self, word: str, item: Item) -> bool:
        self._take("(")
        name = self._name(self._take())
        start = ""
        if word == "begins_with":
            self._take(",")
            start = self._values[self._take()]["S"]
        self._take(")")
        if word == "begins_with":
            return str(item.get(name, {}).get("S", "")).startswith(start)
        return (name in item) is (word == "attribute_exists")

    # ----------------------------------------------------------- updates

    def updated(self, item: Item) -> dict[str, Any]:
        """Apply an update; every right-hand side sees the item as it was."""
        result = dict(item)
        while (clause := self._next()) is not None:
            self._take()
            while True:
                name = self._name(self._take())
                if clause == "SET":
                    self._take("=")
                    result[name] = self._operand(item)
                elif clause == "REMOVE":
                    result.pop(name, None)
                elif clause == "ADD":
                    result[name] = _added(item.get(name), self._values[self._take()])
                else:
                    raise ExpressionError(f"{clause} is no clause")
                if not self._taken(","):
                    break
        return result

    def _operand(self, item: Item) -> Any:
        value = self._value(self._take(), item)
        while self._next() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            other = self._value(self._take(), item)
            if value is None or "N" not in value or "N" not in other:
                raise ExpressionError("arithmetic wants two numbers")
            value = {"N": str(int(value["N"]) + sign * int(other["N"]))}
        if value is None:
            raise ExpressionError("SET of an attribute that is not there")
        return value

    # ------------------------------------------------------------- words

    def _value(self, word: str, item: Item) -> Any:
        if word == "if_not_exists":
            self._take("(")
            name = self._name(self._take())
            self._take(",")
            otherwise = self._value(self._take(), item)
            self._take(")")
            return item.get(name, otherwise)
        if word.startswith(":"):
            return self._values[word]
        return item.get(self._name(word))

    def _name(self, word: str) -> str:
        return self._names[word] if word.startswith("#") else word

    def _next(self) -> str | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _take(self, wanted: str | None = None) -> str:
        word = self._next()
        if word is None or (wanted is not None and word != wanted):
            raise ExpressionError(f"expected {wanted}, found {word}")
        self._place += 1
        return word

    def _taken(self, word: str) -> bool:
        if self._next() != word:
            return False
        self._place += 1
        return True


def _compare(one: Any, sign: str, other: Any) -> bool:
    if one is None or other is None:
        return sign == "<>"  # an attribute that is not there equals nothing
    if sign in ("=", "<>"):
        return (one == other) is (sign == "=")
    (kind, left), (other_kind, right) = next(iter(one.items())), next(iter(other.items()))
    if kind != other_kind:
        return False
    pair = (int(left), int(right)) if kind == "N" else (left, right)
    return {"<": pair[0] < pair[1], "<=": pair[0] <= pair[1], ">": pair[0] > pair[1], ">=": pair[0] >= pair[1]}[sign]


def _added(found: Any, more: Any) -> Any:
    if "N" in more:
        return {"N": str(int(found["N"] if found else 0) + int(more["N"]))}
    (kind, values) = next(iter(more.items()))
    return {kind: sorted({*(found or {}).get(kind, ()), *values})}


def check_used(request: Mapping[str, Any]) -> None:
    """Every name and value must be used, and every one used must be there. moto lets both pass; DynamoDB does not."""
    texts = [str(value) for key, value in request.items() if key.endswith("Expression")]
    used = {word for text in texts for word in tokens(text) if word[0] in "#:"}
    given = {*request.get("ExpressionAttributeNames", {}), *request.get("ExpressionAttributeValues", {})}
    if used != given:
        raise ExpressionError(f"unused or missing in the expressions: {sorted(used ^ given)}")
