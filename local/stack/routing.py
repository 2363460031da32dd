"""Picks the route of a request as API Gateway does: the most specific path first, then the method before ANY."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from local.stack.specs import RouteSpec

ANY = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}  # what API Gateway takes ANY for


@dataclass(frozen=True)
class Match:
    route: RouteSpec
    key: str
    parameters: dict[str, str]


class Router:
    def __init__(self, routes: list[RouteSpec]) -> None:
        self._routes = sorted(((_rank(route), _pattern(route.path), route) for route in routes), key=lambda x: x[0])

    def match(self, method: str, raw_path: str) -> Match | None:
        """Return the route of a request and its decoded path parameters, or None."""
        path = raw_path.rstrip("/") or "/"
        for _, pattern, route in self._routes:
            found = pattern.fullmatch(path) or pattern.fullmatch(raw_path)
            if found and (route.method == method or (route.method == "ANY" and method in ANY)):
                parameters = {name: unquote(value) for name, value in found.groupdict().items()}
                key = "$default" if route.path.endswith("$default") else f"{route.method} {route.path}"
                return Match(route, key, parameters)
        return None


def _rank(route: RouteSpec) -> tuple[tuple[int, ...], int]:
    """Sort literal segments before {name} before {name+} before $default, and a method before ANY."""
    if route.path.endswith("$default"):
        return (9,), 1
    segments = tuple(2 if part.endswith("+}") else int(part.startswith("{")) for part in route.path.split("/"))
    return segments, int(route.method == "ANY")


def _pattern(path: str) -> re.Pattern[str]:
    if path.endswith("$default"):
        return re.compile(r".*")
    pattern = ""
    for part in re.split(r"(\{[^}]+\})", path):
        if part.endswith("+}"):
            pattern += f"(?P<{part[1:-2]}>.+)"
        elif part.startswith("{"):
            pattern += f"(?P<{part[1:-1]}>[^/]+)"
        else:
            pattern += re.escape(part)
    return re.compile(pattern)
