"""The templates. Everything is escaped; nothing is marked safe but what is built here."""

import encodings.unicode_escape  # noqa: F401 - Jinja asks for it when it reads a template: not only then
import functools
import os
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from keystack.domain.audit_words import words_of_action
from keystack.domain.keys import mask
from keystack.management.sign_in import csrf_token

from frame import assets, times, untrusted
from frame.money import write_money
from frame.navigation import SECTIONS, entry_of
from frame.parts import Missing
from frame.request import Request
from frame.sentences import as_sentence

TEMPLATES = Path(__file__).parents[1] / "templates"
EVERYWHERE = ("layout.html", "macros.html")  # in every page


@pass_context
def _relative(context: Context, seconds: int) -> str:
    return times.write_relative(seconds, context["request"].now)


def _make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    environment.filters |= {
        "money": write_money,
        "sentence": as_sentence,
        "action_words": words_of_action,
        "masked": mask,
        "untrusted": untrusted.mark,
        "utc": times.write_utc,
        "day": times.write_day,
        "iso": times.to_iso,
        "seconds": times.to_seconds,
    }
    environment.tests["missing"] = lambda value: isinstance(value, Missing)
    environment.globals |= {
        "asset": assets.path_of,
        "sections": SECTIONS,
        "entry_of": entry_of,
        "relative": _relative,
        "new_form_id": lambda: os.urandom(12).hex(),
    }
    for name in EVERYWHERE:  # while Lambda starts the function, and gives it more of a CPU
        environment.get_template(name)
    return environment


_ENVIRONMENT = _make_environment()


def to_html(template: str, request: Request, **values: Any) -> str:
    """Render a template, or a part of a page; `request` is in all of them."""
    csrf = functools.cache(lambda: csrf_token(request.token))
    return _ENVIRONMENT.get_template(template).render(request=request, csrf=csrf, **values)
