"""The scenarios of our own, by their names: each is told by a function."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any

from scenarios import cases
from scenarios.scenario import Scenario
from scenarios.telling.story import Story

Tell = Callable[[Story], None]
_CASES: dict[str, Scenario] = {}


def case(title: str, **more: Any) -> Callable[[Tell], Tell]:
    """Tell a scenario by a function, whose name is the scenario's; `more` as in Scenario."""

    def told(tell: Tell) -> Tell:
        add(tell.__name__, title, tell, **more)
        return tell

    return told


def add(name: str, title: str, tell: Tell, **more: Any) -> None:
    """Tell one of several scenarios that differ in a word."""
    assert name not in _CASES, f"{name} is told twice"
    story = Story(name)
    tell(story)
    _CASES[name] = story.as_scenario(title, **more)


def all_cases() -> Mapping[str, Scenario]:
    """Have every module of cases tell its scenarios."""
    for module in pkgutil.iter_modules(cases.__path__):
        importlib.import_module(f"{cases.__name__}.{module.name}")
    return _CASES
