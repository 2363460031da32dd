"""What Python 3.11 would not take, seen on any Python."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

import keystack.domain


def dataclasses() -> Iterator[Any]:
    for module in pkgutil.iter_modules(keystack.domain.__path__, "keystack.domain."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.name:
                yield value


def test_there_are_dataclasses() -> None:
    assert len(list(dataclasses())) > 20


def test_no_default_is_a_mapping_proxy_which_python_3_11_takes_for_mutable() -> None:
    proxies = {
        f"{each.__name__}.{field.name}"
        for each in dataclasses()
        for field in fields(each)
        if isinstance(field.default, MappingProxyType)
    }
    assert proxies == set()
